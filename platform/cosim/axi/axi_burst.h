// SPDX-License-Identifier: Apache-2.0
// Which bytes a beat of a burst moves (ARM IHI 0022E, A3.4.1).
#pragma once

#include <cstdint>

#include "platform/cosim/axi/axi_pins.h"

namespace crosstile::axi {

enum BurstType : std::uint8_t { fixed = 0, incr = 1, wrap = 2 };
inline constexpr std::uint32_t kBoundary = 4096;  ///< that no burst may cross

struct Burst {
  std::uint32_t address = 0;
  std::uint8_t length = 0;  ///< beats - 1
  std::uint8_t size = 0;    ///< log2 of the bytes of a beat
  std::uint8_t type = incr;

  int beats() const { return length + 1; }
  std::uint32_t beatBytes() const { return 1U << size; }
  std::uint32_t aligned(std::uint32_t at) const { return at & ~(beatBytes() - 1); }
  /// What is wrong with it, or nullptr.
  const char* violation() const;
  /// Address of the first byte of beat i.
  std::uint32_t beatAddress(int i) const;
  /// Byte lanes of beat i, a bit each: narrow beats use some, an unaligned first beat fewer.
  std::uint8_t lanes(int i) const;
};

}  // namespace crosstile::axi
