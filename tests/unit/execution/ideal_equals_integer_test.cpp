// SPDX-License-Identifier: Apache-2.0
// The promise that everything else rests on: with the `ideal` readout and an ADC that covers the range,
// encoding, mapping, arrays, converters, shift-and-add and the digital unit give the integer reference's
// bits, in every layer.
#include <gtest/gtest.h>

#include "tests/unit/execution/value_chip.h"

namespace crosstile::test {
namespace {

/// Codes of a layer's output in CHW, from a buffer in HWC.
Codes chwOf(const Codes& hwc, const Shape& shape) {
  const auto channels = static_cast<std::size_t>(shape[0]);
  const std::size_t pixels = hwc.size() / channels;
  Codes chw(hwc.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t p = 0; p < pixels; ++p) chw[c * pixels + p] = hwc[p * channels + c];
  }
  return chw;
}

/// Sums that are worked out without pulses (no dump asks for them) are those of planes, slices and
/// conversions, and are counted as the same reads.
void expectSameByPulses(const ValueChip& chip, const Codes& input, const ValueEngine::Scratch& exact,
                        const std::vector<ReadFacts>& exactFacts, const std::string& where) {
  ValueDump dump;
  for (std::size_t s = 0; s < chip.program.stages.size(); ++s) dump[static_cast<int>(s)] = {};
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> facts;
  Codes output;
  chip.engine->run(input.data(), 0, scratch, facts, output, &dump);
  for (std::size_t s = 0; s < facts.size(); ++s) {
    ASSERT_EQ(scratch.digital[s].codes, exact.digital[s].codes) << where;
    EXPECT_EQ(facts[s].mvms, exactFacts[s].mvms) << where;
    EXPECT_EQ(facts[s].reads, exactFacts[s].reads) << where;
    EXPECT_EQ(facts[s].zeroPlanes, exactFacts[s].zeroPlanes) << where;
    EXPECT_EQ(facts[s].activeRows, exactFacts[s].activeRows) << where;
    EXPECT_EQ(facts[s].conversions, exactFacts[s].conversions) << where;
    EXPECT_EQ(facts[s].deviceEnergyJ, exactFacts[s].deviceEnergyJ) << where;
  }
}

/// Compares what every stage left behind, operation by operation, with the reference's layers.
void expectEveryLayer(const ValueChip& chip, const Codes& input, const std::string& where) {
  const std::vector<Codes> reference = runIntegerAllLayers(chip.integer, input.data());
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> facts;
  Codes output;
  chip.engine->run(input.data(), 0, scratch, facts, output);
  expectSameByPulses(chip, input, scratch, facts, where);
  for (std::size_t s = 0; s < chip.program.stages.size(); ++s) {
    const Stage& stage = chip.program.stages[s];
    const auto& codes = scratch.digital[s].codes;
    std::vector<int> layers = {stage.layer};
    for (const DigitalOp& op : stage.ops) layers.push_back(op.layer);
    const bool moved = [&] {
      for (const int l : stage.layers) {
        if (chip.network.layers[static_cast<std::size_t>(l)].kind == LayerKind::transpose) return true;
      }
      return false;
    }();
    ASSERT_EQ(codes.size(), layers.size());
    for (std::size_t k = 0; k < layers.size() && !moved; ++k) {
      if (layers[k] < 0) continue;
      const Layer& layer = chip.network.layers[static_cast<std::size_t>(layers[k])];
      // An operation behind a Flatten works on the same codes in the stage's own order.
      const Layer& laidOut = layer.outputShape.size() == 1 && layers[0] >= 0 && !layer.isMvm()
                                 ? chip.network.layers[static_cast<std::size_t>(layers[0])]
                                 : layer;
      if (elementCount(laidOut.outputShape) != elementCount(layer.outputShape)) continue;
      ASSERT_EQ(chwOf(codes[k], laidOut.outputShape), reference[static_cast<std::size_t>(layers[k])])
          << where << ", " << layer.name;
    }
    // What the next stage's rows see is the reference's output of the layer before, through every move
    // between.
    if (s + 1 == chip.program.stages.size()) continue;
    const Stage& next = chip.program.stages[s + 1];
    const auto source =
        static_cast<std::size_t>(chip.network.layers[static_cast<std::size_t>(next.layer)].inputs[0]);
    for (std::size_t i = 0; i < reference[source].size(); ++i) {
      ASSERT_EQ(codes.back()[static_cast<std::size_t>(next.input.elementOf[i])], reference[source][i])
          << where << ", input " << i << " of " << next.name;
    }
  }
  ASSERT_EQ(output, reference.back()) << where;
}

std::string describe(std::uint64_t seed, const ValueChip& chip, const AnalogConfig& c) {
  std::string text = "seed " + std::to_string(seed) + ":";
  for (const Layer& l : chip.network.layers) text += " " + l.name + ">" + toString(l.outputShape);
  return text + "; input " + std::to_string(c.encoding.inputBits) + "/" +
         std::to_string(c.encoding.pulseBits) + ", weight " + std::to_string(c.encoding.weightBits) + "/" +
         std::to_string(c.encoding.cellBits) + " bits, " + c.encoding.scheme +
         (c.encoding.flippedColumns ? ", flipped, slices in " : ", slices in ") + c.encoding.slicePlacement +
         ", input sum by " + c.encoding.inputSum + ", " + std::to_string(c.array.rows) + "x" +
         std::to_string(c.array.columns) + ", ADC " + std::to_string(c.adc.bits);
}

AnalogConfig randomConfig(Dice& dice) {
  AnalogConfig c;
  c.encoding = randomEncoding(dice);
  if (dice.chance(0.3)) c.encoding.slicePlacement = "arrays";
  if (dice.chance(0.3)) c.encoding.inputSum = "digital";
  c.array.rows = dice.between(16, 128);
  const int slices = static_cast<int>(slicesOf(c.encoding).size());
  c.array.columns = std::max(slices, dice.between(16, 128));
  c.array.referenceColumn = dice.chance(0.5);
  c.adc.bits = enoughAdcBits(c);
  return c;
}

class RandomNetworks : public testing::TestWithParam<int> {};

TEST_P(RandomNetworks, giveTheIntegerReferencesBits) {
  for (std::uint64_t k = 0; k < 25; ++k) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * 1000 + k;
    Dice dice(seed);
    const AnalogConfig config = randomConfig(dice);
    Network network = randomNetwork(dice);
    const auto images = randomImages(network, 3, dice.chance(0.5), dice);
    ChipShape wide = ValueChip::largeChip();
    wide.coresPerTile = 1024;  // a slice an array takes many arrays in one tile
    const ValueChip chip(std::move(network), config, images, seed, wide);
    const std::string where = describe(seed, chip, config);
    expectEveryLayer(chip, chip.codesOf(images.data()), where);
    for (int n = 0; n < 3; ++n) expectEveryLayer(chip, chip.randomCodes(dice), where + ", random codes");
    if (HasFatalFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range(0, 8));

TEST(IdealReadout, aDigitalInputSumAlsoTakesAwayWhatCellsAtGOffCarry) {
  Dice dice(3);
  const Network network = randomNetwork(dice);
  const auto images = randomImages(network, 3, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.array.referenceColumn = false;  // every sum holds G_off of the active rows
  config.encoding.inputSum = "digital";
  config.adc.bits = 16;
  config.adc.range = "fixed";
  config.adc.fixedLsb = 1.0 / 64.0;  // G_off is no whole number of units
  EXPECT_GT(sqnr(ValueChip(network, config, images), images), 40.0);
}

TEST(IdealReadout, isaacsEightBitConvertersAreExactAt8And16Bits) {
  for (const int operandBits : {8, 16}) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      Dice dice(seed);
      Network network = randomNetwork(dice);
      const auto images = randomImages(network, 3, seed % 2 == 0, dice);
      const AnalogConfig config = isaacConfig(operandBits, "ideal");
      ASSERT_EQ(nominalLsb(config), 1.0);
      const ValueChip chip(std::move(network), config, images, seed);
      for (int n = 0; n < 4; ++n)
        expectEveryLayer(chip, chip.randomCodes(dice), describe(seed, chip, config));
    }
  }
}

/// Every weight and input at its largest, on full arrays: the worst-case sum of every column.
TEST(IdealReadout, isaacsConvertersHoldTheWorstCase) {
  for (const float sign : {1.0F, -1.0F}) {
    Dice dice(1);
    NetworkBuilder b({256});
    Layer& l = b.dense(40, dice);
    for (float& w : l.weights.values) w = sign;
    const AnalogConfig config = isaacConfig(16, "ideal");
    const ValueChip chip(b.build(), config, std::vector<float>(256, 1.0F));
    expectEveryLayer(chip, Codes(256, 65535), "all at their largest");
  }
}

TEST(IdealReadout, oneBitTooFewIsNotEnough) {
  Dice dice(1);
  NetworkBuilder b({128});
  for (float& w : b.dense(4, dice).weights.values) w = 1.0F;
  AnalogConfig config = isaacConfig(8, "ideal");
  config.adc.range = "fixed";  // one code is one unit, and there are 128 of them
  config.adc.bits = 7;
  const ValueChip chip(b.build(), config, std::vector<float>(128, 1.0F));
  const Codes input(128, 255);
  EXPECT_NE(chip.run(input), runIntegerAllLayers(chip.integer, input.data()).back());
}

TEST(IdealReadout, ignoresDevicesWiresAndTheirNoise) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    Dice dice(seed);
    Network network = randomNetwork(dice);
    const auto images = randomImages(network, 2, true, dice);
    AnalogConfig config = isaacConfig(8, "ideal");
    config.array.rWord = config.array.rBit = Ohms{100.0};
    config.nonideality.programmingErrorOfRange = 0.3;
    config.nonideality.stuckOn = 0.2;
    config.nonideality.readNoiseOfRange = 0.1;
    config.nonideality.d2dSigmaOn = config.nonideality.d2dSigmaOff = 0.5;
    config.device.law = "sinh";
    const ValueChip chip(std::move(network), config, images, seed);
    expectEveryLayer(chip, chip.randomCodes(dice), describe(seed, chip, config));
  }
}

