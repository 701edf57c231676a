// SPDX-License-Identifier: Apache-2.0
// What conversion codes are when reading isn't ideal: read noise has the variance of the cells' sum,
// calibration takes out attenuation, the array's physics reach the network's output.
#include <gmock/gmock.h>

#include <cmath>

#include "models/base/error.h"
#include "tests/unit/execution/value_chip.h"
#include "workloads/execution/calibration.h"

namespace crosstile::test {
namespace {

/// One dense layer of 64 inputs and 3 outputs on one array, read with a fine ADC.
std::unique_ptr<ValueChip> oneArray(const NonidealityConfig& nonideality, bool referenceColumn) {
  Dice dice(3);
  NetworkBuilder b({64});
  b.dense(3, dice);
  AnalogConfig c = isaacConfig(8, "ohmic");
  c.array.rows = 64;
  c.array.referenceColumn = referenceColumn;
  c.nonideality = nonideality;
  c.adc.bits = 16;
  c.adc.range = "fixed";
  c.adc.fixedLsb = kFineLsb;
  return std::make_unique<ValueChip>(b.build(), c, std::vector<float>(64, 1.0F));
}

struct Moments {
  double mean = 0.0, variance = 0.0;
};

TEST(ReadNoise, hasTheVarianceOfTheSumOverTheCells) {
  for (const bool reference : {true, false}) {
    NonidealityConfig nonideality;
    nonideality.readNoiseOfG = 0.04;
    nonideality.readNoiseOfRange = 0.01;
    const auto chip = oneArray(nonideality, reference);
    const ArrayBlock& block = chip->program.stages[0].blocks[0];
    const AnalogArray& array = *chip->engine->analog(0)->arrays()[0].analog;
    const AnalogConfig& config = chip->store->config();
    // Bit 0 drives every third row, bit 3 every one: two planes of different variance.
    Codes input(64);
    for (std::size_t r = 0; r < input.size(); ++r) input[r] = 8 + (r % 3 == 0 ? 1 : 0);
    constexpr int kImages = 3000;
    const auto columns = static_cast<std::size_t>(block.physicalColumns);
    std::vector<double> sum(8 * columns), square(8 * columns);
    for (int i = 0; i < kImages; ++i) {
      const auto x = currentsOf(*chip, input, static_cast<std::uint64_t>(i));
      for (std::size_t k = 0; k < x.size(); ++k) {
        sum[k] += x[k];
        square[k] += x[k] * x[k];
      }
    }
    const double range = config.device.gOn.value - config.device.gOff.value;
    const double volts = config.array.readVoltage.value;
    const auto cellVariance = [&](int row, int column) {  // (V sigma)^2 in squared units, from its definition
      const double g =
          array.programmed->conductance[static_cast<std::size_t>(row * block.physicalColumns + column)];
      const double sigma2 = std::pow(0.04 * g, 2) + std::pow(0.01 * range, 2);
      return volts * volts * sigma2 / std::pow(array.unitAmpere, 2);
    };
    int checked = 0;
    for (const ColumnCode& c : block.columns) {
      for (const int plane : {0, 3}) {
        double expected = kFineLsb * kFineLsb / 12.0;
        for (int r = 0; r < 64; ++r) {
          if (plane == 0 && r % 3 != 0) continue;
          expected += cellVariance(r, c.column) + (reference ? cellVariance(r, block.referenceColumn) : 0.0);
        }
        const std::size_t k = static_cast<std::size_t>(plane) * columns + static_cast<std::size_t>(c.column);
        const double mean = sum[k] / kImages;
        if (mean < 6.0 * std::sqrt(expected)) continue;  // codes clipped at 0
        const double variance = (square[k] - kImages * mean * mean) / (kImages - 1);
        EXPECT_NEAR(variance, expected, 4.0 * expected * std::sqrt(2.0 / (kImages - 1)))
            << "column " << c.column << ", plane " << plane;
        ++checked;
      }
    }
    EXPECT_GT(checked, 15);
  }
}

TEST(ReadNoise, isIndependentFromColumnToColumnAndPlaneToPlane) {
  NonidealityConfig nonideality;
  nonideality.readNoiseOfRange = 0.02;
  const auto chip = oneArray(nonideality, true);
  const Codes input(64, 3);
  constexpr int kImages = 3000;
  const auto& columns = chip->program.stages[0].blocks[0].columns;
  const auto stride = static_cast<std::size_t>(chip->program.stages[0].blocks[0].physicalColumns);
  const auto a = static_cast<std::size_t>(columns[0].column), b = static_cast<std::size_t>(columns[1].column);
  std::vector<std::array<double, 3>> x;
  std::array<double, 3> mean{};
  for (int i = 0; i < kImages; ++i) {
    const auto y = currentsOf(*chip, input, static_cast<std::uint64_t>(i));
    x.push_back({y[a], y[b], y[stride + a]});
    for (std::size_t k = 0; k < 3; ++k) mean[k] += x.back()[k] / kImages;
  }
  double cov[3][3] = {};
  for (const auto& v : x) {
    for (std::size_t p = 0; p < 3; ++p) {
      for (std::size_t q = 0; q < 3; ++q) cov[p][q] += (v[p] - mean[p]) * (v[q] - mean[q]);
    }
  }
  const double limit = 4.0 / std::sqrt(kImages);
  EXPECT_LT(std::abs(cov[0][1]) / std::sqrt(cov[0][0] * cov[1][1]), limit);
  EXPECT_LT(std::abs(cov[0][2]) / std::sqrt(cov[0][0] * cov[2][2]), limit);
}

TEST(ReadNoise, ofAPlaneDoesNotDependOnTheOtherPlanes) {
  NonidealityConfig nonideality;
  nonideality.readNoiseOfRange = 0.02;
  const auto chip = oneArray(nonideality, true);
  const auto stride = static_cast<std::ptrdiff_t>(chip->program.stages[0].blocks[0].physicalColumns);
  const auto alone = currentsOf(*chip, Codes(64, 8), 5), beside = currentsOf(*chip, Codes(64, 9 + 32), 5);
  const std::vector<double> a(alone.begin() + 3 * stride, alone.begin() + 4 * stride);
  const std::vector<double> b(beside.begin() + 3 * stride, beside.begin() + 4 * stride);
  EXPECT_EQ(a, b);  // bit 3 of every code
  EXPECT_NE(std::vector<double>(beside.begin(), beside.begin() + stride), b);
}

TEST(ReadNoise, meanStaysWhereItIsWithoutNoise) {
  NonidealityConfig nonideality;
  const auto quiet = oneArray(nonideality, true);
  nonideality.readNoiseOfRange = 0.02;
  const auto noisy = oneArray(nonideality, true);
  const Codes input(64, 255);
  const auto still = currentsOf(*quiet, input, 0);
  constexpr int kImages = 2000;
  std::vector<double> mean(still.size());
  for (int i = 0; i < kImages; ++i) {
    const auto x = currentsOf(*noisy, input, static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < x.size(); ++k) mean[k] += x[k] / kImages;
  }
  const double sigma = 0.02 * 15.0 / 14.0 * 3.0 * std::sqrt(2.0 * 64.0);  // of a column, at most: units
  for (const ColumnCode& c : noisy->program.stages[0].blocks[0].columns) {
    const auto k = static_cast<std::size_t>(c.column);
    if (still[k] < 6.0 * sigma) continue;
    EXPECT_NEAR(mean[k], still[k], 5.0 * sigma / std::sqrt(kImages) + kFineLsb);
  }
}

TEST(Calibration, takesOutAttenuationByWires) {
  Dice dice(21);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 24, false, dice);
  const std::vector<float> first(images.begin(), images.begin() + 800);  // the others are new to it
  AnalogConfig config = isaacConfig(8, "ir_drop");
  config.array.rWord = config.array.rBit = Ohms{2.0};
  config.device.gOn = Siemens{50e-6};
  config.device.gOff = Siemens{1e-6};
  const ValueChip nominal(network, config, first);
  config.adc.range = "calibrated";
  const ValueChip calibrated(network, config, first);
  const double before = sqnr(nominal, images), after = sqnr(calibrated, images);
  EXPECT_GT(after, before + 6.0) << before << " dB nominal, " << after << " dB calibrated";
  double meanGain = 0.0;
  const ArrayBlock& block = calibrated.program.stages[0].blocks[0];
  const AdcTrim& trim = calibrated.engine->trims()[0];
  for (const ColumnCode& c : block.columns)
    meanGain += trim.gain[static_cast<std::size_t>(c.column)] / std::ldexp(1.0, kGainBits) / trim.lsb;
  EXPECT_GT(meanGain / static_cast<double>(block.columns.size()), 1.05);  // wires take, gains give back
}

TEST(Calibration, takesOutTheGainOfSampleAndHold) {
  Dice dice(22);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 16, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.adc.bits = 10;
  config.sampleHold.gain = 0.8;
  const ValueChip nominal(network, config, images);
  config.adc.range = "calibrated";
  const ValueChip calibrated(network, config, images);
  EXPECT_LT(sqnr(nominal, images), 20.0);
  EXPECT_GT(sqnr(calibrated, images), 30.0);
}

AnalogConfig plainAdc(int bits) {
  AnalogConfig c = isaacConfig(8, "ohmic");
  c.adc.bits = bits;
  c.adc.range = "calibrated";
  return c;
}

TEST(Calibration, gainIsTheInverseOfAKnownAttenuation) {
  std::vector<ColumnSamples> arrays(1);
  const std::vector<double> attenuation = {1.0, 0.9, 0.75, 0.5};
  for (const double a : attenuation) {
    std::vector<float> current, ideal;
    for (int k = 0; k <= 200; ++k) {
      ideal.push_back(static_cast<float>(k));
      current.push_back(static_cast<float>(a * k));
    }
    arrays[0].current.push_back(current);
    arrays[0].ideal.push_back(ideal);
  }
  const AdcTrim trim = calibrateTrims(plainAdc(12), arrays).at(0);
  EXPECT_LT(trim.lsb, 1.0);  // 12 bits for 200 units
  for (std::size_t c = 0; c < attenuation.size(); ++c) {
    EXPECT_NEAR(trim.gain[c], std::ldexp(trim.lsb / attenuation[c], kGainBits),
                0.5 + 1e-3 * std::ldexp(trim.lsb, kGainBits));
  }
}

struct Line {
  double gain, offset;
};

TEST(Calibration, gainAndOffsetAreThoseOfAKnownLine) {
  std::vector<ColumnSamples> arrays(1);
  const std::vector<Line> known = {{1.0, 0.0}, {1.25, -7.0}, {2.0, 3.5}};  // ideal = gain current + offset
  for (const Line& line : known) {
    std::vector<float> current, ideal;
    for (int k = 10; k <= 200; ++k) {
      ideal.push_back(static_cast<float>(k));
      current.push_back(static_cast<float>((k - line.offset) / line.gain));
    }
    arrays[0].current.push_back(current);
    arrays[0].ideal.push_back(ideal);
  }
  AnalogConfig config = plainAdc(12);
  config.adc.columnCorrection = "gain_offset";
  const AdcTrim trim = calibrateTrims(config, arrays).at(0);
  for (std::size_t c = 0; c < known.size(); ++c) {
    EXPECT_NEAR(trim.gain[c], std::ldexp(trim.lsb * known[c].gain, kGainBits),
                0.5 + 1e-3 * std::ldexp(trim.lsb, kGainBits));
    EXPECT_NEAR(std::ldexp(static_cast<double>(trim.offset[c]), -kGainBits), known[c].offset, 1e-3);
  }
}

TEST(Calibration, offsetsOfAmplifiersAreTakenAway) {
  Dice dice(31);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 16, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.adc.range = "calibrated";
  config.adc.bits = 10;
  config.sampleHold.amplifierOffset = Amperes{1e-7};
  const double gain = sqnr(ValueChip(network, config, images), images);
  config.adc.columnCorrection = "gain_offset";
  EXPECT_GT(sqnr(ValueChip(network, config, images), images), gain + 3.0);  // dB
}

TEST(Calibration, rangeGrowsWithTheLargestCurrent) {
  const auto lsbFor = [](float largest) {
    std::vector<ColumnSamples> arrays(1);
    std::vector<float> x;
    for (int k = 0; k <= 1000; ++k) x.push_back(largest * static_cast<float>(k) / 1000.0F);
    arrays[0].current = {x};
    arrays[0].ideal = {x};
    return calibrateTrims(plainAdc(6), arrays).at(0).lsb;
  };
  EXPECT_NEAR(lsbFor(630.0F), 10.0, 0.5);
  EXPECT_NEAR(lsbFor(6300.0F), 100.0, 5.0);
}

TEST(Calibration, finerConvertersAreNoWorse) {
  Dice dice(24);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 16, false, dice);
  AnalogConfig config = isaacConfig(8, "ir_drop");
  config.adc.range = "calibrated";
  double previous = 0.0;
  for (const int bits : {4, 6, 8, 12, 16}) {
    config.adc.bits = bits;
    const double now = sqnr(ValueChip(network, config, images), images);
    EXPECT_GT(now, previous - 1.0) << bits << " bits";
    previous = now;
  }
}

