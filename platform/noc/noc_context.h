// SPDX-License-Identifier: Apache-2.0
// What the routers and ports of one mesh share: configuration, clock, pools, counts and hooks. Owned by the
// Mesh.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "platform/noc/cycle_clock.h"
#include "platform/noc/cycle_wheel.h"
#include "platform/noc/noc_config.h"
#include "platform/noc/noc_statistics.h"
#include "platform/noc/packet.h"

namespace crosstile {

/// Called for every busy interval of a link: its number in the statistics, first edge, edge after the last
/// flit, layer.
using LinkTrace = std::function<void(int, const sc_core::sc_time&, const sc_core::sc_time&, int)>;
/// Called for every packet when it is sent, before its flits are counted; may change its data (fault
/// injection).
using PacketTap = std::function<void(Packet&)>;

/// Where a node is: MeshShape's divisions, done once.
struct NodePlace {
  int column, row, localPort;
};

/// Cycles of a packet's way out of a port or router: when it first could leave, when it had the output's
/// channel, when there was room, when its head left.
struct Departure {
  std::uint64_t ready, granted, room, start;
};

struct NocContext {
  explicit NocContext(const NocConfig& c);

  NocConfig config;
  MeshShape shape;
  std::vector<NodePlace> places;  ///< by node
  CycleClock clock;
  CycleWheel wheel;
  PacketPool packets;
  PacketPayloads payloads;
  NocStatistics statistics;
  LinkTrace trace;
  PacketTap tap;
  std::uint32_t epoch =
      0;  ///< hardware resets so far; packets of an earlier one are dropped where they arrive

  /// A packet's head goes onto link `link` in cycle `start`.
  void recordTransfer(int link, const Packet& packet, const Departure& departure);
  /// The same packet went through router `router` to get there.
  void recordTraversal(int router, const Packet& packet, const Departure& departure);
  /// `flits` of the buffer behind a link's channel are reserved.
  void recordReserved(int link, int channel, int flits) {
    int& peak = channelStatistics(link, channel).peakFlits;
    peak = std::max(peak, flits);
  }
  /// A packet has left the buffer behind a link's channel.
  void recordOccupancy(int link, int channel, std::uint64_t flitCycles) {
    channelStatistics(link, channel).occupiedFlitCycles += flitCycles;
  }

 private:
  ChannelStatistics& channelStatistics(int link, int channel) {
    return statistics.links[static_cast<std::size_t>(link)].channels[static_cast<std::size_t>(channel)];
  }
};

}  // namespace crosstile
