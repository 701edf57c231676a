// SPDX-License-Identifier: Apache-2.0
// Random traffic for a mesh and its reference.
#pragma once

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "tests/tlm/mesh_reference.h"
#include "tests/tlm/simulation.h"

namespace crosstile::testing {

struct Traffic {
  const char* name;
  MeshReference::Size size;
  int packets;
  double meanGap;      ///< cycles between sends, over all nodes
  int longest;         ///< flits
  bool hotspot;        ///< half of the packets go to the host
  int multicasts = 0;  ///< percent of the packets that go to several nodes
};

inline std::ostream& operator<<(std::ostream& os, const Traffic& t) {
  return os << t.name;
}

inline NocConfig configOf(const MeshReference::Size& size) {
  NocConfig config;
  config.meshColumns = size.columns;
  config.meshRows = size.rows;
  config.concentration = size.concentration;
  config.routerCycles = size.routerCycles;
  config.linkCycles = size.linkCycles;
  config.virtualChannels = size.channels;
  config.bufferFlits = size.bufferFlits;
  config.clockPeriod = ps(833);
  return config;
}

/// Two to six different nodes, ascending.
inline std::vector<int> drawDestinations(std::mt19937& random, int nodes) {
  std::set<int> all;
  const std::size_t wanted = std::min<std::size_t>(2 + random() % 5, static_cast<std::size_t>(nodes));
  while (all.size() < wanted) all.insert(static_cast<int>(random() % static_cast<unsigned>(nodes)));
  return {all.begin(), all.end()};
}

inline std::vector<MeshReference::Sent> draw(const Traffic& traffic, unsigned seed) {
  std::mt19937 random(seed);
  const int nodes = traffic.size.columns * traffic.size.rows * traffic.size.concentration + 1;
  std::vector<MeshReference::Sent> sent;
  double time = 0;
  for (int i = 0; i < traffic.packets; ++i) {
    time += -std::log1p(-static_cast<double>(random()) / 4294967296.0) * traffic.meanGap;
    const int from = static_cast<int>(random() % static_cast<unsigned>(nodes));
    const int anywhere = static_cast<int>(random() % static_cast<unsigned>(nodes));
    const int to = traffic.hotspot && random() % 2 == 0 ? nodes - 1 : anywhere;
    const int flits = 1 + static_cast<int>(random() % static_cast<unsigned>(traffic.longest));
    MeshReference::Sent s{static_cast<std::uint64_t>(time), from, to, flits};
    if (traffic.size.channels > 1) s.packetClass = static_cast<int>(random() % 3);
    if (traffic.multicasts > 0 && static_cast<int>(random() % 100) < traffic.multicasts)
      s.destinations = drawDestinations(random, nodes);
    if (!s.destinations.empty()) s.to = s.destinations.front();
    sent.push_back(std::move(s));
  }
  return sent;
}

/// `sent` must outlive the simulation.
inline void schedule(Stimulus& stimulus, NocBench& bench, const std::vector<MeshReference::Sent>& sent) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const MeshReference::Sent& s = sent[i];
    stimulus.at(bench.mesh.clock().edge(s.cycle), [&bench, &s, i] {
      PacketRef packet = bench.packet(s.from, s.to, s.flits, i);
      packet->packetClass = static_cast<PacketClass>(s.packetClass);
      packet->destinations = s.destinations;
      bench.ports[static_cast<std::size_t>(s.from)]->send(std::move(packet));
    });
  }
}

}  // namespace crosstile::testing
