// SPDX-License-Identifier: Apache-2.0
#include "tests/tlm/mesh_reference.h"

#include <algorithm>
#include <stdexcept>

namespace crosstile::testing {
namespace {
constexpr int kLocal = 4;  // ports: north, east, south, west, local ones
}  // namespace

MeshReference::MeshReference(const Size& size)
    : size_(size), nodeCount_(size.columns * size.rows * size.concentration + 1) {
  wireUp();
}

int MeshReference::routerOf(int node) const {
  return node == nodeCount_ - 1 ? 0 : node / size_.concentration;
}

int MeshReference::localOf(int node) const {
  return node == nodeCount_ - 1 ? size_.concentration : node % size_.concentration;
}

MeshReference::Link* MeshReference::connect(int beyond) {
  links_.emplace_back();
  links_.back().beyond = beyond;
  links_.back().credits.assign(static_cast<std::size_t>(size_.channels), beyond);
  return &links_.back();
}

void MeshReference::wireUp() {
  const auto channels = static_cast<std::size_t>(size_.channels);
  const int routers = size_.columns * size_.rows;
  routers_.resize(static_cast<std::size_t>(routers));
  nodes_.resize(static_cast<std::size_t>(nodeCount_));
  for (int r = 0; r < routers; ++r) {
    const auto ports = static_cast<std::size_t>(kLocal + size_.concentration + (r == 0 ? 1 : 0));
    Router& router = routers_[static_cast<std::size_t>(r)];
    router.inputs.resize(ports);
    for (Input& input : router.inputs) input.channels.resize(channels);
    router.outputs.assign(ports, nullptr);
    router.outChannels.assign(ports, std::vector<OutChannel>(channels));
  }
  const auto toRouter = [this](int router, int input) {
    Link* link = connect(size_.bufferFlits);
    link->toRouter = router;
    link->toInput = input;
    routers_[static_cast<std::size_t>(router)].inputs[static_cast<std::size_t>(input)].feeder = link;
    return link;
  };
  for (int r = 0; r < routers; ++r) {
    const int x = r % size_.columns;
    const int y = r / size_.columns;
    auto& outputs = routers_[static_cast<std::size_t>(r)].outputs;
    if (y > 0) outputs[0] = toRouter(r - size_.columns, 2);
    if (x < size_.columns - 1) outputs[1] = toRouter(r + 1, 3);
    if (y < size_.rows - 1) outputs[2] = toRouter(r + size_.columns, 0);
    if (x > 0) outputs[3] = toRouter(r - 1, 1);
  }
  for (int n = 0; n < nodeCount_; ++n) {
    Node& node = nodes_[static_cast<std::size_t>(n)];
    const int port = kLocal + localOf(n);
    node.queues.resize(channels);
    node.link = toRouter(routerOf(n), port);
    node.incoming = connect(size_.receiveFlits);
    node.incoming->toNode = n;
    routers_[static_cast<std::size_t>(routerOf(n))].outputs[static_cast<std::size_t>(port)] = node.incoming;
  }
}

int MeshReference::route(int router, int node) const {
  const int target = routerOf(node);
  const int x = router % size_.columns, tx = target % size_.columns;
  const int y = router / size_.columns, ty = target / size_.columns;
  if (tx > x) return 1;
  if (tx < x) return 3;
  if (ty > y) return 2;
  if (ty < y) return 0;
  return kLocal + localOf(node);
}

int MeshReference::channelOf(int packet) const {
  const Sent& s = (*packets_)[static_cast<std::size_t>(packet)];
  const int router = routerOf(s.to);
  const int key = router % size_.columns + router / size_.columns + localOf(s.to);
  if (size_.channels < 3) return key % size_.channels;
  const int activations = (size_.channels + 2) / 3;
  const int partialSums = (size_.channels - activations + 1) / 2;
  const int host = size_.channels - activations - partialSums;
  if (s.packetClass == 0) return key % activations;
  if (s.packetClass == 1) return activations + key % partialSums;
  return activations + partialSums + key % host;
}

int MeshReference::costOf(const Link& link, int flits) {
  return std::min(flits, link.beyond);
}

bool MeshReference::hasRoom(const Link& link, int channel, int flits) const {
  return link.beyond == 0 || link.credits[static_cast<std::size_t>(channel)] >= costOf(link, flits);
}

std::vector<MeshReference::Arrived> MeshReference::run(const std::vector<Sent>& packets) {
  packets_ = &packets;
  std::vector<std::size_t> order(packets.size());
  std::size_t expected = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    expected += std::max<std::size_t>(packets[i].destinations.size(), 1);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return packets[a].cycle < packets[b].cycle; });
  std::size_t next = 0;
  for (std::uint64_t cycle = 0; arrived_.size() < expected; ++cycle) {
    if (cycle > 10'000'000) throw std::runtime_error("the reference mesh doesn't come to an end");
    arrive(cycle);
    for (; next < order.size() && packets[order[next]].cycle == cycle; ++next) {
      const int packet = static_cast<int>(order[next]);
      Node& node = nodes_[static_cast<std::size_t>(packets[order[next]].from)];
      node.queues[static_cast<std::size_t>(channelOf(packet))].push_back(packet);
    }
    for (Router& router : routers_) grantChannels(router, cycle);
    for (Router& router : routers_) startPackets(router);
    for (Router& router : routers_) move(router, cycle);
    for (Node& node : nodes_) feed(node, cycle);
  }
  std::sort(arrived_.begin(), arrived_.end());
  return arrived_;
}

