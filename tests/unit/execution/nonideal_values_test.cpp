// SPDX-License-Identifier: Apache-2.0
// Fluctuations of the read, amplifiers and references as the ADC codes of a tile show them; drift
// compensation, trims of a chip that ages, earlier reads.
#include <gmock/gmock.h>

#include <cmath>

#include "models/base/error.h"
#include "tests/unit/execution/value_chip.h"

namespace crosstile::test {
namespace {

constexpr double kCharge = 1.602176634e-19, kBoltzmann = 1.380649e-23;
constexpr int kRows = 64;

AnalogConfig fineConfig() {
  AnalogConfig c = isaacConfig(8, "ohmic");
  c.array.rows = kRows;
  c.adc.bits = 16;
  c.adc.range = "fixed";
  c.adc.fixedLsb = kFineLsb;
  return c;
}

/// One dense layer of 64 inputs and 3 outputs on one array, read with a fine ADC.
std::unique_ptr<ValueChip> oneArray(const AnalogConfig& config) {
  Dice dice(3);
  NetworkBuilder b({kRows});
  b.dense(3, dice);
  return std::make_unique<ValueChip>(b.build(), config, std::vector<float>(kRows, 1.0F));
}

struct Statistics {
  std::vector<double> mean, variance;
};

Statistics statisticsOf(const ValueChip& chip, const Codes& input, int images) {
  Statistics s;
  for (int i = 0; i < images; ++i) {
    const auto x = currentsOf(chip, input, static_cast<std::uint64_t>(i));
    s.mean.resize(x.size());
    s.variance.resize(x.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
      s.mean[k] += x[k] / images;
      s.variance[k] += x[k] * x[k] / (images - 1);
    }
  }
  for (std::size_t k = 0; k < s.mean.size(); ++k)
    s.variance[k] -= s.mean[k] * s.mean[k] * images / (images - 1.0);
  return s;
}

TEST(Fluctuations, ofCellsAmplifiersAndReferencesAddUpToTheirFormulas) {
  AnalogConfig config = fineConfig();
  config.nonideality.thermalNoise = true;
  config.nonideality.shotNoise = true;
  config.sampleHold.amplifierNoise = 5e-12;
  config.adc.referenceNoise = 0.001;
  config.array.readTime = Seconds{1e-9};  // a wide band, so that each of them counts
  config.device.temperature = Kelvin{400};
  const auto chip = oneArray(config);
  const ArrayBlock& block = chip->program.stages[0].blocks[0];
  const AnalogArray& array = *chip->engine->analog(0)->arrays()[0].analog;
  constexpr int kImages = 4000;
  const Statistics found = statisticsOf(*chip, Codes(kRows, 3), kImages);
  const double volts = config.array.readVoltage.value, band = 0.5 / 1e-9;
  const auto columns = static_cast<std::size_t>(block.physicalColumns);
  int checked = 0;
  for (const ColumnCode& c : block.columns) {
    double sumG = 0.0;
    for (int r = 0; r < kRows; ++r) {
      for (const int column : {c.column, block.referenceColumn})
        sumG += array.programmed->conductance[static_cast<std::size_t>(r * block.physicalColumns + column)];
    }
    const std::array<double, 3> ampereSquared{4 * kBoltzmann * 400 * sumG * band,
                                              2 * kCharge * sumG * volts * band, 2 * 5e-12 * 5e-12 * band};
    const std::size_t k = static_cast<std::size_t>(c.column);
    double expected = kFineLsb * kFineLsb / 12.0 + std::pow(0.001 * found.mean[k], 2);
    for (const double v : ampereSquared) expected += v / std::pow(array.unitAmpere, 2);
    if (found.mean[k] < 6.0 * std::sqrt(expected)) continue;  // clipped at 0
    EXPECT_NEAR(found.variance[k], expected, 4.0 * expected * std::sqrt(2.0 / (kImages - 1))) << c.column;
    EXPECT_GT(ampereSquared[0] / std::pow(array.unitAmpere, 2), 0.02 * expected);
    ++checked;
    // Plane 2 is silent: thermal and amplifier noise alone, clipped at 0 from below.
    const std::size_t silent = 2 * columns + k;
    const double rest = (ampereSquared[0] + ampereSquared[2]) / std::pow(array.unitAmpere, 2);
    EXPECT_NEAR(found.mean[silent], std::sqrt(rest / (2 * M_PI)), 0.1 * std::sqrt(rest)) << c.column;
  }
  EXPECT_GT(checked, 5);
}

TEST(Amplifiers, offsetsAreTheColumnsOwnAndStay) {
  AnalogConfig config = fineConfig();
  const auto plain = oneArray(config);
  config.sampleHold.amplifierOffset = Amperes{2e-7};
  const auto shifted = oneArray(config);
  const Codes input(kRows, 255);
  const auto x = currentsOf(*plain, input, 0), y = currentsOf(*shifted, input, 0),
             z = currentsOf(*shifted, input, 9);
  EXPECT_EQ(y, z);
  const AnalogArray& array = *shifted->engine->analog(0)->arrays()[0].analog;
  double square = 0.0;
  std::size_t stride = x.size() / 8;
  for (std::size_t k = 0; k < array.columns.size(); ++k) {
    const auto c = static_cast<std::size_t>(array.columns[k]);
    if (x[c] > 100.0) {
      EXPECT_NEAR(y[c] - x[c], array.offset[k], 2 * kFineLsb) << c;
      EXPECT_NEAR(y[stride + c] - x[stride + c], array.offset[k], 2 * kFineLsb) << c;
    }
    square += std::pow(array.offset[k] * array.unitAmpere, 2);
  }
  // Of the column's and the reference column's amplifier; 13 columns share the latter.
  EXPECT_GT(std::sqrt(square / static_cast<double>(array.columns.size())), 0.3 * 2e-7);
  EXPECT_LT(std::sqrt(square / static_cast<double>(array.columns.size())), 4.0 * 2e-7);
}

TEST(TelegraphNoise, isOneStateForAllPlanesOfAnImage) {
  AnalogConfig config = fineConfig();
  config.nonideality.rtnAmplitudeOfG = 0.2;
  const auto chip = oneArray(config);
  const auto stride = static_cast<std::ptrdiff_t>(chip->program.stages[0].blocks[0].physicalColumns);
  const auto x = currentsOf(*chip, Codes(kRows, 1 + 4), 1), y = currentsOf(*chip, Codes(kRows, 1), 1),
             other = currentsOf(*chip, Codes(kRows, 1), 2);
  const std::vector<double> bit0(x.begin(), x.begin() + stride),
      bit2(x.begin() + 2 * stride, x.begin() + 3 * stride);
  EXPECT_EQ(bit0, bit2);
  EXPECT_EQ(bit0, std::vector<double>(y.begin(), y.begin() + stride));
  EXPECT_NE(bit0, std::vector<double>(other.begin(), other.begin() + stride));
  // and around the currents without it
  config.nonideality.rtnAmplitudeOfG = 0.0;
  const auto quiet = currentsOf(*oneArray(config), Codes(kRows, 1), 0);
  const Statistics found = statisticsOf(*chip, Codes(kRows, 1), 500);
  for (const ColumnCode& c : chip->program.stages[0].blocks[0].columns) {
    const auto k = static_cast<std::size_t>(c.column);
    if (quiet[k] < 6.0 * std::sqrt(found.variance[k])) continue;
    EXPECT_GT(found.variance[k], 0.01);
    EXPECT_NEAR(found.mean[k], quiet[k], 5.0 * std::sqrt(found.variance[k] / 500) + kFineLsb);
  }
}

TEST(TelegraphNoise, reachesCircuitsToo) {
  AnalogConfig config = fineConfig();
  config.readout = "circuit";
  config.array.rows = 16;
  config.device.law = "sinh";
  config.device.sinhB = 0.01;  // all but ohmic: the same as ir_drop
  config.nonideality.rtnAmplitudeOfG = 0.2;
  Dice dice(3);
  NetworkBuilder b({16});
  b.dense(2, dice);
  const Network network = b.build();
  const ValueChip circuit(network, config, std::vector<float>(16, 1.0F));
  config.readout = "ir_drop";
  const ValueChip linear(network, config, std::vector<float>(16, 1.0F));
  for (std::uint64_t image = 0; image < 3; ++image) {
    const auto x = currentsOf(circuit, Codes(16, 9), image), y = currentsOf(linear, Codes(16, 9), image);
    for (std::size_t k = 0; k < x.size(); ++k) EXPECT_NEAR(x[k], y[k], 1.01 * kFineLsb) << k;
  }
}

TEST(Fluctuations, leaveTheIdealReadoutAlone) {
  AnalogConfig config = fineConfig();
  config.readout = "ideal";
  const auto plain = currentsOf(*oneArray(config), Codes(kRows, 77), 0);
  config.nonideality.thermalNoise = config.nonideality.shotNoise = true;
  config.nonideality.rtnAmplitudeOfG = 0.5;
  config.nonideality.age = Seconds{1e6};
  config.nonideality.driftNu = 0.1;
  config.nonideality.driftCompensation = true;
  config.sampleHold.amplifierNoise = 1e-9;
  config.sampleHold.amplifierOffset = Amperes{1e-6};
  EXPECT_EQ(currentsOf(*oneArray(config), Codes(kRows, 77), 0), plain);
}

double errorOf(const ValueChip& chip, const std::vector<float>& images) {
  double error = 0.0, signal = 0.0;
  for (std::size_t i = 0; i * 100 < images.size(); ++i) {
    const Codes codes = chip.codesOf(images.data() + i * 100);
    const Codes exact = runIntegerAllLayers(chip.integer, codes.data()).back(), got = chip.run(codes, i);
    for (std::size_t k = 0; k < exact.size(); ++k) {
      signal += std::pow(static_cast<double>(exact[k]), 2);
      error += std::pow(static_cast<double>(got[k] - exact[k]), 2);
    }
  }
  return std::sqrt(error / signal);
}

TEST(DriftCompensation, takesOutWhatAllCellsHaveInCommon) {
  Dice dice(5);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 12, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.adc.bits = 14;
  config.adc.range = "fixed";
  config.adc.fixedLsb = 1.0 / 32.0;  // so that rounding doesn't matter
  config.nonideality.driftNu = 0.05;
  config.nonideality.age = Seconds{20 * std::exp(6.0)};  // factor exp(-0.3)
  const ValueChip drifted(network, config, images);
  config.nonideality.driftCompensation = true;
  const ValueChip compensated(network, config, images);
  EXPECT_NEAR(compensated.engine->analog(0)->arrays()[0].analog->driftScale, std::exp(0.3), 1e-9);
  EXPECT_GT(errorOf(drifted, images), 0.2);
  EXPECT_LT(errorOf(compensated, images), 0.03);
  config.nonideality.driftNuSigma = 0.02;  // what is each cell's own stays
  EXPECT_GT(errorOf(ValueChip(network, config, images), images), 0.03);
}

TEST(Calibration, isThatOfTheFreshChipUnlessItIsTrimmedAnew) {
  Dice dice(6);
  const Network network = twoLayers(dice);
  const auto images = randomImages(network, 12, false, dice);
  AnalogConfig config = isaacConfig(8, "ohmic");
  config.adc.bits = 10;
  config.adc.range = "calibrated";
  const ValueChip fresh(network, config, images);
  config.nonideality.driftNu = 0.05;
  config.nonideality.age = Seconds{20 * std::exp(6.0)};
  const ValueChip aged(network, config, images);
  for (std::size_t a = 0; a < fresh.engine->trims().size(); ++a) {
    EXPECT_EQ(aged.engine->trims()[a].lsb, fresh.engine->trims()[a].lsb);
    EXPECT_EQ(aged.engine->trims()[a].gain, fresh.engine->trims()[a].gain);
  }
  config.adc.calibratedAt = "age";
  const ValueChip trimmed(network, config, images);
  EXPECT_GT(errorOf(aged, images), 0.2);
  EXPECT_LT(errorOf(trimmed, images), 0.05);
  config.nonideality.driftCompensation = true;  // nothing is left to compensate
  EXPECT_EQ(ValueChip(network, config, images).engine->analog(0)->arrays()[0].analog->driftScale, 1.0);
}

TEST(EarlierReads, moveStatesAtTheReadVoltage) {
  AnalogConfig config = fineConfig();
  config.readout = "device";
  config.device.law = "mean_metastable_switch";
  config.device.gOn = Siemens{1.0 / 600};
  config.device.gOff = Siemens{1.0 / 1400};
  config.nonideality.reads = 1000;
  const auto chip = oneArray(config);
  const ProgrammedArray& after = *chip->engine->analog(0)->arrays()[0].analog->programmed;
  config.nonideality.reads = 0;
  const auto other = oneArray(config);
  const ProgrammedArray& before = *other->engine->analog(0)->arrays()[0].analog->programmed;
  const std::vector<double> volts(before.conductance.size(), config.array.readVoltage.value);
  const auto expected = disturbed(before, volts, Seconds{1000 * config.array.readTime.value});
  EXPECT_EQ(after.conductance, expected->conductance);
  EXPECT_NE(after.conductance, before.conductance);
}

}  // namespace
}  // namespace crosstile::test
