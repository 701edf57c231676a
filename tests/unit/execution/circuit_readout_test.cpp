// SPDX-License-Identifier: Apache-2.0
// Circuits in tiles: what the value path makes of an array that is solved pulse by pulse.
#include <gtest/gtest.h>

#include <cmath>

#include "models/crossbar/circuit_solver.h"
#include "tests/unit/execution/value_chip.h"

namespace crosstile::test {
namespace {

Network smallNetwork() {
  Dice dice(21);
  NetworkBuilder b({2, 7, 7});
  Window w;
  w.kernelH = w.kernelW = 3;
  b.conv(4, w, 1, dice);
  b.add(LayerKind::relu, b.shape());
  b.dense(5, dice);
  return b.build();
}

AnalogConfig circuitConfig(const std::string& law) {
  AnalogConfig c = isaacConfig(6, "circuit");
  c.array.rows = c.array.columns = 16;
  c.device.law = law;
  c.adc.bits = 12;
  return c;
}

std::vector<Codes> stageCodes(const AnalogConfig& config, std::vector<ReadFacts>* facts = nullptr) {
  Dice dice(22);
  const Network network = smallNetwork();
  const ValueChip chip(network, config, randomImages(network, 3, false, dice));
  Dice more(23);
  std::vector<Codes> result;
  for (int k = 0; k < 4; ++k) {
    const Codes input = chip.randomCodes(more);
    for (auto& codes : chip.engine->runAllStages(input.data(), static_cast<std::uint64_t>(k)))
      result.push_back(codes);
    if (facts == nullptr) continue;
    ValueEngine::Scratch scratch;
    Codes output;
    chip.engine->run(input.data(), 0, scratch, *facts, output);
  }
  return result;
}

TEST(CircuitReadoutInTiles, WithoutWiresItIsDevice) {
  for (const char* law : {"linear", "sinh"}) {
    AnalogConfig circuit = circuitConfig(law);
    circuit.array.rWord = circuit.array.rBit = Ohms{0.0};
    AnalogConfig device = circuit;
    device.readout = "device";
    std::vector<ReadFacts> solved, tabulated;
    EXPECT_EQ(stageCodes(circuit, &solved), stageCodes(device, &tabulated));
    for (std::size_t s = 0; s < solved.size(); ++s) {
      EXPECT_EQ(solved[s].conversions, tabulated[s].conversions);
      EXPECT_EQ(solved[s].zeroPlanes, tabulated[s].zeroPlanes);
      EXPECT_EQ(solved[s].activeRows, tabulated[s].activeRows);
      EXPECT_NEAR(solved[s].deviceEnergyJ, tabulated[s].deviceEnergyJ, 1e-9 * tabulated[s].deviceEnergyJ);
    }
  }
}

TEST(CircuitReadoutInTiles, WithLinearCellsItIsIrDrop) {
  AnalogConfig circuit = circuitConfig("linear");
  circuit.array.rSource = Ohms{200.0};
  AnalogConfig linear = circuit;
  linear.readout = "ir_drop";
  EXPECT_EQ(stageCodes(circuit), stageCodes(linear));
}

/// Position by position, as a tile of the timed machine calls it, or many at a time.
TEST(CircuitReadoutInTiles, SumsDoNotDependOnWhichPositionsComeTogether) {
  Dice dice(24);
  const Network network = smallNetwork();
  for (const double tolerance : {1e-9, 1e-3}) {
    AnalogConfig config = circuitConfig("sinh");
    config.array.circuitTolerance = tolerance;
    config.nonideality.readNoiseOfG = 0.02;
    const ValueChip chip(network, config, randomImages(network, 3, false, dice));
    const StageAnalog& analog = *chip.engine->analog(0);
    ASSERT_GT(analog.preferredPositions(), 2);
    const Stage& stage = analog.stage();
    std::vector<std::int32_t> input;
    for (std::size_t k = 0; k < static_cast<std::size_t>(stage.inputElements()); ++k)
      input.push_back(static_cast<std::int32_t>(k * 7 % 64));
    const int positions = stage.input.positions(), outputs = analog.outputCount();
    StageAnalog::Scratch scratch;
    ReadFacts alone, together;
    std::vector<std::int64_t> one(static_cast<std::size_t>(positions * outputs)), all(one.size());
    for (int p = 0; p < positions; ++p)
      analog.run(input.data(), p, 1, 5, scratch, one.data() + p * outputs, alone);
    analog.run(input.data(), 0, positions, 5, scratch, all.data(), together);
    EXPECT_EQ(one, all);
    EXPECT_EQ(alone.reads, together.reads);
    EXPECT_EQ(alone.zeroPlanes, together.zeroPlanes);
    EXPECT_NEAR(alone.deviceEnergyJ, together.deviceEnergyJ, 1e-12 * alone.deviceEnergyJ);
    EXPECT_GT(alone.deviceEnergyJ, 0.0);
  }
}

/// What one level at digit 1 stands for: the current of a cell at G_on less that of one at G_off, through
/// their transistors, over the levels between.
TEST(CircuitReadoutInTiles, AccessDevicesAreInTheUnitCurrent) {
  AnalogConfig config = circuitConfig("linear");
  config.array.access.kind = "transistor";
  config.array.access.gateVoltage = Volts{0.9};
  config.array.access.widthOverLength = 1.0;
  const AccessConfig& t = config.array.access;
  const double v = config.array.readVoltage.value, overdrive = t.gateVoltage.value - t.threshold.value;
  const auto current = [&](double g) {  // linear region, by bisection of the transistor's share u of v
    double low = 0.0, high = v;
    for (int k = 0; k < 100; ++k) {
      const double u = 0.5 * (low + high);
      const double channel = t.kp * t.widthOverLength * (overdrive * u - 0.5 * u * u) * (1.0 + t.lambda * u);
      (channel < g * (v - u) ? low : high) = u;
    }
    return g * (v - low);
  };
  const double expected = (current(config.device.gOn.value) - current(config.device.gOff.value)) / 3.0;
  Dice dice(22);
  const Network network = smallNetwork();
  const ValueChip chip(network, config, randomImages(network, 3, false, dice));
  const double unit = chip.engine->analog(0)->arrays()[0].analog->unitAmpere;
  EXPECT_NEAR(unit, expected, 1e-9 * expected);
  EXPECT_LT(unit, 0.95 * v * (config.device.gOn.value - config.device.gOff.value) / 3.0);
}

TEST(CircuitReadoutInTiles, WiresAndNonlinearityMatter) {
  AnalogConfig config = circuitConfig("sinh");
  config.array.rWord = config.array.rBit = Ohms{50.0};
  AnalogConfig linear = config;
  linear.readout = "ir_drop";
  EXPECT_NE(stageCodes(config), stageCodes(linear));
}

}  // namespace
}  // namespace crosstile::test
