// SPDX-License-Identifier: Apache-2.0
// router.sv in every router of a mesh: each packet arrives in the cycle and with the bytes that the flit-by-flit reference
// and the model say, and waits for the same.
#include "models/base/error.h"
#include "tests/cosim/rtl/mesh_equality.h"

namespace crosstile::testing {
namespace {

class RtlMesh : public SimulationTest, public ::testing::WithParamInterface<Traffic> {};

TEST_P(RtlMesh, EqualsTheFlitByFlitMeshAndTheModel) {
  const std::vector<MeshReference::Sent> sent = draw(GetParam(), 20240607);
  const MeshRun rtl = runMesh(GetParam(), sent, rtlRouters());
  EXPECT_EQ(rtl.wrongBytes, 0U);
  EXPECT_EQ(differencesFromReference(GetParam(), sent, rtl), 0U);
  restart();
  const MeshRun model = runMesh(GetParam(), sent, {});
  EXPECT_EQ(rtl.arrivals, model.arrivals);
  expectSameStatistics(rtl.statistics, model.statistics);
}

INSTANTIATE_TEST_SUITE_P(Meshes, RtlMesh,
                         ::testing::Values(Traffic{"light", {4, 3, 2, 3, 1, 64}, 800, 6.0, 33, false},
                                           Traffic{"heavy", {3, 3, 2, 3, 1, 64}, 1200, 1.5, 33, false},
                                           Traffic{"small_buffers", {3, 3, 1, 2, 1, 16}, 1200, 2.0, 16, false},
                                           Traffic{"longer_than_buffers", {3, 3, 2, 2, 2, 8}, 800, 4.0, 40, false},
                                           Traffic{"hotspot", {4, 2, 2, 1, 3, 24}, 800, 2.0, 20, true},
                                           Traffic{"four_channels", {3, 3, 1, 3, 1, 8, 4}, 1500, 0.7, 8, false},
                                           Traffic{"three_channels_hotspot", {3, 2, 2, 2, 1, 6, 3}, 800, 1.0, 12, true},
                                           Traffic{"slow_nodes", {3, 3, 2, 1, 2, 8, 2, 8, 9}, 600, 2.0, 10, false},
                                           Traffic{"multicast", {3, 3, 1, 3, 1, 16, 1}, 800, 4.0, 16, false, 50},
                                           Traffic{"multicast_channels", {3, 3, 2, 2, 1, 6, 4}, 800, 3.0, 9, true, 30}),
                         [](const auto& row) { return std::string(row.param.name); });

class RtlMeshLimits : public SimulationTest {};

TEST_F(RtlMeshLimits, SaysWhatTheRtlIsntMadeFor) {
  NocConfig config = configOf({2, 1, 1, 3, 1, 16});
  config.virtualChannels = 8;
  try {
    NocBench bench(config, true, 0, 0, rtlRouters());
    FAIL();
  } catch (const BadInput& e) {
    EXPECT_STREQ(e.what(), "router.virtual_channels = 8: the RTL of the router is made for 1 to 4");
  }
}

class RouterReset : public ::testing::TestWithParam<bool> {};

/// Two ports ask in turn; a reset between their packets takes the turn back to the first.
TEST_P(RouterReset, BeginsArbitrationAnew) {
  NocBench bench(configOf({1, 1, 3, 1, 1, 64}), true, 0, 0, GetParam() ? rtlRouters() : RouterFactory());
  Stimulus stimulus("stimulus");
  const CycleClock& clock = bench.mesh.clock();
  stimulus.at(clock.edge(0), [&] { bench.send(0, 2, 3, 1); });
  stimulus.at(clock.edge(20), [&] { bench.mesh.reset(); });
  stimulus.at(clock.edge(21), [&] { bench.send(0, 2, 3, 2), bench.send(1, 2, 3, 3); });
  stimulus.at(clock.edge(60), [&] { bench.send(0, 2, 3, 4), bench.send(1, 2, 3, 5); });
  sc_core::sc_start();
  EXPECT_LT(bench.arrivalOf(2), bench.arrivalOf(3));
  EXPECT_LT(bench.arrivalOf(4), bench.arrivalOf(5));
}
INSTANTIATE_TEST_SUITE_P(ModelAndRtl, RouterReset, ::testing::Bool());

}  // namespace
}  // namespace crosstile::testing
