// SPDX-License-Identifier: Apache-2.0
// What the machine computes is what the functional engine computes, and what it counts is what the model says
// it moves.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/base/error.h"
#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

using ::testing::IsEmpty;

class MachineValues : public SimulationTest {};

/// One line a field that differs.
void expectTraffic(const StageTraffic& measured, const StageTraffic& perImage, std::int64_t images,
                   const std::string& where) {
  EXPECT_EQ(measured.bufferWrites, images * perImage.bufferWrites) << where;
  EXPECT_EQ(measured.bufferReads, images * perImage.bufferReads) << where;
  EXPECT_EQ(measured.busBits, images * perImage.busBits) << where;
  EXPECT_EQ(measured.inputBytes, images * perImage.inputBytes) << where;
  EXPECT_EQ(measured.outputBytes, images * perImage.outputBytes) << where;
  EXPECT_EQ(measured.digitalOperations, images * perImage.digitalOperations) << where;
  EXPECT_EQ(measured.packets, images * perImage.packets) << where;
  EXPECT_EQ(measured.packetBytes, images * perImage.packetBytes) << where;
  EXPECT_EQ(measured.flitRouters, images * perImage.flitRouters) << where;
  EXPECT_EQ(measured.flitLinks, images * perImage.flitLinks) << where;
  EXPECT_EQ(measured.hostBits, images * perImage.hostBits) << where;
  EXPECT_EQ(measured.mvms, images * perImage.mvms) << where;
}

/// The functional engine counts active rows once a row block, every core once for itself.
bool rowBlocksShareNoCores(const Stage& stage) {
  std::map<int, std::set<std::pair<int, int>>> cores;
  for (const ArrayBlock& b : stage.blocks) cores[b.rowBlock].insert({b.tile, b.core});
  return std::all_of(cores.begin(), cores.end(), [](const auto& block) { return block.second.size() == 1; });
}

void expectFacts(const ReadFacts& measured, const ReadFacts& functional, const Stage& stage,
                 const std::string& where) {
  EXPECT_EQ(measured.mvms, functional.mvms) << where;
  EXPECT_EQ(measured.reads, functional.reads) << where;
  EXPECT_EQ(measured.zeroPlanes, functional.zeroPlanes) << where;
  EXPECT_EQ(measured.conversions, functional.conversions) << where;
  if (rowBlocksShareNoCores(stage)) {
    EXPECT_EQ(measured.activeRows, functional.activeRows) << where;
  }
  EXPECT_NEAR(measured.deviceEnergyJ, functional.deviceEnergyJ, 1e-12 * functional.deviceEnergyJ) << where;
}

/// Runs the model through a checked machine and compares values, counts, facts and protocol.
void expectSameAsFunctional(const Model& model) {
  Machine machine(model);
  ASSERT_NO_THROW(machine.run());
  ASSERT_TRUE(machine.driver.done()) << ::testing::PrintToString(machine.chip.waiting());
  EXPECT_EQ(machine.driver.results(), model.expected());
  EXPECT_THAT(machine.binder.violations(), IsEmpty());
  EXPECT_THAT(machine.chip.waiting(), IsEmpty());
  EXPECT_TRUE(machine.chip.mesh.idle());
  const auto images = static_cast<std::int64_t>(model.images.size());
  const auto measured = machine.measured();
  const auto perImage = trafficPerImage(model.program, trafficConfig(model.hardware));
  const auto facts = model.facts();
  std::int64_t hostBits = 0;
  for (std::size_t s = 0; s < measured.size(); ++s) {
    const std::string where = "stage " + std::to_string(s) + " \"" + model.program.stages[s].name + "\"";
    expectTraffic(measured[s].traffic, perImage[s], images, where);
    expectFacts(measured[s].facts, facts[s], model.program.stages[s], where);
    hostBits += images * perImage[s].hostBits;
  }
  const Host::Statistics& host = machine.chip.host.statistics();
  EXPECT_EQ(8 * (host.bytesIn + host.bytesOut), static_cast<std::uint64_t>(hostBits));
}

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

/// Random layers, encodings and chips. Networks that don't fit the chip are left out; seeds are chosen so
/// that most do.
TEST_P(RandomMachines, EqualTheFunctionalEngine) {
  Dice dice(static_cast<std::uint64_t>(GetParam()));
  const Network network = test::randomNetwork(dice);
  Hardware hardware = smallHardware();
  hardware.chip.meshColumns = dice.between(1, 3);
  hardware.chip.meshRows = 20;
  hardware.chip.concentration = dice.between(1, 3);
  hardware.chip.coresPerTile = dice.between(1, 4);
  hardware.chip.arraysPerCore = 8;
  hardware.timing.inputSlots = dice.between(1, 3);
  hardware.timing.inputRegisters = dice.between(1, 3);
  hardware.timing.busBits = dice.oneOf<int>({64, 256, 384});
  hardware.timing.bufferAccessBits = dice.oneOf<int>({64, 256});
  hardware.timing.routerBufferFlits = dice.oneOf<int>({4, 64});
  hardware.array.readTime = Seconds(dice.oneOf<double>({5e-9, 100e-9}));
  hardware.encoding.inputBits = dice.between(2, 16);
  hardware.encoding.weightBits = dice.between(2, 8);
  hardware.encoding.scheme = dice.chance(0.5) ? "offset" : "differential";
  hardware.encoding.biasRow = dice.chance(0.4);
  if (dice.chance(0.2)) {
    hardware.encoding.scheme = "average";
    hardware.encoding.cellBits = hardware.encoding.weightBits - 1;
  }
  const Model model(network, hardware, 3);
  expectSameAsFunctional(model);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMachines, ::testing::Range(0, 60));

}  // namespace
}  // namespace crosstile::testing
