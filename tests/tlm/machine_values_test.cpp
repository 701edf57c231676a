// SPDX-License-Identifier: Apache-2.0
// What the machine computes is what the functional engine computes, and what it counts is what the model says
// it moves.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/base/error.h"
#include "tests/tlm/machine_checks.h"

namespace crosstile::testing {
namespace {

using ::testing::IsEmpty;

class MachineValues : public SimulationTest {};

TEST_F(MachineValues, OneDenseLayer) {
  expectSameAsFunctional(Model(denseNetwork({20, 5}), smallHardware(), 3));
}

TEST_F(MachineValues, DenseLayersOverSeveralRowBlocksCoresAndTiles) {
  // 100 inputs: 4 row blocks; 12 outputs: 2 groups of 8; 30 hidden: 4 groups on 4 tiles of 4 arrays.
  expectSameAsFunctional(Model(denseNetwork({100, 30, 12}), smallHardware({"chip.mesh_rows=3"}), 4));
}

TEST_F(MachineValues, AConvolutionalNetworkWithManyImagesInFlight) {
  expectSameAsFunctional(Model(convolutionalNetwork(), smallHardware({"chip.mesh_rows=2"}), 7));
}

TEST_F(MachineValues, SixteenBitOperandsInDifferentialPairs) {
  const Hardware hardware =
      smallHardware({"encoding.input_bits=16", "encoding.weight_bits=16", "chip.mesh_rows=4",
                     "encoding.scheme=differential", "encoding.flipped_columns=false", "array.columns=64"});
  expectSameAsFunctional(Model(convolutionalNetwork(), hardware, 2));
}

TEST_F(MachineValues, AStageWithoutArraysFirst) {
  Dice dice(3);
  NetworkBuilder b({2, 8, 8});
  Window two;
  two.kernelH = two.kernelW = two.strideH = two.strideW = 2;
  b.pool(LayerKind::averagePool, two, false);
  b.add(LayerKind::relu, b.shape());
  Window three;
  three.kernelH = three.kernelW = 3;
  b.conv(4, three, 1, dice);
  b.dense(3, dice);
  const Model model(b.build(), smallHardware(), 3);
  ASSERT_EQ(model.program.stages.front().layer, -1);
  expectSameAsFunctional(model);
}

TEST_F(MachineValues, AStageWithoutArraysWhoseInputIsTransposed) {
  expectSameAsFunctional(Model(transposedNetwork(), smallHardware(), 2));
}

TEST_F(MachineValues, ReadNoiseIsTheSameDraw) {
  const Hardware hardware =
      smallHardware({"readout=ohmic", "nonideality.read_noise_of_g=0.05", "chip.mesh_rows=2"});
  const Model noisy(convolutionalNetwork(), hardware, 3);
  Hardware quiet = hardware;
  quiet.nonideality.readNoiseOfG = 0.0;
  ASSERT_NE(noisy.expected(), Model(convolutionalNetwork(), quiet, 3).expected())
      << "the noise changes nothing";
  expectSameAsFunctional(noisy);
}

// An input position that no window needs may come after the last window was read: a stride that skips the
// border.
class InputSlots : public SimulationTest, public ::testing::WithParamInterface<int> {};

TEST_P(InputSlots, InputsThatNoWindowNeeds) {
  Dice dice(5);
  NetworkBuilder b({1, 9, 9});
  Window one;
  b.conv(3, one, 1, dice);
  Window strided;
  strided.kernelH = strided.kernelW = 2;
  strided.strideH = strided.strideW = 5;
  b.conv(4, strided, 1, dice);
  b.dense(3, dice);
  const std::string slots = "buffer.input_slots=" + std::to_string(GetParam());
  expectSameAsFunctional(Model(b.build(), smallHardware({"chip.mesh_rows=2", slots}), 5));
}

INSTANTIATE_TEST_SUITE_P(Rooms, InputSlots, ::testing::Values(1, 2, 3));

// Pools with padding complete the positions of two rows at a time, out of order.
TEST_F(MachineValues, OutputsThatCompleteOutOfOrder) {
  Dice dice(5);
  NetworkBuilder b({1, 7, 7});
  Window three;
  three.kernelH = three.kernelW = 3;
  b.conv(3, three, 1, dice);
  Window same = three;
  same.padTop = same.padLeft = same.padBottom = same.padRight = 1;
  b.pool(LayerKind::maxPool, same, false);
  Window one;
  b.conv(4, one, 1, dice);
  b.dense(3, dice);
  expectSameAsFunctional(Model(b.build(), smallHardware({"chip.mesh_rows=2"}), 3));
}

class RandomMachines : public SimulationTest, public ::testing::WithParamInterface<int> {};

/// Random layers, encodings and chips.
TEST_P(RandomMachines, EqualTheFunctionalEngine) {
  Dice dice(static_cast<std::uint64_t>(GetParam()));
  const Network network = test::randomNetwork(dice);
  const Hardware hardware = randomHardware(dice);
  const Model model(network, hardware, 3);
  expectSameAsFunctional(model);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMachines, ::testing::Range(0, 60));

}  // namespace
}  // namespace crosstile::testing
