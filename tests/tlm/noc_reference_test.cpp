// SPDX-License-Identifier: Apache-2.0
// The event-driven mesh against the flit-by-flit reference: every packet arrives in the same cycle.
#include <gmock/gmock.h>

#include "tests/tlm/noc_traffic.h"

namespace crosstile::testing {
namespace {

std::vector<MeshReference::Arrived> arrivalsOf(const NocBench& bench) {
  std::vector<MeshReference::Arrived> arrived;
  for (const NocBench::Arrival& a : bench.arrivals) {
    const std::uint64_t cycle = bench.mesh.clock().cycleOf(a.time);
    EXPECT_EQ(bench.mesh.clock().edge(cycle), a.time);  // at an edge
    arrived.push_back({static_cast<int>(a.address), a.node, cycle});
  }
  std::sort(arrived.begin(), arrived.end());
  return arrived;
}

/// Runs both. @return the share of arrivals that contention delayed
double compare(const Traffic& traffic, unsigned seed) {
  const std::vector<MeshReference::Sent> sent = draw(traffic, seed);
  NocBench bench(configOf(traffic.size), true, traffic.size.receiveFlits,
                 static_cast<std::uint64_t>(traffic.size.serviceCycles));
  Stimulus stimulus(sc_core::sc_gen_unique_name("stimulus"));
  schedule(stimulus, bench, sent);
  sc_core::sc_start();
  EXPECT_TRUE(bench.mesh.idle());
  EXPECT_THAT(bench.mesh.waiting(), ::testing::IsEmpty());
  EXPECT_THAT(bench.binder.violations(), ::testing::IsEmpty());

  const std::vector<MeshReference::Arrived> reference = MeshReference(traffic.size).run(sent);
  const std::vector<MeshReference::Arrived> mesh = arrivalsOf(bench);
  EXPECT_EQ(mesh.size(), reference.size());
  std::size_t different = 0, delayed = 0;
  for (std::size_t i = 0; i < std::min(mesh.size(), reference.size()); ++i) {
    const MeshReference::Sent& s = sent[static_cast<std::size_t>(mesh[i].packet)];
    const int routers = bench.mesh.shape().routersBetween(s.from, mesh[i].node);
    if (mesh[i].cycle > s.cycle + zeroLoadCycles(bench.mesh.config(), routers, s.flits)) ++delayed;
    if (!(mesh[i] == reference[i]) && ++different <= 5) {
      ADD_FAILURE() << "packet " << mesh[i].packet << " from " << s.from << " to " << mesh[i].node << ", "
                    << s.flits << " flits, sent in cycle " << s.cycle << ": arrived in " << mesh[i].cycle
                    << ", reference " << reference[i].cycle;
    }
  }
  EXPECT_EQ(different, 0u);
  return static_cast<double>(delayed) / static_cast<double>(mesh.size());
}

class RandomTraffic : public SimulationTest, public ::testing::WithParamInterface<Traffic> {};

TEST_P(RandomTraffic, EqualsTheFlitByFlitMesh) {
  EXPECT_GT(compare(GetParam(), 20240607), 0.05);  // there was contention to get right
}

INSTANTIATE_TEST_SUITE_P(
    Meshes, RandomTraffic,
    ::testing::Values(Traffic{"light", {4, 3, 2, 3, 1, 64}, 4000, 6.0, 33, false},
                      Traffic{"heavy", {4, 3, 2, 3, 1, 64}, 6000, 1.5, 33, false},
                      Traffic{"small_buffers", {4, 4, 1, 3, 1, 16}, 6000, 2.0, 16, false},
                      Traffic{"longer_than_buffers", {3, 3, 2, 2, 2, 8}, 4000, 4.0, 40, false},
                      Traffic{"hotspot", {5, 2, 2, 1, 3, 24}, 4000, 2.0, 20, true},
                      Traffic{"no_router_latency", {3, 4, 1, 0, 1, 10}, 5000, 2.0, 9, false},
                      Traffic{"single_router", {1, 1, 4, 3, 1, 32}, 2000, 3.0, 30, false},
                      Traffic{"isaac", {7, 6, 4, 3, 1, 64}, 8000, 0.5, 33, false},
                      Traffic{"four_channels", {4, 4, 1, 3, 1, 8, 4}, 8000, 0.7, 8, false},
                      Traffic{"three_channels_hotspot", {4, 3, 2, 2, 1, 6, 3}, 5000, 1.0, 12, true},
                      Traffic{"slow_nodes", {3, 3, 2, 1, 2, 8, 2, 8, 9}, 3000, 2.0, 10, false},
                      Traffic{"multicast", {4, 4, 1, 3, 1, 16, 1}, 4000, 4.0, 16, false, 50},
                      Traffic{"multicast_channels", {5, 4, 2, 2, 1, 6, 6}, 5000, 2.0, 9, true, 30}),
    [](const auto& row) { return std::string(row.param.name); });

/// A router, its load and its nodes, drawn from a seed.
Traffic drawRouter(unsigned seed) {
  std::mt19937 random(seed * 7919U + 1U);
  const auto from = [&random](int least, int most) {
    return least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1));
  };
  Traffic t{"", {from(1, 5), from(1, 5), from(1, 3), from(0, 4), from(1, 3), from(1, 20)}, 0, 0, 0, false};
  t.size.channels = from(1, 8);
  if (random() % 2 == 0) {
    t.size.receiveFlits = from(1, 12);
    t.size.serviceCycles = from(0, 15);
  }
  t.packets = 800;
  t.longest = from(1, 24);
  t.hotspot = random() % 3 == 0;
  t.multicasts = random() % 2 == 0 ? from(5, 60) : 0;
  // From light load to far beyond saturation.
  const int nodes = t.size.columns * t.size.rows * t.size.concentration + 1;
  t.meanGap = 0.25 * t.longest * from(1, 16) / nodes;
  return t;
}

class RandomRouters : public SimulationTest, public ::testing::WithParamInterface<unsigned> {};

TEST_P(RandomRouters, EqualTheFlitByFlitMesh) {
  for (unsigned i = 0; i < 10; ++i) {
    const unsigned seed = 10 * GetParam() + i;
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    compare(drawRouter(seed), seed);
    if (HasFailure()) return;
    restart();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRouters, ::testing::Range(0U, 16U));

}  // namespace
}  // namespace crosstile::testing