/// Flits and credits that reach the end of their wire in this cycle.
void MeshReference::arrive(std::uint64_t cycle) {
  for (Link& link : links_) {
    while (!link.returning.empty() && link.returning.front().cycle <= cycle) {
      link.credits[static_cast<std::size_t>(link.returning.front().channel)] += link.returning.front().flits;
      link.returning.pop_front();
    }
    while (!link.wire.empty() && link.wire.front().cycle <= cycle) {
      const Flit flit = link.wire.front();
      link.wire.pop_front();
      if (link.toNode < 0) {
        enterRouter(link, flit, cycle);
      } else if (flit.tail) {
        nodes_[static_cast<std::size_t>(link.toNode)].inbox.push_back(flit.copy);
      }
    }
  }
  for (std::size_t n = 0; n < nodes_.size(); ++n) take(nodes_[n], static_cast<int>(n), cycle);
}

void MeshReference::enterRouter(const Link& link, const Flit& flit, std::uint64_t cycle) {
  Input& input =
      routers_[static_cast<std::size_t>(link.toRouter)].inputs[static_cast<std::size_t>(link.toInput)];
  auto& buffer = input.channels[static_cast<std::size_t>(channelOfCopy(flit.copy))];
  if (!flit.head) {
    ++buffer.back().here;
    return;
  }
  Buffered entered{flit.copy, cycle, 1, {}};
  const std::vector<int>& to = copies_[static_cast<std::size_t>(flit.copy)].to;
  for (int output = 0; output < kLocal + size_.concentration + 1; ++output) {
    Branch branch{output, {}};
    for (const int node : to)
      if (route(link.toRouter, node) == output) branch.to.push_back(node);
    if (!branch.to.empty()) entered.branches.push_back(branch);
  }
  buffer.push_back(entered);
}

/// The node takes what is here, at its own speed.
void MeshReference::take(Node& node, int id, std::uint64_t cycle) {
  while (!node.inbox.empty() && node.takesFrom <= cycle) {
    const int copy = node.inbox.front();
    node.inbox.pop_front();
    arrived_.push_back({copies_[static_cast<std::size_t>(copy)].packet, id, cycle});
    node.takesFrom = cycle + static_cast<std::uint64_t>(size_.serviceCycles);
    if (node.incoming->beyond == 0) continue;
    node.incoming->returning.push_back({cycle + static_cast<std::uint64_t>(size_.linkCycles),
                                        channelOfCopy(copy), costOf(*node.incoming, flitsOf(copy))});
  }
}

/// Every channel of an output that isn't held goes to the next input, after the one that had it last, whose
/// first packet asks for it.
void MeshReference::grantChannels(Router& router, std::uint64_t cycle) {
  const int ports = static_cast<int>(router.outputs.size());
  for (int o = 0; o < ports; ++o) {
    for (int v = 0; v < size_.channels; ++v) {
      OutChannel& channel = router.outChannels[static_cast<std::size_t>(o)][static_cast<std::size_t>(v)];
      for (int k = 1; k <= ports && !channel.held; ++k) {
        const int i = (channel.last + k) % ports;
        auto& buffer = router.inputs[static_cast<std::size_t>(i)].channels[static_cast<std::size_t>(v)];
        if (buffer.empty()) continue;
        if (cycle < buffer.front().headArrived + static_cast<std::uint64_t>(size_.routerCycles)) continue;
        for (Branch& branch : buffer.front().branches) {
          if (branch.output != o || branch.stage != Stage::asks) continue;
          branch.stage = Stage::holds;
          channel.held = true;
          channel.last = i;
        }
        if (channel.held) break;
      }
    }
  }
}

/// What an input port would send: of its next channel that can, the lowest output.
bool MeshReference::pick(const Router& router, const Input& input, int& channel, int& output) const {
  if (input.sending) return false;
  for (int k = 1; k <= size_.channels; ++k) {
    const int v = (input.last + k) % size_.channels;
    const auto& buffer = input.channels[static_cast<std::size_t>(v)];
    if (buffer.empty()) continue;
    for (const Branch& branch : buffer.front().branches) {
      const Link& link = *router.outputs[static_cast<std::size_t>(branch.output)];
      if (branch.stage != Stage::holds || link.sending >= 0) continue;
      if (!hasRoom(link, v, flitsOf(buffer.front().copy))) continue;
      channel = v;
      output = branch.output;
      return true;
    }
  }
  return false;
}

