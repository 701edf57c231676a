// SPDX-License-Identifier: Apache-2.0
// Thermal, shot and random telegraph noise of compiled arrays against their formulas.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "models/crossbar/readout.h"
#include "models/crossbar/telegraph_noise.h"

namespace crosstile {
namespace {

constexpr double kCharge = 1.602176634e-19, kBoltzmann = 1.380649e-23;
constexpr int kRows = 12, kColumns = 5;

DeviceConfig deviceOf(const char* law) {
  DeviceConfig d;
  d.law = law;
  d.gOff = Siemens{1e-6};
  d.gOn = Siemens{10e-6};
  d.sinhB = 3.0;
  return d;
}

std::shared_ptr<const ProgrammedArray> arrayOf(const char* law) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(1e-6, 10e-6);
  std::vector<double> target(kRows * kColumns);
  for (double& g : target) g = uniform(random);
  target[7] = 0.0;
  return programOneShot(deviceOf(law), {}, target, kRows, kColumns, {});
}

std::vector<double> digits(int bits) {
  std::vector<double> v;
  for (int d = 0; d < 1 << bits; ++d) v.push_back(0.3 * d / ((1 << bits) - 1));
  return v;
}

/// Variance of each column when row i gets digit i modulo the digits.
std::vector<float> varianceOf(const PulseTable& table, int digitCount) {
  std::vector<std::uint16_t> row, digit;
  for (int i = 0; i < kRows; ++i) {
    if (i % digitCount == 0) continue;
    row.push_back(static_cast<std::uint16_t>(i));
    digit.push_back(static_cast<std::uint16_t>(i % digitCount));
  }
  const Pulse pulse{row.data(), digit.data(), static_cast<int>(row.size())};
  std::vector<float> out(static_cast<std::size_t>(table.stride)), variance(out.size());
  readPulses(table, Span<const Pulse>(&pulse, 1), out.data(), variance.data());
  return variance;
}

struct Case {
  const char* readout;
  const char* law;
  int bits;
  double tolerance;
};

class ShotNoise : public testing::TestWithParam<Case> {};

TEST_P(ShotNoise, HasTheVarianceOfEveryCellsCurrent) {
  const Case c = GetParam();
  const auto array = arrayOf(c.law);
  const auto readout = makeReadout(c.readout, array, {});
  const std::vector<double> volts = digits(c.bits);
  PulseShaping shaping;
  shaping.shotNoise = true;
  shaping.readTime = Seconds{50e-9};
  shaping.referenceColumn = 2;
  shaping.unitAmpere = 1e-7;
  for (const double readNoise : {0.0, 0.02}) {  // alone, and on top of read noise
    shaping.readNoiseOfG = readNoise;
    const auto found = varianceOf(readout->compile(volts, shaping), 1 << c.bits);
    for (int j = 0; j < kColumns; ++j) {
      if (j == 2) continue;
      double expected = 0.0;
      for (int i = 0; i < kRows; ++i) {
        const auto d = static_cast<std::size_t>(i % (1 << c.bits));
        Eigen::MatrixXd only = Eigen::MatrixXd::Zero(kRows, 1);
        only(i, 0) = volts[d];
        const Eigen::MatrixXd current = readout->read(only);
        for (const int column : {j, 2}) {
          expected += 2 * kCharge * std::abs(current(column, 0)) / (2 * 50e-9);
          const double g = array->conductance[static_cast<std::size_t>(i * kColumns + column)];
          expected += std::pow(readNoise * g * volts[d], 2);
        }
      }
      expected /= 1e-14;
      EXPECT_NEAR(found[static_cast<std::size_t>(j)], expected, c.tolerance * expected)
          << j << ' ' << readNoise;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, ShotNoise,
                         testing::Values(Case{"ohmic", "linear", 1, 1e-5}, Case{"ohmic", "linear", 4, 1e-5},
                                         Case{"device", "sinh", 1, 1e-5}, Case{"device", "sinh", 3, 1e-5},
                                         // interpolated: the chord at the largest voltage is up to
                                         // sinh(0.9)/0.9 = 1.14 times the conductance
                                         Case{"device", "sinh", 6, 0.15}));

TEST(ThermalNoise, IsTheColumnsWhateverThePulse) {
  const auto array = arrayOf("linear");
  ArrayConfig config;
  config.rWord = config.rBit = Ohms{50};
  for (const char* name : {"ohmic", "ir_drop"}) {
    const auto readout = makeReadout(name, array, config);
    PulseShaping shaping;
    shaping.thermalNoise = true;
    shaping.temperature = Kelvin{330};
    shaping.readTime = Seconds{20e-9};
    shaping.referenceColumn = 1;
    shaping.unitAmpere = 1e-7;
    const PulseTable table = readout->compile(digits(1), shaping);
    EXPECT_TRUE(table.variance.empty());
    ASSERT_EQ(table.columnVariance.size(), static_cast<std::size_t>(table.stride));
    const Eigen::MatrixXd g = readout->read(Eigen::MatrixXd::Ones(kRows, 1));  // all rows at 1 V
    for (int j = 0; j < kColumns; ++j) {
      if (j == 1) continue;
      const double expected = 4 * kBoltzmann * 330 * (g(j, 0) + g(1, 0)) / (2 * 20e-9) / 1e-14;
      EXPECT_NEAR(table.columnVariance[static_cast<std::size_t>(j)], expected, 1e-5 * expected) << name;
    }
  }
}

TEST(TelegraphNoise, HasTwoStatesAroundTheMeanAndTheVarianceOfTheTraps) {
  const auto array = arrayOf("linear");
  const auto readout = makeReadout("ohmic", array, {});
  const PulseTable currents = readout->compile(digits(1), {});
  const std::vector<int> columns{4, 0};
  const TelegraphNoise::Config config{0.2, 1.0, 0.3};
  const TelegraphNoise noise(config, currents, columns, 2, RandomStream({1}, Purpose::telegraphNoise));
  constexpr int kImages = 20000;
  std::vector<std::uint16_t> row;
  for (int i = 0; i < kRows; ++i) row.push_back(static_cast<std::uint16_t>(i));
  const Pulse pulse{row.data(), nullptr, kRows};
  double sum[2] = {}, square[2] = {}, product = 0.0;
  PulseTable delta;
  for (std::uint64_t image = 0; image < kImages; ++image) {
    noise.delta(image, delta);
    std::vector<float> out(static_cast<std::size_t>(delta.stride));
    readPulses(delta, Span<const Pulse>(&pulse, 1), out.data(), nullptr);
    for (int k = 0; k < 2; ++k) {
      sum[k] += out[static_cast<std::size_t>(k)];
      square[k] += std::pow(out[static_cast<std::size_t>(k)], 2);
    }
    product += out[0] * out[1];
  }
  const auto cellSquare = [&](int column) {  // sum over rows of (A V G)^2 p (1 - p)
    double total = 0.0;
    for (int i = 0; i < kRows; ++i)
      total +=
          std::pow(0.2 * 0.3 * array->conductance[static_cast<std::size_t>(i * kColumns + column)], 2) * 0.21;
    return total;
  };
  for (int k = 0; k < 2; ++k) {
    const double expected = cellSquare(columns[static_cast<std::size_t>(k)]) + cellSquare(2);
    EXPECT_NEAR(sum[k] / kImages, 0.0, 4 * std::sqrt(expected / kImages)) << k;
    EXPECT_NEAR(square[k] / kImages, expected, 4 * expected * std::sqrt(2.0 / kImages)) << k;
  }
  EXPECT_NEAR(product / kImages, cellSquare(2),
              0.05 * cellSquare(2));  // both see the reference column's traps
}

TEST(TelegraphNoise, AnImagesStatesAreItsOwnAndFewCellsHaveATrap) {
  const auto array = arrayOf("linear");
  const PulseTable currents = makeReadout("ohmic", array, {})->compile(digits(1), {});
  const std::vector<int> columns{0, 1, 2, 3, 4};
  const RandomStream stream({1}, Purpose::telegraphNoise);
  const TelegraphNoise noise({0.2, 0.3, 0.5}, currents, columns, -1, stream),
      again({0.2, 0.3, 0.5}, currents, columns, -1, stream);
  PulseTable a, b, c;
  noise.delta(5, a);
  again.delta(4, b);
  EXPECT_NE(a.current, b.current);
  again.delta(5, b);
  EXPECT_EQ(a.current, b.current);
  noise.delta(std::uint64_t{5} << 32, c);
  EXPECT_NE(a.current, c.current);
  int trapped = 0;
  for (const float x : a.current) trapped += x != 0.0F ? 1 : 0;
  EXPECT_GT(trapped, 7);  // of 59 cells, 0.3 each
  EXPECT_LT(trapped, 29);
}

}  // namespace
}  // namespace crosstile