/// What stands before the first weights: a stage without arrays, fed in the network's own order.
TEST(IdealReadout, operationsBeforeTheFirstWeightsAreExact) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Dice dice(seed);
    NetworkBuilder b({dice.between(2, 4), dice.between(3, 7), dice.between(3, 7)});
    if (dice.chance(0.5)) b.transpose(dice.oneOf<std::vector<int>>({{0, 2, 1}, {1, 0, 2}, {2, 1, 0}}));
    const bool flat = dice.chance(0.3);
    if (flat) b.add(LayerKind::reshape, {static_cast<int>(elementCount(b.shape()))});
    randomActivation(b, dice);
    if (!flat)
      b.pool(dice.chance(0.5) ? LayerKind::maxPool : LayerKind::averagePool, randomWindow(b.shape(), 3, dice),
             false);
    b.dense(4, dice);
    Network network = b.build();
    const auto images = randomImages(network, 2, true, dice);
    const AnalogConfig config = isaacConfig(8, "ideal");
    const ValueChip chip(std::move(network), config, images, seed);
    const std::string where = describe(seed, chip, config);
    for (int n = 0; n < 3; ++n) expectEveryLayer(chip, chip.randomCodes(dice), where);
    if (HasFatalFailure()) return;
  }
}

TEST(IdealReadout, calibratedRangesStayExactWhenTheRangeFits) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Dice dice(seed);
    Network network = randomNetwork(dice);
    const auto images = randomImages(network, 3, true, dice);
    AnalogConfig config = isaacConfig(8, "ideal");
    config.adc.range = "calibrated";
    const ValueChip chip(std::move(network), config, images, seed);
    for (int n = 0; n < 3; ++n) expectEveryLayer(chip, chip.randomCodes(dice), describe(seed, chip, config));
  }
}

TEST(IdealReadout, calibrationOnNothingButZerosStaysExact) {
  Dice dice(1);
  NetworkBuilder b({20});
  b.dense(5, dice);
  AnalogConfig config = isaacConfig(8, "ideal");
  config.adc.range = "calibrated";
  const ValueChip chip(b.build(), config, std::vector<float>(20, 0.0F));
  expectEveryLayer(chip, chip.randomCodes(dice), "calibrated on zeros");
  expectEveryLayer(chip, Codes(20, 255), "calibrated on zeros");
}

}  // namespace
}  // namespace crosstile::test
