// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/noc_context.h"

namespace crosstile {

NocContext::NocContext(const NocConfig& c) : config(c), shape(c), clock(c.clockPeriod), wheel(clock) {
  for (int node = 0; node < shape.nodes(); ++node) {
    const int router = shape.routerOf(node);
    places.push_back({router % c.meshColumns, router / c.meshColumns, shape.localPortOf(node)});
  }
}

void NocContext::recordTransfer(int link, const Packet& packet, const Departure& d) {
  const auto flits = static_cast<std::uint64_t>(packet.flits);
  LinkStatistics& use = statistics.links[static_cast<std::size_t>(link)];
  ++use.packets;
  use.busyCycles += flits;
  use.stallCycles += d.start - d.ready;
  ChannelStatistics& channel = use.channels[static_cast<std::size_t>(packet.channel)];
  ++channel.packets;
  channel.busyCycles += flits;
  channel.stalls += {d.granted - d.ready, d.room - d.granted, d.start - d.room};
  TrafficCount& count = statistics.traffic(packet.layer, packet.kind);
  (use.local ? count.flitLocalTraversals : count.flitLinkTraversals) += flits;
  count.stallCycles += d.start - d.ready;
  if (trace) trace(link, clock.edge(d.start), clock.edge(d.start + flits), packet.layer);
}

void NocContext::recordTraversal(int router, const Packet& packet, const Departure& d) {
  RouterStatistics& use = statistics.routers[static_cast<std::size_t>(router)];
  use.flits += static_cast<std::uint64_t>(packet.flits);
  use.stallCycles += d.start - d.ready;
  statistics.traffic(packet.layer, packet.kind).flitRouterTraversals +=
      static_cast<std::uint64_t>(packet.flits);
}

}  // namespace crosstile
