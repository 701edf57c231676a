// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/noc_config.h"

#include <cstdlib>

#include "models/base/error.h"

namespace crosstile {
namespace {

bool between(int a, int x, int b) {
  return a <= b ? a <= x && x <= b : b <= x && x <= a;
}

void checkAtLeast(const char* key, int value, int least) {
  if (value < least) throw BadInput("network: {} = {}: must be at least {}", key, value, least);
}

void checkAtMost(const char* key, int value, int most) {
  if (value > most) throw BadInput("network: {} = {}: must be at most {}", key, value, most);
}

}  // namespace

void NocConfig::check() const {
  checkAtLeast("meshColumns", meshColumns, 1);
  checkAtLeast("meshRows", meshRows, 1);
  checkAtLeast("concentration", concentration, 1);
  checkAtLeast("routerCycles", routerCycles, 0);
  checkAtLeast("linkCycles", linkCycles, 1);
  checkAtLeast("flitBits", flitBits, 1);
  checkAtLeast("virtualChannels", virtualChannels, 1);
  checkAtLeast("bufferFlits", bufferFlits, 1);
  checkAtMost("virtualChannels", virtualChannels, kMostChannels);
  checkAtMost("concentration", concentration, kMostTilesARouter);
  if (clockPeriod.value() < 2) {
    throw BadInput("network: clockPeriod = {}: must be at least two steps of the time resolution ({})",
                   clockPeriod.to_string(), sc_core::sc_get_time_resolution().to_string());
  }
}

std::size_t NocConfig::longestBufferedPacketBytes() const {
  return static_cast<std::size_t>(bufferFlits - 1) * static_cast<std::size_t>(flitBits) / 8;
}

int MeshShape::nodeAt(int router, int localPort) const {
  const int local = localPort - kFirstLocal;
  return local == concentration_ ? host() : router * concentration_ + local;
}

int MeshShape::neighbour(int router, int side) const {
  const int x = router % columns_;
  const int y = router / columns_;
  switch (side) {
    case kNorth:
      return y > 0 ? router - columns_ : -1;
    case kEast:
      return x + 1 < columns_ ? router + 1 : -1;
    case kSouth:
      return y + 1 < rows_ ? router + columns_ : -1;
    case kWest:
      return x > 0 ? router - 1 : -1;
    default:
      return -1;
  }
}

int MeshShape::route(int router, int destination) const {
  const int target = routerOf(destination);
  const int dx = target % columns_ - router % columns_;
  const int dy = target / columns_ - router / columns_;
  if (dx != 0) return dx > 0 ? kEast : kWest;
  if (dy != 0) return dy > 0 ? kSouth : kNorth;
  return localPortOf(destination);
}

bool MeshShape::passes(int router, int from, int to) const {
  const int a = routerOf(from);
  const int b = routerOf(to);
  const int x = router % columns_, y = router / columns_;
  const int ax = a % columns_, ay = a / columns_, bx = b % columns_, by = b / columns_;
  return (y == ay && between(ax, x, bx)) || (x == bx && between(ay, y, by));
}

PortSet MeshShape::branches(int router, const Packet& packet) const {
  if (!packet.multicast()) return PortSet{1} << route(router, packet.destination);
  PortSet ports = 0;
  for (const int to : packet.destinations)
    if (passes(router, packet.source, to)) ports |= PortSet{1} << route(router, to);
  return ports;
}

ChannelRange channelsOf(PacketClass packetClass, int virtualChannels) {
  if (virtualChannels < kPacketClasses) return {0, virtualChannels};
  ChannelRange range{0, 0};
  for (int c = 0; c <= static_cast<int>(packetClass); ++c) {
    range.first += range.count;
    const int classes = kPacketClasses - c;  // that share what is left
    range.count = (virtualChannels - range.first + classes - 1) / classes;
  }
  return range;
}

int MeshShape::channelOf(const Packet& packet, int virtualChannels) const {
  const ChannelRange range = channelsOf(packet.packetClass, virtualChannels);
  const int router = routerOf(packet.destination);
  const int local = localPortOf(packet.destination) - kFirstLocal;
  return range.first + (router % columns_ + router / columns_ + local) % range.count;
}

int MeshShape::routersBetween(int from, int to) const {
  const int a = routerOf(from);
  const int b = routerOf(to);
  return std::abs(a % columns_ - b % columns_) + std::abs(a / columns_ - b / columns_) + 1;
}

std::string MeshShape::routerName(int router) const {
  return fmt::format("router({},{})", router % columns_, router / columns_);
}

std::string MeshShape::nodeName(int node) const {
  return node == host() ? std::string("host") : fmt::format("tile {}", node);
}

std::uint64_t zeroLoadCycles(const NocConfig& config, int routers, int flits) {
  const auto perRouter = static_cast<std::uint64_t>(config.routerCycles + config.linkCycles);
  return static_cast<std::uint64_t>(routers) * perRouter + static_cast<std::uint64_t>(config.linkCycles) +
         static_cast<std::uint64_t>(flits - 1);
}

}  // namespace crosstile