TEST(Calibration, allArraysOfALayerShareOneLsb) {
  Dice dice(23);
  NetworkBuilder b({300});
  b.dense(40, dice);
  const Network network = b.build();
  AnalogConfig config = isaacConfig(8, "ir_drop");
  config.adc.range = "calibrated";
  const ValueChip chip(network, config, randomImages(network, 4, false, dice));
  ASSERT_EQ(chip.engine->trims().size(), 6U);
  for (const AdcTrim& t : chip.engine->trims()) EXPECT_EQ(t.lsb, chip.engine->trims()[0].lsb);
}

TEST(Calibration, aDeadColumnNeedsNoImpossibleGain) {
  std::vector<ColumnSamples> arrays(1);
  arrays[0].current = {{1e-9F, 2e-9F}, {0.0F, 0.0F}, {10.0F, 20.0F}};
  arrays[0].ideal = {{10.0F, 20.0F}, {10.0F, 20.0F}, {10.0F, 20.0F}};
  const AdcTrim trim = calibrateTrims(plainAdc(8), arrays).at(0);
  for (const std::int32_t gain : trim.gain) {
    EXPECT_GT(gain, 0);
    EXPECT_LE(gain, std::ldexp(16.0 * trim.lsb, kGainBits) + 1);
  }
}

