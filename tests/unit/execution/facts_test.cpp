// SPDX-License-Identifier: Apache-2.0
// Facts against a count of their own: planes, active rows and conversions of every read, from the reference's
// codes.
#include <gtest/gtest.h>

#include "tests/unit/execution/value_chip.h"

namespace crosstile::test {
namespace {

/// Codes that the rows of a layer's matrix see at a position: plain im2col.
Codes rowsAt(const Layer& l, const Codes& in, int position) {
  if (l.kind == LayerKind::dense) return in;
  Codes rows;
  const int oy = position / l.outputShape[2], ox = position % l.outputShape[2];
  for (int c = 0; c < l.inputShape[0]; ++c) {
    for (int ky = 0; ky < l.window.kernelH; ++ky) {
      for (int kx = 0; kx < l.window.kernelW; ++kx) {
        const int y = oy * l.window.strideH + ky - l.window.padTop,
                  x = ox * l.window.strideW + kx - l.window.padLeft;
        const bool inside = y >= 0 && y < l.inputShape[1] && x >= 0 && x < l.inputShape[2];
        rows.push_back(inside ? in[static_cast<std::size_t>((c * l.inputShape[1] + y) * l.inputShape[2] + x)]
                              : 0);
      }
    }
  }
  return rows;
}

/// Digits of a code, plane by plane, by division: two's complement, sign plane last.
std::vector<int> digitsOf(std::int64_t code, const CodeFormat& f, int pulseBits) {
  std::vector<int> digits;
  const int magnitude = f.isSigned ? f.bits - 1 : f.bits;
  std::int64_t rest = code < 0 ? code + (std::int64_t{1} << magnitude) : code;
  for (int left = magnitude; left > 0; left -= pulseBits) {
    const std::int64_t base = std::int64_t{1} << std::min(pulseBits, left);
    digits.push_back(static_cast<int>(rest % base));
    rest /= base;
  }
  if (f.isSigned) digits.push_back(code < 0 ? 1 : 0);
  return digits;
}

struct Counted {
  std::int64_t mvms = 0, reads = 0, zeroPlanes = 0, activeRows = 0, conversions = 0;
};

Counted countStage(const ValueChip& chip, const Stage& stage, const Codes& input,
                   const AnalogConfig& config) {
  const Layer& layer = chip.network.layers[static_cast<std::size_t>(stage.layer)];
  const int positions = layer.kind == LayerKind::dense ? 1 : layer.outputShape[1] * layer.outputShape[2];
  Counted n;
  for (int p = 0; p < positions; ++p) {
    Codes rows = rowsAt(layer, input, p);
    const std::int32_t bias = chip.integer.layers[static_cast<std::size_t>(stage.layer)].biasInput;
    if (bias != 0) rows.push_back(bias);
    for (const ArrayBlock& block : stage.blocks) {
      std::vector<int> active;
      for (int r = block.rowBegin; r < block.rowBegin + block.rowCount; ++r) {
        const auto digits =
            digitsOf(rows[static_cast<std::size_t>(r)], stage.inputFormat(), config.encoding.pulseBits);
        active.resize(digits.size());
        for (std::size_t d = 0; d < digits.size(); ++d) active[d] += digits[d] != 0 ? 1 : 0;
      }
      n.mvms += 1;
      n.reads += static_cast<std::int64_t>(active.size());
      const int columns =
          config.adc.skipUnusedColumns ? static_cast<int>(block.columns.size()) : config.array.columns;
      n.conversions +=
          static_cast<std::int64_t>(active.size()) * (columns + (hasOffsetColumn(config.encoding) ? 1 : 0));
      // Arrays of one row block are driven together: its rows count once.
      const bool first = std::none_of(stage.blocks.begin(), stage.blocks.end(), [&](const ArrayBlock& other) {
        return other.id < block.id && other.rowBlock == block.rowBlock;
      });
      for (const int a : active) {
        if (first) n.activeRows += a;
        n.zeroPlanes += a == 0 ? 1 : 0;
      }
    }
  }
  return n;
}

TEST(Facts, equalAPlainCount) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Dice dice(seed);
    AnalogConfig config;
    config.encoding = randomEncoding(dice);
    config.array.rows = dice.between(16, 64);
    config.array.columns = std::max(static_cast<int>(slicesOf(config.encoding).size()), dice.between(16, 64));
    config.adc.bits = enoughAdcBits(config);
    config.adc.skipUnusedColumns = seed % 2 == 0;
    Network network = randomNetwork(dice);
    const auto images = randomImages(network, 2, dice.chance(0.5), dice);
    const ValueChip chip(std::move(network), config, images);
    const Codes input = chip.codesOf(images.data());
    const auto reference = runIntegerAllLayers(chip.integer, input.data());
    const FunctionalResult result = runFunctional(*chip.engine, {input});
    for (std::size_t s = 0; s < chip.program.stages.size(); ++s) {
      const Stage& stage = chip.program.stages[s];
      const ReadFacts& facts = result.facts[0][s];
      if (stage.layer < 0) {
        EXPECT_EQ(facts.mvms + facts.reads + facts.conversions, 0);
        continue;
      }
      const int before = chip.network.layers[static_cast<std::size_t>(stage.layer)].inputs[0];
      const Counted n =
          countStage(chip, stage, before < 0 ? input : reference[static_cast<std::size_t>(before)], config);
      ASSERT_EQ(facts.mvms, n.mvms) << "seed " << seed << ", " << stage.name;
      ASSERT_EQ(facts.reads, n.reads) << "seed " << seed << ", " << stage.name;
      ASSERT_EQ(facts.zeroPlanes, n.zeroPlanes) << "seed " << seed << ", " << stage.name;
      ASSERT_EQ(facts.activeRows, n.activeRows) << "seed " << seed << ", " << stage.name;
      ASSERT_EQ(facts.conversions, n.conversions) << "seed " << seed << ", " << stage.name;
    }
  }
}

