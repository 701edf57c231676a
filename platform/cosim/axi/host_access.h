// SPDX-License-Identifier: Apache-2.0
// What an AXI port needs of the chip behind it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crosstile::axi {

/// Accesses of the host's memory map (docs/architecture.md) at the present moment.
class HostAccess {
 public:
  virtual ~HostAccess() = default;
  /// @return false when the chip refuses; nothing has happened then
  virtual bool write(std::uint64_t address, const void* data, std::size_t size) = 0;
  virtual bool read(std::uint64_t address, void* data, std::size_t size) = 0;
  /// A register as a debugger sees it: takes no time, changes nothing. 0 when there is none.
  virtual std::uint32_t peek(std::uint64_t address) = 0;
};

/// BRESP and RRESP.
enum Response : std::uint8_t { okay = 0, slaveError = 2, decodeError = 3 };

}  // namespace crosstile::axi
