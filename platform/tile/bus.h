// SPDX-License-Identifier: Apache-2.0
// The bus of a tile, between its controller (with the buffer) and its cores and digital unit.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

/// Moves `bits` a cycle; a write may go to several cores at once (multicast by select lines). Contention is
/// settled before a transaction comes (the tile's arbiter).
class Bus : public sc_core::sc_module {
 public:
  using Initiator = tlm_utils::simple_initiator_socket<Bus>;
  tlm_utils::simple_target_socket<Bus> fromTile{"fromTile"};
  std::vector<std::unique_ptr<Initiator>> toCores;
  Initiator toDigital{"toDigital"};

  Bus(const sc_core::sc_module_name& moduleName, int cores, int bits, const sc_core::sc_time& period);

  std::uint64_t bitsMoved() const { return bitsMoved_; }
  void clearStatistics() { bitsMoved_ = 0; }

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  std::uint64_t bits_;
  sc_core::sc_time period_;
  std::uint64_t bitsMoved_ = 0;
};

}  // namespace crosstile