TEST(Calibration, needsImages) {
  Dice dice(1);
  NetworkBuilder b({4});
  b.dense(2, dice);
  AnalogConfig config = isaacConfig(8, "ideal");
  const ValueChip chip(b.build(), config, std::vector<float>(4, 1.0F));
  config.adc.range = "calibrated";
  ArrayStore store(config);
  EXPECT_THROW(ValueEngine(chip.program, store, {}, std::vector<Codes>{}), BadInput);
}

TEST(Trim, codesTooCoarseOrTooFineForAGainAreRefused) {
  AnalogConfig config = isaacConfig(16, "ideal");
  config.encoding.cellBits = config.encoding.pulseBits = 8;
  config.array.rows = 512;
  config.adc.bits = 1;
  EXPECT_THROW(nominalTrim(config, 10), BadInput);
  config.adc.bits = 8;
  EXPECT_EQ(nominalTrim(config, 10).gain.size(), 10U);
  config.adc.range = "fixed";
  config.adc.fixedLsb = 1e-6;
  EXPECT_THROW(nominalTrim(config, 10), BadInput);
}

TEST(Readouts, ohmicWithoutNonidealitiesIsIdealToTheConverter) {
  Dice dice(31);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 4, false, dice);
  for (const char* readout : {"ohmic", "device"}) {
    const ValueChip chip(network, isaacConfig(8, readout), images);
    for (int i = 0; i < 4; ++i) {
      const Codes codes = chip.codesOf(images.data() + i * 100);
      // Linear cells, a reference column and one code a unit: rounding takes out all that single precision
      // leaves.
      EXPECT_EQ(chip.run(codes), runIntegerAllLayers(chip.integer, codes.data()).back()) << readout;
    }
  }
}

