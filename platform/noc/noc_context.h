// SPDX-License-Identifier: Apache-2.0
// What the routers and ports of one mesh share: configuration, clock, pools, counts and hooks. Owned by the
// Mesh.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>

#include "platform/noc/cycle_clock.h"
#include "platform/noc/noc_config.h"
#include "platform/noc/noc_statistics.h"
#include "platform/noc/packet.h"

namespace crosstile {

/// Called for every busy interval of a link: link name, first edge, edge after the last flit, layer.
using LinkTrace =
    std::function<void(const std::string&, const sc_core::sc_time&, const sc_core::sc_time&, int)>;
/// Called for every packet when it is sent, before its flits are counted; may change its data (fault
/// injection).
using PacketTap = std::function<void(Packet&)>;

struct NocContext {
  explicit NocContext(const NocConfig& c) : config(c), shape(c), clock(c.clockPeriod) {}

  NocConfig config;
  MeshShape shape;
  CycleClock clock;
  PacketPool packets;
  PacketPayloads payloads;
  NocStatistics statistics;
  LinkTrace trace;
  PacketTap tap;
  std::uint32_t epoch =
      0;  ///< hardware resets so far; packets of an earlier one are dropped where they arrive

  /// A packet's head goes onto link `link` in cycle `start`, `ready` being the cycle in which it first could
  /// have.
  void recordTransfer(int link, const Packet& packet, std::uint64_t ready, std::uint64_t start);
  /// The same packet went through router `router` to get there.
  void recordTraversal(int router, const Packet& packet, std::uint64_t ready, std::uint64_t start);
};

}  // namespace crosstile
