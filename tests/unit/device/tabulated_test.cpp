// SPDX-License-Identifier: Apache-2.0
// The tabulated law: through its points, monotone between them, straight beyond; faults by point.
#include "models/device/tabulated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/base/error.h"

namespace crosstile {
namespace {

using testing::HasSubstr;

struct Pair {
  double current, slope;
};
Pair at(const DeviceLaw& law, double g, double v) {
  const std::vector<double> conductance{g}, voltage{v};
  std::vector<double> parameters(law.parameterCount()), current(1), slope(1);
  law.prepare(conductance, nullptr, parameters);
  law.evaluate(parameters, voltage, current, slope);
  return {current[0], slope[0]};
}

const std::vector<double> kVoltage{-0.6, -0.2, 0.0, 0.1, 0.35, 0.5};
const std::vector<double> kCurrent{-9e-6, -1e-6, 0.0, 2e-6, 2e-6, 8e-6};

TEST(Tabulated, PassesThroughItsPointsScaledByTheCell) {
  const TabulatedLaw law(kVoltage, kCurrent, Volts{0.1});  // G of the table: 20 uS
  EXPECT_FALSE(law.isOdd());
  for (std::size_t k = 0; k < kVoltage.size(); ++k) {
    EXPECT_NEAR(at(law, 20e-6, kVoltage[k]).current, kCurrent[k], 1e-20) << k;
    EXPECT_NEAR(at(law, 5e-6, kVoltage[k]).current, kCurrent[k] / 4, 1e-20) << k;
  }
}

TEST(Tabulated, IsMonotoneWithAContinuousSlopeForAnyMonotoneTable) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  for (int trial = 0; trial < 100; ++trial) {
    std::vector<double> v{0.0}, i{0.0};
    for (int k = 0; k < 8; ++k) {
      v.push_back(v.back() + 0.01 + uniform(random));
      i.push_back(i.back() + (uniform(random) < 0.3 ? 0.0 : 1e-6 * std::pow(10.0, 3.0 * uniform(random))));
      v.insert(v.begin(), v.front() - 0.01 - uniform(random));
      i.insert(i.begin(), i.front() - (uniform(random) < 0.3 ? 0.0 : 1e-6 * uniform(random)));
    }
    if (i.back() == 0.0) continue;
    const TabulatedLaw law(v, i, Volts{v.back()});
    const double low = v.front() - 0.5, high = v.back() + 0.5, step = (high - low) / 5000;
    Pair before = at(law, 1e-6, low);
    double largest = 0.0;
    for (double x = low; x < high; x += step) largest = std::max(largest, at(law, 1e-6, x).slope);
    for (double x = low + step; x < high; x += step) {
      const Pair now = at(law, 1e-6, x);
      ASSERT_GE(now.current, before.current - 1e-15 * std::abs(now.current)) << trial << ' ' << x;
      ASSERT_GE(now.slope, 0.0);
      before = now;
    }
    for (const double knot : v) {  // the slope from both sides
      EXPECT_NEAR(at(law, 1e-6, knot - 1e-9).slope, at(law, 1e-6, knot + 1e-9).slope, 1e-5 * largest);
    }
  }
}

TEST(Tabulated, SlopeIsTheDerivativeAndBeyondTheEndsTheCurveGoesOnStraight) {
  const TabulatedLaw law(kVoltage, kCurrent, Volts{0.1});
  for (const double v : {-1.5, -0.4, -0.1, 0.03, 0.2, 0.41, 0.9}) {
    const double h = 1e-6, numeric = (at(law, 1e-5, v + h).current - at(law, 1e-5, v - h).current) / (2 * h);
    EXPECT_NEAR(at(law, 1e-5, v).slope, numeric, 1e-8 * std::abs(numeric) + 1e-16) << v;
  }
  EXPECT_EQ(at(law, 1e-5, 0.2).slope, 0.0);  // the table's plateau
  const Pair end = at(law, 1e-5, 0.5), beyond = at(law, 1e-5, 1.5);
  EXPECT_DOUBLE_EQ(beyond.current, end.current + end.slope);
  EXPECT_DOUBLE_EQ(beyond.slope, end.slope);
}

TEST(Tabulated, AHalfIsAnOddCurve) {
  const TabulatedLaw up(std::vector<double>{0.0, 0.1, 0.3}, std::vector<double>{0.0, 1e-6, 9e-6}, Volts{});
  const TabulatedLaw down(std::vector<double>{-0.3, -0.1, 0.0}, std::vector<double>{-9e-6, -1e-6, 0.0},
                          Volts{});
  EXPECT_TRUE(up.isOdd() && down.isOdd());
  for (const double v : {-0.5, -0.2, -1e-9, 0.05, 0.3}) {
    EXPECT_EQ(at(up, 1e-5, v).current, -at(up, 1e-5, -v).current);
    EXPECT_EQ(at(up, 1e-5, v).current, at(down, 1e-5, v).current);
  }
  EXPECT_NEAR(at(up, 1e-5, 0.0).slope, 1e-5, 1e-20);  // G is the slope at 0 V
  EXPECT_NEAR(at(up, 1e-5, 1e-9).current, 1e-14, 1e-19);
}

TEST(Tabulated, ConvergesToTheCurveItWasSampledFrom) {
  double before = 1.0;
  for (const int points : {11, 41, 161}) {
    std::vector<double> v, i;
    for (int k = 0; k < points; ++k) {
      v.push_back(0.5 * k / (points - 1));
      i.push_back(1e-5 * std::sinh(4 * v.back()) / 4);
    }
    const TabulatedLaw law(v, i, Volts{0.5});
    double error = 0.0;
    for (double x = 0.001; x < 0.5; x += 0.001)
      error = std::max(error, std::abs(at(law, i.back() / 0.5, x).current - 1e-5 * std::sinh(4 * x) / 4));
    EXPECT_LT(error, before / 8) << points;
    before = error;
  }
  EXPECT_LT(before, 1e-5 * 1e-5);
}

TEST(Tabulated, TwoPointsAreALine) {
  const TabulatedLaw law(std::vector<double>{0.0, 0.2}, std::vector<double>{0.0, 1e-6}, Volts{});
  for (const double v : {-1.0, -0.1, 0.07, 3.0}) EXPECT_NEAR(at(law, 2e-6, v).current, 2e-6 * v, 1e-20);
}

TEST(Tabulated, LanesAreTheSame) {
  const TabulatedLaw law(kVoltage, kCurrent, Volts{0.1});
  const std::vector<double> g{1e-6, 0.0, 7e-6};
  std::vector<double> parameters(3), voltage, current(12), slope(12);
  law.prepare(g, nullptr, parameters);
  for (int k = 0; k < 12; ++k) voltage.push_back(0.11 * k - 0.7);
  law.evaluateLanes({parameters.data(), 3, 3, 4}, voltage.data(), current.data(), slope.data());
  std::vector<float> parameters32(parameters.begin(), parameters.end()),
      voltage32(voltage.begin(), voltage.end()), current32(12), slope32(12);
  law.evaluateLanes({parameters32.data(), 3, 3, 4}, voltage32.data(), current32.data(), slope32.data());
  for (int k = 0; k < 12; ++k) {
    const Pair alone = at(law, g[static_cast<std::size_t>(k / 4)], voltage[static_cast<std::size_t>(k)]);
    EXPECT_EQ(current[k], alone.current);
    EXPECT_EQ(slope[k], alone.slope);
    EXPECT_NEAR(current32[k], alone.current, 1e-6 * std::abs(alone.current) + 1e-13);
    EXPECT_NEAR(slope32[k], alone.slope, 1e-5 * alone.slope + 1e-11);
  }
}

TEST(Tabulated, FaultsNameTheirPoint) {
  const auto fault = [](std::vector<double> v, std::vector<double> i) {
    const auto found = findTableFault(v, i);
    return found ? std::to_string(found->point) + ": " + found->problem : std::string("none");
  };
  EXPECT_EQ(fault({0.0, 0.1}, {0.0, 1e-6}), "none");
  EXPECT_THAT(fault({0.0}, {0.0}), HasSubstr("0: must have two points"));
  EXPECT_THAT(fault({0.0, 0.2, 0.1}, {0.0, 1.0, 2.0}), HasSubstr("2: voltage 0.1 V after 0.2 V"));
  EXPECT_THAT(fault({0.0, 0.1, 0.1}, {0.0, 1.0, 2.0}), HasSubstr("2: voltage 0.1 V after 0.1 V"));
  EXPECT_THAT(fault({0.0, 0.1, 0.2}, {0.0, 2.0, 1.0}), HasSubstr("2: current 1 A at 0.2 V after 2 A"));
  EXPECT_THAT(fault({-0.1, 0.0}, {-1.0, 0.5}), HasSubstr("1: current 0.5 A at 0 V"));
  EXPECT_THAT(fault({0.1, 0.2}, {1.0, 2.0}), HasSubstr("no point at 0 V"));
  EXPECT_THAT(fault({0.0, NAN}, {0.0, 1.0}), HasSubstr("1: nan V"));
  EXPECT_THAT(fault({0.0, 1.0}, {0.0, INFINITY}), HasSubstr("inf A"));
  const std::vector<double> v{0.0, 0.1, 0.2}, flat{0.0, 0.0, 1e-6};
  EXPECT_THROW(TabulatedLaw(v, flat, Volts{0.0}), BadInput);
  EXPECT_THROW(TabulatedLaw(v, flat, Volts{0.3}), BadInput);
  EXPECT_THROW(TabulatedLaw(std::vector<double>{0.1}, std::vector<double>{0.1}, Volts{}), BadInput);
  EXPECT_NO_THROW(TabulatedLaw(v, flat, Volts{0.2}));
}

}  // namespace
}  // namespace crosstile
