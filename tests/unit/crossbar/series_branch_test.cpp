// SPDX-License-Identifier: Apache-2.0
// A cell in series with its access device: against ngspice, against the two devices' own equations in long
// bisection, slopes, monotony, extremes.
#include "models/crossbar/series_branch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>

#include "models/base/error.h"
#include "tests/unit/ngspice.h"

namespace crosstile {
namespace {

std::shared_ptr<const ProgrammedArray> oneRow(const std::vector<double>& conductance,
                                              const DeviceConfig& device) {
  return programOneShot(device, {}, conductance, 1, static_cast<int>(conductance.size()), {});
}

DeviceConfig sinhDevice(double b) {
  DeviceConfig device;
  device.law = "sinh";
  device.sinhB = b;
  return device;
}

AccessConfig accessOf(const char* kind) {
  AccessConfig config;
  config.kind = kind;
  config.kp = 1.7e-4;
  config.widthOverLength = 3.0;
  config.threshold = Volts{0.45};
  config.lambda = 0.08;
  config.gateVoltage = Volts{1.1};
  return config;
}

struct Values {
  double current, dWord, dBit;
};
/// One cell at one pair of node voltages.
Values at(const CellBranch& branch, double word, double bit) {
  Values v{};
  branch.evaluate(0, 1, &word, &bit, &v.current, &v.dWord, &v.dBit);
  return v;
}

const std::vector<double> kWord{-1.0, -0.35, 0.0, 0.1, 0.5, 1.0};
const std::vector<double> kBit{-0.3, 0.0, 0.05, 0.4};

TEST(SeriesBranch, A1T1RCellIsNgspices) {
  if (!test::ngspiceIsThere()) GTEST_SKIP() << "ngspice is not installed (Debian package ngspice)";
  const AccessConfig access = accessOf("transistor");
  const double b = 2.0;
  std::ostringstream netlist;
  netlist.precision(17);
  netlist << ".model cell nmos level=1 kp=" << access.kp << " vto=" << access.threshold.value
          << " lambda=" << access.lambda << " gamma=0 is=1e-40\nVbulk bulk 0 -5\nVg gate 0 "
          << access.gateVoltage.value << "\n";
  std::vector<std::string> names;
  std::vector<double> own;
  for (const double g : {1e-6, 1e-4, 5e-3}) {  // the cell, then the transistor limits
    const auto branch = makeSeriesBranch(oneRow({g}, sinhDevice(b)), access);
    for (const double word : kWord) {
      for (const double bit : kBit) {
        const std::string k = std::to_string(own.size());
        netlist << "Vw" << k << " w" << k << " 0 " << word << "\nVb" << k << " b" << k << " 0 " << bit
                << "\nBc" << k << " w" << k << " d" << k << " i=" << g / b << "*sinh(" << b << "*(v(w" << k
                << ")-v(d" << k << ")))\nM" << k << " d" << k << " gate b" << k
                << " bulk cell w=" << access.widthOverLength << "u l=1u\n";
        names.push_back("i(Vw" + k + ")");
        own.push_back(at(*branch, word, bit).current);
      }
    }
  }
  const std::vector<double> spice = test::ngspice(netlist.str(), names);
  for (std::size_t k = 0; k < own.size(); ++k)
    EXPECT_NEAR(own[k], -spice[k], 1e-9 * std::abs(own[k]) + 1e-17) << names[k];
}

class EveryAccess : public testing::TestWithParam<const char*> {};

TEST_P(EveryAccess, BothDevicesCarryTheSameCurrent) {
  const AccessConfig access = accessOf(GetParam());
  const AccessTransistor transistor(access);
  const Selector selector(access);
  const double b = 3.0;
  for (const double g : {1e-9, 1e-6, 1e-4, 1e-2, 10.0}) {
    const auto branch = makeSeriesBranch(oneRow({g}, sinhDevice(b)), access);
    for (const double word : kWord) {
      for (const double bit : kBit) {
        // Bisection of the internal node in extended precision, with equations written here.
        const auto cell = [&](long double v) { return static_cast<long double>(g) * std::sinh(b * v) / b; };
        const auto other = [&](long double u) -> long double {
          if (branch->twoTerminal()) return 1e-10L * std::sinh(u / 0.05L);
          const long double beta = 1.7e-4L * 3.0L;
          const long double over = 1.1L - bit - 0.45L - std::fmin(u, 0.0L), v = std::abs(u);
          if (over <= 0.0L) return 0.0L;
          const long double m = beta * (1.0L + 0.08L * v);
          const long double i = v < over ? m * v * (over - v / 2) : m * over * over / 2;
          return u < 0.0L ? -i : i;
        };
        const long double across = static_cast<long double>(word) - bit;
        long double low = std::fmin(0.0L, across), high = std::fmax(0.0L, across);
        for (int k = 0; k < 20000 && high - low > 0.0L; ++k) {
          const long double middle = (low + high) / 2;
          if (middle == low || middle == high) break;
          (cell(across - middle) > other(middle) ? low : high) = middle;
        }
        const double expected = static_cast<double>(g < 1e-5 ? cell(across - low) : other(low));
        EXPECT_NEAR(at(*branch, word, bit).current, expected, 1e-13 * std::abs(expected) + 1e-30)
            << g << ' ' << word << ' ' << bit;
      }
    }
  }
}

TEST_P(EveryAccess, SlopesAreTheDerivatives) {
  for (const double g : {1e-6, 1e-4, 1e-2}) {
    const auto branch = makeSeriesBranch(oneRow({g}, sinhDevice(2.0)), accessOf(GetParam()));
    for (const double word : {-0.9, -0.3, 0.07, 0.4, 0.8}) {
      for (const double bit : {-0.2, 0.03, 0.3}) {
        const Values v = at(*branch, word, bit);
        const double h = 1e-6;
        const double dWord =
            (at(*branch, word + h, bit).current - at(*branch, word - h, bit).current) / (2 * h);
        const double dBit =
            (at(*branch, word, bit + h).current - at(*branch, word, bit - h).current) / (2 * h);
        EXPECT_NEAR(v.dWord, dWord, 1e-6 * std::abs(dWord) + 1e-16) << g << ' ' << word << ' ' << bit;
        EXPECT_NEAR(v.dBit, dBit, 1e-6 * std::abs(dBit) + 1e-16) << g << ' ' << word << ' ' << bit;
        if (branch->twoTerminal()) {
          EXPECT_EQ(v.dBit, -v.dWord);
        }
      }
    }
  }
}

TEST_P(EveryAccess, CurrentRisesWithTheWordLineAndFallsWithTheBitLine) {
  const auto branch = makeSeriesBranch(oneRow({3e-5}, sinhDevice(2.0)), accessOf(GetParam()));
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> volts(-1.0, 1.0);
  for (int k = 0; k < 2000; ++k) {
    const double word = volts(random), bit = volts(random), more = 0.1 * (1.0 + volts(random));
    const Values v = at(*branch, word, bit);
    const double slack = 1e-13 * std::abs(v.current) + 1e-25;
    EXPECT_GE(at(*branch, word + more, bit).current, v.current - slack);
    EXPECT_LE(at(*branch, word, bit + more).current, v.current + slack);
    EXPECT_GE(v.dWord, 0.0);
    EXPECT_LE(v.dBit, 0.0);
  }
}

TEST_P(EveryAccess, ExtremesHaveFiniteCurrents) {
  for (const double b : {0.1, 40.0}) {
    const auto branch =
        makeSeriesBranch(oneRow({0.0, 1e-15, 1e-6, 10.0}, sinhDevice(b)), accessOf(GetParam()));
    for (const double v : {-40.0, -1.0, -1e-12, 0.0, 1e-300, 1e-9, 1.0, 20.0}) {
      const std::vector<double> word(4, v), bit(4, 0.0);
      std::vector<double> current(4, NAN), dWord(4, NAN), dBit(4, NAN);
      branch->evaluate(0, 1, word.data(), bit.data(), current.data(), dWord.data(), dBit.data());
      EXPECT_EQ(current[0], 0.0);
      EXPECT_EQ(dWord[0], 0.0);
      for (int k = 0; k < 4; ++k) {
        EXPECT_TRUE(std::isfinite(current[k]) && std::isfinite(dWord[k]) && std::isfinite(dBit[k]))
            << b << ' ' << v << ' ' << k;
        EXPECT_GE(current[k] * v, 0.0);
      }
    }
  }
}

TEST_P(EveryAccess, LanesRowsAndSinglePrecisionAgree) {
  constexpr int rows = 3, columns = 4, lanes = 5;
  std::vector<double> g;
  for (int k = 0; k < rows * columns; ++k) g.push_back(k == 6 ? 0.0 : 1e-6 * std::pow(1.9, k));
  const auto array = programOneShot(sinhDevice(2.0), {}, g, rows, columns, {});
  const auto branch = makeSeriesBranch(array, accessOf(GetParam()));
  for (int row = 0; row < rows; ++row) {
    std::vector<double> word, bit, current(columns * lanes), dWord(columns * lanes), dBit(columns * lanes);
    for (int k = 0; k < columns * lanes; ++k) {
      word.push_back(0.05 * k - 0.4);
      bit.push_back(0.1 * std::sin(k));
    }
    branch->evaluate(row, lanes, word.data(), bit.data(), current.data(), dWord.data(), dBit.data());
    const std::vector<float> word32(word.begin(), word.end()), bit32(bit.begin(), bit.end());
    std::vector<float> current32(columns * lanes);
    branch->evaluate(row, lanes, word32.data(), bit32.data(), current32.data(), nullptr, nullptr);
    for (int k = 0; k < columns * lanes; ++k) {
      const auto single =
          makeSeriesBranch(oneRow({g[static_cast<std::size_t>(row * columns + k / lanes)]}, sinhDevice(2.0)),
                           accessOf(GetParam()));
      const Values alone = at(*single, word[k], bit[k]);
      EXPECT_EQ(current[k], alone.current) << row << ' ' << k;
      EXPECT_EQ(dWord[k], alone.dWord);
      EXPECT_EQ(dBit[k], alone.dBit);
      const Values rounded = at(*single, word32[k], bit32[k]);
      EXPECT_EQ(current32[k], static_cast<float>(rounded.current));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryAccess, testing::Values("transistor", "selector"));

TEST(SeriesBranch, KnowsItsTerminalsAndRefusesTheRest) {
  const auto array = oneRow({1e-5}, sinhDevice(2.0));
  EXPECT_FALSE(makeSeriesBranch(array, accessOf("transistor"))->twoTerminal());
  EXPECT_TRUE(makeSeriesBranch(array, accessOf("selector"))->twoTerminal());
  EXPECT_THROW(makeSeriesBranch(array, accessOf("none")), BadInput);
}

}  // namespace
}  // namespace crosstile