TEST(Readouts, withoutAReferenceColumnOffCurrentsAreTakenAway) {
  Dice dice(33);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 6, true, dice);  // a sign plane, too
  for (const char* scheme : {"offset", "differential"}) {
    for (const bool flipped : {false, true}) {
      for (const char* range : {"fixed", "calibrated"}) {
        AnalogConfig config = isaacConfig(8, "ohmic");
        config.array.referenceColumn = false;
        config.encoding.scheme = scheme;
        config.encoding.flippedColumns = flipped;
        config.encoding.pulseBits = 2;
        config.adc.range = range;
        config.adc.bits = 14;
        config.adc.fixedLsb = 1.0 / 16.0;  // G_off is no whole number of units
        EXPECT_GT(sqnr(ValueChip(network, config, images), images), 20.0)
            << scheme << " " << flipped << " " << range;
      }
    }
  }
}

TEST(Readouts, stuckCellsReachTheOutput) {
  Dice dice(32);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 4, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  double previous = 1e9;
  for (const double stuck : {0.001, 0.01, 0.1}) {
    config.nonideality.stuckOff = stuck;
    const double now = sqnr(ValueChip(network, config, images), images);
    EXPECT_LT(now, previous - 3.0) << stuck;
    previous = now;
  }
}

}  // namespace
}  // namespace crosstile::test