void MeshReference::startPackets(Router& router) {
  const int ports = static_cast<int>(router.outputs.size());
  std::vector<int> channels(router.outputs.size(), -1), outputs(router.outputs.size(), -1);
  for (std::size_t i = 0; i < router.inputs.size(); ++i)
    pick(router, router.inputs[i], channels[i], outputs[i]);
  for (int o = 0; o < ports; ++o) {
    const Link* link = router.outputs[static_cast<std::size_t>(o)];
    if (link == nullptr) continue;
    for (int k = 1; k <= ports; ++k) {
      const int i = (link->last + k) % ports;
      if (outputs[static_cast<std::size_t>(i)] != o) continue;
      start(router, o, i, channels[static_cast<std::size_t>(i)]);
      break;
    }
  }
}

void MeshReference::start(Router& router, int output, int input, int channel) {
  Link& link = *router.outputs[static_cast<std::size_t>(output)];
  Input& from = router.inputs[static_cast<std::size_t>(input)];
  Buffered& first = from.channels[static_cast<std::size_t>(channel)].front();
  for (Branch& branch : first.branches) {
    if (branch.output != output) continue;
    branch.stage = Stage::sends;
    copies_.push_back({copies_[static_cast<std::size_t>(first.copy)].packet, branch.to});
  }
  link.sending = static_cast<int>(copies_.size()) - 1;
  link.sentFlits = 0;
  link.input = link.last = input;
  link.credits[static_cast<std::size_t>(channel)] -= costOf(link, flitsOf(first.copy));
  from.sending = true;
  from.last = channel;
}

void MeshReference::sendFlit(Link& link, std::uint64_t cycle) {
  ++link.sentFlits;
  link.wire.push_back({link.sending, link.sentFlits == 1, link.sentFlits == flitsOf(link.sending),
                       cycle + static_cast<std::uint64_t>(size_.linkCycles)});
}

/// One flit over every link that has a packet; a packet whose last copy is through leaves its buffer.
void MeshReference::move(Router& router, std::uint64_t cycle) {
  for (std::size_t o = 0; o < router.outputs.size(); ++o) {
    Link* link = router.outputs[o];
    if (link == nullptr || link->sending < 0) continue;
    const int v = channelOfCopy(link->sending);
    Input& input = router.inputs[static_cast<std::size_t>(link->input)];
    auto& buffer = input.channels[static_cast<std::size_t>(v)];
    Buffered& first = buffer.front();
    if (link->sentFlits >= first.here)
      throw std::runtime_error("the reference mesh sends a flit that hasn't arrived");
    sendFlit(*link, cycle);
    if (link->sentFlits < flitsOf(link->sending)) continue;
    link->sending = -1;
    input.sending = false;
    router.outChannels[o][static_cast<std::size_t>(v)].held = false;
    bool allGone = true;
    for (Branch& branch : first.branches) {
      if (branch.output == static_cast<int>(o)) branch.stage = Stage::gone;
      allGone = allGone && branch.stage == Stage::gone;
    }
    if (!allGone) continue;
    input.feeder->returning.push_back({cycle + static_cast<std::uint64_t>(size_.linkCycles), v,
                                       costOf(*input.feeder, flitsOf(first.copy))});
    buffer.pop_front();
  }
}

/// The node sends the packet that was sent first of those that are first in their queue and have room.
void MeshReference::feed(Node& node, std::uint64_t cycle) {
  Link& link = *node.link;
  if (link.sending < 0) {
    int oldest = -1;
    for (int v = 0; v < size_.channels; ++v) {
      const auto& queue = node.queues[static_cast<std::size_t>(v)];
      if (queue.empty()) continue;
      const Sent& first = (*packets_)[static_cast<std::size_t>(queue.front())];
      if (!hasRoom(link, v, first.flits)) continue;
      if (oldest < 0 || queue.front() < oldest) oldest = queue.front();
    }
    if (oldest < 0) return;
    const Sent& s = (*packets_)[static_cast<std::size_t>(oldest)];
    const auto v = static_cast<std::size_t>(channelOf(oldest));
    node.queues[v].pop_front();
    copies_.push_back({oldest, s.destinations.empty() ? std::vector<int>{s.to} : s.destinations});
    link.sending = static_cast<int>(copies_.size()) - 1;
    link.sentFlits = 0;
    link.credits[v] -= costOf(link, s.flits);
  }
  sendFlit(link, cycle);
  if (link.sentFlits == flitsOf(link.sending)) link.sending = -1;
}

}  // namespace crosstile::testing
