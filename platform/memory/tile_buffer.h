// SPDX-License-Identifier: Apache-2.0
// A tile's buffer (ISAAC: 64 KB of eDRAM): bytes behind a TLM socket.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// A read or write touches every line of `accessBits` that its bytes lie in; each takes `accessCycles`; lines
/// lie in the banks in turn, which work at the same time. Contention for the ports is settled before a
/// transaction comes (the tile's arbiter). transport_dbg costs no time.
class TileBuffer : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<TileBuffer> fromTile{"fromTile"};

  struct Config {
    std::uint64_t bytes = 65536;
    int accessBits = 256;
    int accessCycles = 1;
    int banks = 1;
    sc_core::sc_time period;
  };
  TileBuffer(const sc_core::sc_module_name& moduleName, const Config& config);

  std::uint64_t readAccesses() const { return readAccesses_; }
  std::uint64_t writeAccesses() const { return writeAccesses_; }
  void clearStatistics() { readAccesses_ = writeAccesses_ = 0; }
  /// Contents are lost at a hardware reset.
  void clear();

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int debug(tlm::tlm_generic_payload& payload);

  Config config_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t readAccesses_ = 0, writeAccesses_ = 0;
};

}  // namespace crosstile
