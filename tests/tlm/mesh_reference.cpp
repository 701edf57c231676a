// SPDX-License-Identifier: Apache-2.0
#include "tests/tlm/mesh_reference.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace crosstile::testing {
namespace {
constexpr int kUnlimited = std::numeric_limits<int>::max() / 2;  // a node takes all that comes
constexpr int kLocal = 4;  // ports: north, east, south, west, local ones
}  // namespace

MeshReference::MeshReference(const Size& size)
    : size_(size), nodes_(size.columns * size.rows * size.concentration + 1) {
  wireUp();
}

void MeshReference::wireUp() {
  const int routers = size_.columns * size_.rows;
  routers_.resize(static_cast<std::size_t>(routers));
  injection_.resize(static_cast<std::size_t>(nodes_));
  queues_.resize(static_cast<std::size_t>(nodes_));
  for (int r = 0; r < routers; ++r) {
    const auto ports = static_cast<std::size_t>(kLocal + size_.concentration + (r == 0 ? 1 : 0));
    Router& router = routers_[static_cast<std::size_t>(r)];
    router.inputs.resize(ports);
    router.outputs.assign(ports, nullptr);
    router.last.assign(ports, -1);
    router.source.assign(ports, -1);
  }
  const auto connect = [this](int toRouter, int toInput) {
    links_.emplace_back();
    Link& link = links_.back();
    link.toRouter = toRouter;
    link.toInput = toInput;
    link.credits = toRouter < 0 ? kUnlimited : size_.bufferFlits;
    if (toRouter >= 0) {
      routers_[static_cast<std::size_t>(toRouter)].inputs[static_cast<std::size_t>(toInput)].feeder = &link;
    }
    return &link;
  };
  for (int r = 0; r < routers; ++r) {
    const int x = r % size_.columns;
    const int y = r / size_.columns;
    auto& outputs = routers_[static_cast<std::size_t>(r)].outputs;
    if (y > 0) outputs[0] = connect(r - size_.columns, 2);
    if (x < size_.columns - 1) outputs[1] = connect(r + 1, 3);
    if (y < size_.rows - 1) outputs[2] = connect(r + size_.columns, 0);
    if (x > 0) outputs[3] = connect(r - 1, 1);
    for (std::size_t p = kLocal; p < outputs.size(); ++p) outputs[p] = connect(-1, -1);
  }
  for (int node = 0; node < nodes_; ++node) {
    const bool host = node == nodes_ - 1;
    injection_[static_cast<std::size_t>(node)] =
        connect(host ? 0 : node / size_.concentration,
                kLocal + (host ? size_.concentration : node % size_.concentration));
  }
}

int MeshReference::route(int router, int node) const {
  const bool host = node == nodes_ - 1;
  const int target = host ? 0 : node / size_.concentration;
  const int x = router % size_.columns, tx = target % size_.columns;
  const int y = router / size_.columns, ty = target / size_.columns;
  if (tx > x) return 1;
  if (tx < x) return 3;
  if (ty > y) return 2;
  if (ty < y) return 0;
  return kLocal + (host ? size_.concentration : node % size_.concentration);
}

int MeshReference::costOf(int packet) const {
  return std::min(flitsOf(packet), size_.bufferFlits);
}

std::vector<std::uint64_t> MeshReference::run(const std::vector<Sent>& packets) {
  packets_ = &packets;
  arrived_.assign(packets.size(), 0);
  std::vector<std::size_t> order(packets.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return packets[a].cycle < packets[b].cycle; });
  std::size_t next = 0;
  for (std::uint64_t cycle = 0; done_ < packets.size(); ++cycle) {
    if (cycle > 10'000'000) throw std::runtime_error("the reference mesh doesn't come to an end");
    arrive(cycle);
    for (; next < order.size() && packets[order[next]].cycle == cycle; ++next) {
      queues_[static_cast<std::size_t>(packets[order[next]].from)].push_back(static_cast<int>(order[next]));
    }
    for (std::size_t r = 0; r < routers_.size(); ++r) arbitrate(routers_[r], static_cast<int>(r), cycle);
    for (Router& router : routers_) move(router, cycle);
    feed(cycle);
  }
  return arrived_;
}

