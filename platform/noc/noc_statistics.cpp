// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/noc_statistics.h"

namespace crosstile {

TrafficCount& TrafficCount::operator+=(const TrafficCount& o) {
  packets += o.packets;
  bytes += o.bytes;
  flitRouterTraversals += o.flitRouterTraversals;
  flitLinkTraversals += o.flitLinkTraversals;
  flitLocalTraversals += o.flitLocalTraversals;
  stallCycles += o.stallCycles;
  return *this;
}

StallCycles& StallCycles::operator+=(const StallCycles& o) {
  channel += o.channel;
  credit += o.credit;
  contention += o.contention;
  return *this;
}

StallCycles LinkStatistics::stalls() const {
  StallCycles sum;
  for (const ChannelStatistics& channel : channels) sum += channel.stalls;
  return sum;
}

TrafficCount& NocStatistics::traffic(int layer, PacketKind kind) {
  const auto row = static_cast<std::size_t>(layer + 1);
  if (row >= traffic_.size()) traffic_.resize(row + 1);
  return traffic_[row][static_cast<std::size_t>(kind)];
}

const TrafficCount& NocStatistics::traffic(int layer, PacketKind kind) const {
  static const TrafficCount none;  // immutable: what a layer without traffic counts
  const auto row = static_cast<std::size_t>(layer + 1);
  return row < traffic_.size() ? traffic_[row][static_cast<std::size_t>(kind)] : none;
}

TrafficCount NocStatistics::total() const {
  TrafficCount sum;
  for (const auto& kinds : traffic_)
    for (const TrafficCount& count : kinds) sum += count;
  return sum;
}

void NocStatistics::clear() {
  traffic_.clear();
  for (LinkStatistics& link : links) {
    link.packets = link.busyCycles = link.stallCycles = 0;
    for (ChannelStatistics& channel : link.channels) channel = {};
  }
  for (RouterStatistics& router : routers) router.flits = router.stallCycles = 0;
  sent = delivered = routerWakes = portWakes = kernelEvents = 0;
}

}  // namespace crosstile
