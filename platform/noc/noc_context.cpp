// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/noc_context.h"

namespace crosstile {

void NocContext::recordTransfer(int link, const Packet& packet, std::uint64_t ready, std::uint64_t start) {
  const auto flits = static_cast<std::uint64_t>(packet.flits);
  LinkStatistics& use = statistics.links[static_cast<std::size_t>(link)];
  ++use.packets;
  use.busyCycles += flits;
  use.stallCycles += start - ready;
  TrafficCount& count = statistics.traffic(packet.layer, packet.kind);
  (use.local ? count.flitLocalTraversals : count.flitLinkTraversals) += flits;
  count.stallCycles += start - ready;
  if (trace) trace(use.name, clock.edge(start), clock.edge(start + flits), packet.layer);
}

void NocContext::recordTraversal(int router, const Packet& packet, std::uint64_t ready, std::uint64_t start) {
  RouterStatistics& use = statistics.routers[static_cast<std::size_t>(router)];
  use.flits += static_cast<std::uint64_t>(packet.flits);
  use.stallCycles += start - ready;
  statistics.traffic(packet.layer, packet.kind).flitRouterTraversals +=
      static_cast<std::uint64_t>(packet.flits);
}

}  // namespace crosstile