/// Flits and credits that reach the end of their wire in this cycle.
void MeshReference::arrive(std::uint64_t cycle) {
  for (Link& link : links_) {
    while (!link.returning.empty() && link.returning.front().cycle <= cycle) {
      link.credits += link.returning.front().flits;
      link.returning.pop_front();
    }
    while (!link.wire.empty() && link.wire.front().cycle <= cycle) {
      const Flit flit = link.wire.front().flit;
      link.wire.pop_front();
      if (link.toRouter < 0) {
        if (!flit.tail) continue;
        arrived_[static_cast<std::size_t>(flit.packet)] = cycle;
        ++done_;
        continue;
      }
      auto& buffer = routers_[static_cast<std::size_t>(link.toRouter)]
                         .inputs[static_cast<std::size_t>(link.toInput)]
                         .packets;
      if (flit.head) {
        buffer.push_back({flit.packet, cycle, 1});
      } else {
        ++buffer.back().here;
      }
    }
  }
}

/// Every free output takes the next input, after the one it took last, whose first packet asks for it.
void MeshReference::arbitrate(Router& router, int id, std::uint64_t cycle) {
  const int ports = static_cast<int>(router.outputs.size());
  for (int o = 0; o < ports; ++o) {
    Link* link = router.outputs[static_cast<std::size_t>(o)];
    if (link == nullptr || link->packet >= 0) continue;
    for (int k = 1; k <= ports; ++k) {
      const int i = (router.last[static_cast<std::size_t>(o)] + k) % ports;
      Input& input = router.inputs[static_cast<std::size_t>(i)];
      if (input.packets.empty() || input.granted || cycle < input.readable) continue;
      const Buffered& first = input.packets.front();
      const int destination = (*packets_)[static_cast<std::size_t>(first.packet)].to;
      if (cycle < first.headArrived + static_cast<std::uint64_t>(size_.routerCycles)) continue;
      if (route(id, destination) != o) continue;
      input.granted = true;
      link->packet = first.packet;
      link->sentFlits = 0;
      router.source[static_cast<std::size_t>(o)] = i;
      router.last[static_cast<std::size_t>(o)] = i;
      break;
    }
  }
}

bool MeshReference::mayStart(const Link& link) const {
  return link.sentFlits > 0 || link.credits >= costOf(link.packet);
}

void MeshReference::sendFlit(Link& link, std::uint64_t cycle) {
  const int flits = flitsOf(link.packet);
  if (link.sentFlits == 0) link.credits -= costOf(link.packet);
  ++link.sentFlits;
  link.wire.push_back({cycle + static_cast<std::uint64_t>(size_.linkCycles),
                       {link.packet, link.sentFlits == 1, link.sentFlits == flits}});
}

/// One flit over every link that has a packet with room beyond.
void MeshReference::move(Router& router, std::uint64_t cycle) {
  for (std::size_t o = 0; o < router.outputs.size(); ++o) {
    Link* link = router.outputs[o];
    if (link == nullptr || link->packet < 0 || !mayStart(*link)) continue;
    Input& input = router.inputs[static_cast<std::size_t>(router.source[o])];
    Buffered& first = input.packets.front();
    if (first.left >= first.here)
      throw std::runtime_error("the reference mesh sends a flit that hasn't arrived");
    ++first.left;
    sendFlit(*link, cycle);
    const int packet = link->packet;
    if (link->sentFlits < flitsOf(packet)) continue;
    link->packet = -1;
    input.packets.pop_front();
    input.granted = false;
    input.readable = cycle + 1;
    input.feeder->returning.push_back({cycle + static_cast<std::uint64_t>(size_.linkCycles), costOf(packet)});
  }
}

/// The nodes send.
void MeshReference::feed(std::uint64_t cycle) {
  for (std::size_t node = 0; node < queues_.size(); ++node) {
    Link& link = *injection_[node];
    if (link.packet < 0 && !queues_[node].empty()) {
      link.packet = queues_[node].front();
      link.sentFlits = 0;
      queues_[node].pop_front();
    }
    if (link.packet < 0 || !mayStart(link)) continue;
    sendFlit(link, cycle);
    if (link.sentFlits == flitsOf(link.packet)) link.packet = -1;
  }
}

}  // namespace crosstile::testing
