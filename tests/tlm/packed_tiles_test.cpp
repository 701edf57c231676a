// SPDX-License-Identifier: Apache-2.0
// Several stages in one tile: the same values, nothing over the network between them, and parts that they
// wait for.
#include <gmock/gmock.h>

#include <set>

#include "tests/tlm/machine_checks.h"

namespace crosstile::testing {
namespace {

class PackedTiles : public SimulationTest {};

std::vector<std::string> with(std::vector<std::string> settings, const std::string& packing) {
  settings.push_back("mapping.packing=" + packing);
  return settings;
}

std::set<int> tilesOf(const ChipProgram& program) {
  std::set<int> tiles;
  for (const Stage& stage : program.stages) tiles.insert(stage.tiles.begin(), stage.tiles.end());
  return tiles;
}

TEST_F(PackedTiles, ThreeDenseLayersInOneTileEqualTheFunctionalEngine) {
  const Model model(denseNetwork({20, 8, 6, 4}), smallHardware(with({"tile.cores=3"}, "tile")), 5);
  EXPECT_EQ(tilesOf(model.program).size(), 1U);
  expectSameAsFunctional(model);
}

TEST_F(PackedTiles, StagesWithoutArraysTakeNoTileOfTheirOwn) {
  const Model model(transposedNetwork(), smallHardware(with({}, "tile")), 4);
  ASSERT_EQ(model.program.stages.front().layer, -1);
  EXPECT_EQ(tilesOf(model.program).size(), 1U);
  expectSameAsFunctional(model);
}

TEST_F(PackedTiles, InLooseTimingTheyGiveTheSameValues) {
  const Model model(convolutionalNetwork(), smallHardware(with({"tile.cores=6"}, "tile")), 4);
  EXPECT_EQ(tilesOf(model.program).size(), 1U);
  Machine machine(model, TimingMode::loose);
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  EXPECT_EQ(machine.driver.results(), model.expected());
}

// Apart, the codes of the first layer take N(B) = router + 2 link + F - 1 cycles to a tile at the same
// router; together, none. All else is the same: nobody else is there.
TEST_F(PackedTiles, TheLatencyOfOneImageIsShorterByTheNetworksWay) {
  const Model apart(denseNetwork({20, 8, 4}), smallHardware(with({}, "none")), 1);
  const Model together(denseNetwork({20, 8, 4}), smallHardware(with({}, "tile")), 1);
  ASSERT_EQ(tilesOf(apart.program).size(), 2U);
  ASSERT_EQ(tilesOf(together.program).size(), 1U);
  Machine far(apart, TimingMode::cycle, "far"), near(together, TimingMode::cycle, "near");
  sc_core::sc_start();
  const TimingConfig& t = apart.hardware.timing;
  const int flits = 1 + (8 * 8 + t.flitBits - 1) / t.flitBits;
  EXPECT_EQ(far.latency() - near.latency(),
            static_cast<std::uint64_t>(t.routerCycles + 2 * t.linkCycles + flits - 1));
}

// Two layers of 8 outputs on a bus of 8 bits: 8 sums of 8 bytes and what is loaded, of both layers in turn.
TEST_F(PackedTiles, TheySharePartsAndWaitForThem) {
  const std::vector<std::string> base{"array.read_time=1 ns", "adc.period=0.1 ns", "bus.bits=8",
                                      "core.input_registers=4", "buffer.input_slots=4"};
  const Model apart(denseNetwork({8, 8, 8}), smallHardware(with(base, "none")), 16);
  const Model together(denseNetwork({8, 8, 8}), smallHardware(with(base, "tile")), 16);
  Machine alone(apart, TimingMode::cycle, "alone"), shared(together, TimingMode::cycle, "shared");
  sc_core::sc_start();
  EXPECT_EQ(alone.driver.results(), apart.expected());
  EXPECT_EQ(shared.driver.results(), apart.expected());
  const auto bus = [](Machine& machine) {
    return machine.tile(0).resources().at(1)->statistics().busyCycles;
  };
  EXPECT_EQ(bus(alone), 16 * (8U + 64));
  EXPECT_EQ(bus(shared), 16 * 2 * (8U + 64));
  const auto eight = [](const Machine& machine) { return machine.result(11) - machine.result(3); };
  EXPECT_LT(eight(alone), 8 * 2 * (8U + 64));
  EXPECT_GE(eight(shared), 8 * 2 * (8U + 64));
}

/// Random networks on chips with tiles of a few cores and small buffers.
class RandomPackedMachines : public SimulationTest, public ::testing::WithParamInterface<int> {};

TEST_P(RandomPackedMachines, HoldTheSameBitsAsUnpackedOnes) {
  Dice dice(static_cast<std::uint64_t>(GetParam()));
  const Network network = test::randomNetwork(dice);
  Hardware hardware = randomHardware(dice);
  hardware.chip.coresPerTile = dice.between(2, 8);
  hardware.readout = "ohmic";
  hardware.nonideality.programmingErrorOfG = 0.02;
  const Model apart(network, hardware, 2);
  hardware.mapping.packing = "tile";
  const Model together(network, hardware, 2);
  EXPECT_LE(together.program.tiles, apart.program.tiles);
  EXPECT_EQ(together.expected(), apart.expected());
  Machine machine(together);
  machine.run();
  ASSERT_TRUE(machine.driver.done()) << ::testing::PrintToString(machine.chip.waiting());
  EXPECT_EQ(machine.driver.results(), apart.expected());
  EXPECT_THAT(machine.binder.violations(), ::testing::IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomPackedMachines, ::testing::Range(0, 30));

}  // namespace
}  // namespace crosstile::testing
