// SPDX-License-Identifier: Apache-2.0
// Loose timing gives the same values, and nearly the same latency, for far fewer events.
#include <gmock/gmock.h>

#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

class LooseMachines : public SimulationTest {
 protected:
  /// Runs both modes beside each other. @return latency of loose over that of cycle
  static double compare(const Model& model) {
    Machine cycle(model, TimingMode::cycle, "cycle"), loose(model, TimingMode::loose, "loose");
    cycle.run();
    EXPECT_TRUE(cycle.driver.done());
    EXPECT_TRUE(loose.driver.done());
    EXPECT_EQ(cycle.driver.results(), model.expected());
    EXPECT_EQ(loose.driver.results(), model.expected());
    EXPECT_LT(loose.chip.kernelEvents(), cycle.chip.kernelEvents());
    return static_cast<double>(loose.latency()) / static_cast<double>(cycle.latency());
  }
};

TEST_F(LooseMachines, ADenseNetwork) {
  EXPECT_NEAR(compare(Model(denseNetwork({40, 12, 4}), smallHardware(), 4)), 1.0, 0.1);
}

TEST_F(LooseMachines, SeveralTilesALayer) {
  EXPECT_NEAR(compare(Model(denseNetwork({100, 30, 12}), smallHardware({"chip.mesh_rows=3"}), 4)), 1.0, 0.1);
}

TEST_F(LooseMachines, AConvolutionalNetwork) {
  EXPECT_NEAR(compare(Model(convolutionalNetwork(), smallHardware({"chip.mesh_rows=2"}), 5)), 1.0, 0.1);
}

TEST_F(LooseMachines, AStageWithoutArraysWhoseInputIsTransposed) {
  EXPECT_NEAR(compare(Model(transposedNetwork(), smallHardware(), 3)), 1.0, 0.1);
}

TEST_F(LooseMachines, ReadNoise) {
  const Hardware hardware =
      smallHardware({"readout=ohmic", "nonideality.read_noise_of_g=0.05", "chip.mesh_rows=2"});
  EXPECT_NEAR(compare(Model(convolutionalNetwork(), hardware, 3)), 1.0, 0.1);
}

class RandomLooseMachines : public LooseMachines, public ::testing::WithParamInterface<int> {};

TEST_P(RandomLooseMachines, GiveTheSameValues) {
  Dice dice(static_cast<std::uint64_t>(GetParam()) + 1000);
  const Network network = test::randomNetwork(dice);
  Hardware hardware = smallHardware();
  hardware.chip.meshColumns = dice.between(1, 3);
  hardware.chip.meshRows = 20;
  hardware.chip.arraysPerCore = 8;
  hardware.timing.inputSlots = dice.between(1, 3);
  hardware.timing.inputRegisters = dice.between(1, 3);
  hardware.encoding.inputBits = dice.between(2, 16);
  hardware.encoding.weightBits = dice.between(2, 8);
  compare(Model(network, hardware, 3));
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomLooseMachines, ::testing::Range(0, 30));

}  // namespace
}  // namespace crosstile::testing