/// Ohm's law on the nominal cells: the sum over active cells of V^2 G t.
TEST(Facts, deviceEnergyIsVSquaredGTOfEveryActiveCell) {
  Dice dice(9);
  NetworkBuilder b({70});
  b.dense(9, dice);
  const Network network = b.build();
  for (const char* readout : {"ideal", "ohmic"}) {
    AnalogConfig config = isaacConfig(8, readout);
    config.encoding.pulseBits = 2;
    config.array.rows = 32;
    config.array.columns = 16;
    const ValueChip chip(network, config, std::vector<float>(70, 1.0F));
    const Codes input = chip.randomCodes(dice);
    const double step = (config.device.gOn.value - config.device.gOff.value) / 3.0;
    double expected = 0.0;
    for (const ArrayBlock& block : chip.program.stages[0].blocks) {
      for (int r = 0; r < block.rowCount; ++r) {
        double g = 0.0;
        for (int c = 0; c < block.physicalColumns; ++c) {
          g += config.device.gOff.value +
               step * (*block.levels)[static_cast<std::size_t>(r * block.physicalColumns + c)];
        }
        for (const int d :
             digitsOf(input[static_cast<std::size_t>(block.rowBegin + r)], chip.integer.input, 2)) {
          expected += std::pow(0.2 * d / 3.0, 2) * g * 100e-9;
        }
      }
    }
    const FunctionalResult result = runFunctional(*chip.engine, {input});
    EXPECT_NEAR(result.facts[0][0].deviceEnergyJ / expected, 1.0, 1e-9) << readout;
  }
}

TEST(Facts, totalsAddUpTheImages) {
  Dice dice(4);
  Network network = randomNetwork(dice);
  const auto images = randomImages(network, 3, false, dice);
  const ValueChip chip(std::move(network), isaacConfig(8, "ideal"), images);
  std::vector<Codes> codes;
  for (int i = 0; i < 20; ++i) codes.push_back(chip.randomCodes(dice));
  const FunctionalResult result = runFunctional(*chip.engine, codes);
  const auto totals = result.totals();
  for (std::size_t s = 0; s < totals.size(); ++s) {
    std::int64_t rows = 0, conversions = 0;
    for (const auto& f : result.facts) {
      rows += f[s].activeRows;
      conversions += f[s].conversions;
    }
    EXPECT_EQ(totals[s].activeRows, rows);
    EXPECT_EQ(totals[s].conversions, conversions);
  }
}

TEST(Facts, programmingIsThatOfAllArrays) {
  Dice dice(4);
  NetworkBuilder b({40});
  b.dense(10, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.array.rows = 32;
  config.array.columns = 16;
  const ValueChip chip(b.build(), config, std::vector<float>(40, 1.0F));
  const ProgrammingFacts& p = chip.engine->programming();
  ASSERT_EQ(chip.program.arrays, 6);  // two row blocks of three groups of 4 outputs
  EXPECT_EQ(p.pulses, 6 * 32 * 18);
  EXPECT_NEAR(p.timeS, 32 * 100e-9, 1e-12);  // row after row, arrays side by side
  EXPECT_GT(p.energyJ, 6 * 32 * 18 * 100e-9 * config.device.gOff.value * 0.99);
}

TEST(CountCorrect, tiesGoToTheLowerIndex) {
  const std::vector<std::int64_t> y = {5, 9, 9, 1, 0, 2,  //
                                       5, 9, 9, 1, 0, 2,  //
                                       6, 5, 4, 3, 2, 1};
  EXPECT_EQ(countCorrect(y, 6, {1, 1, 0}).top1, 3);
  const CorrectCount second = countCorrect(y, 6, {2, 4, 5});
  EXPECT_EQ(second.top1, 0);
  EXPECT_EQ(second.top5, 1);
  EXPECT_EQ(second.count, 3);
}

}  // namespace
}  // namespace crosstile::test
