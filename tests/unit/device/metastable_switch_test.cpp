// SPDX-License-Identifier: Apache-2.0
// The mean metastable switch: golden values, the differential equation, currents, read disturb.
#include "models/device/metastable_switch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace crosstile {
namespace {

double currentOf(const DeviceLaw& law, double g, double v) {
  std::vector<double> parameters(law.parameterCount()), current(1);
  law.prepare(std::vector<double>{g}, nullptr, parameters);
  law.evaluate(parameters, std::vector<double>{v}, current, {});
  return current[0];
}

TEST(MetastableSwitch, AgreesWithTheReference) {
  std::ifstream file(CROSSTILE_SOURCE_DIR "/tests/golden/mean_metastable_switch.json");
  const auto golden = nlohmann::json::parse(file);
  const auto& p = golden.at("params");
  MetastableSwitchConfig config;
  config.rOn = Ohms{p.at("Ron")};
  config.rOff = Ohms{p.at("Roff")};
  config.vOn = Volts{p.at("Von")};
  config.vOff = Volts{p.at("Voff")};
  config.tau = Seconds{p.at("tau")};
  config.phi = p.at("phi");
  const MeanMetastableSwitchLaw law(config, Kelvin{p.at("T")});
  ASSERT_GE(golden.at("rows").size(), 20U);
  for (const auto& row : golden.at("rows")) {  // V, x0, t, x, G, I
    const double v = row.at(0), x = row.at(3), g = row.at(4), i = row.at(5);
    const double found = law.dynamics().state(row.at(1), v, Seconds{row.at(2)});
    EXPECT_NEAR(found, x, 1e-6 * x + 1e-15) << row;
    EXPECT_NEAR(law.dynamics().conductance(found), g, 1e-6 * g) << row;
    EXPECT_NEAR(currentOf(law, law.dynamics().conductance(found), v), i, 1e-6 * std::abs(i)) << row;
  }
}

TEST(MetastableSwitch, SolvesItsDifferentialEquation) {
  MetastableSwitchConfig config;
  config.vOn = Volts{0.3};
  config.vOff = Volts{0.15};
  config.vT = Volts{0.03};
  const MetastableSwitch device(config, Kelvin{300.0});
  for (const double v : {-0.2, 0.0, 0.25, 0.4}) {
    const double a = 1 / (1 + std::exp(-(v - 0.3) / 0.03)), b = 1 - 1 / (1 + std::exp(-(v + 0.15) / 0.03));
    const auto rate = [&](double x) { return ((1 - x) * a - x * b) / 1e-4; };
    double x = 0.3;
    constexpr int steps = 2000;
    const double dt = 1.5e-4 / steps;
    for (int k = 0; k < steps; ++k) {  // Runge-Kutta, fourth order
      const double k1 = rate(x), k2 = rate(x + dt / 2 * k1), k3 = rate(x + dt / 2 * k2),
                   k4 = rate(x + dt * k3);
      x += dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    EXPECT_NEAR(device.state(0.3, v, Seconds{1.5e-4}), x, 1e-12) << v;
    EXPECT_NEAR(device.equilibrium(v), a / (a + b), 1e-14);
    EXPECT_NEAR(device.retentionTime(v).value, 1e-4 / (a + b), 1e-12 * 1e-4 / (a + b));
    // However the time is split:
    double split = 0.3;
    for (int k = 0; k < 10; ++k) split = device.state(split, v, Seconds{1.5e-5});
    EXPECT_NEAR(split, x, 1e-12) << v;
  }
}

TEST(MetastableSwitch, StaysInRangeAndForgetsToTheEquilibrium) {
  const MetastableSwitch device(MetastableSwitchConfig{}, Kelvin{298.5});
  for (const double v : {-30.0, -0.5, 0.0, 0.5, 30.0}) {
    for (const double start : {0.0, 0.4, 1.0}) {
      for (const double t : {0.0, 1e-9, 1e-4, 1e9}) {
        const double x = device.state(start, v, Seconds{t});
        EXPECT_TRUE(x >= 0.0 && x <= 1.0) << v << ' ' << start << ' ' << t << ' ' << x;
      }
      EXPECT_EQ(device.state(start, v, Seconds{0.0}), start);
      EXPECT_NEAR(device.state(start, v, Seconds{1e12}), device.equilibrium(v), 1e-12);
    }
  }
  // A short time at a low voltage is small, not nothing.
  const double moved = device.state(0.0, 0.0, Seconds{1e-15}) * 1e15;
  EXPECT_NEAR(moved, device.onRate(0.0) / 1e-4, 1e-6 * device.onRate(0.0) / 1e-4);
}

TEST(MeanMetastableSwitchLaw, SchottkyBarriersAreMonotonePassiveAndNotOdd) {
  MetastableSwitchConfig config;
  config.phi = 0.6;
  config.forwardCurrent = Amperes{1e-6};
  config.reverseCurrent = Amperes{2e-7};
  config.forwardB = 8.0;
  config.reverseB = 5.0;
  const MeanMetastableSwitchLaw law(config, Kelvin{298.5});
  EXPECT_FALSE(law.isOdd());
  EXPECT_FALSE(law.isLinear());
  EXPECT_EQ(currentOf(law, 1e-3, 0.0), 0.0);
  EXPECT_NEAR(currentOf(law, 1e-3, 0.5),
              0.6 * 1e-3 * 0.5 + 0.4 * (1e-6 * (std::exp(4.0) - 1) - 2e-7 * (std::exp(-2.5) - 1)), 1e-18);
  EXPECT_NEAR(currentOf(law, 1e-3, -0.5),
              -0.6 * 1e-3 * 0.5 + 0.4 * (1e-6 * (std::exp(-4.0) - 1) - 2e-7 * (std::exp(2.5) - 1)), 1e-18);
  double before = -1.0;
  for (double v = -1.0; v <= 1.0; v += 0.01) {
    EXPECT_GT(currentOf(law, 1e-3, v), before);
    before = currentOf(law, 1e-3, v);
  }
  EXPECT_EQ(currentOf(law, 0.0, 0.5), 0.0);  // an absent cell has no barriers either
  MetastableSwitchConfig ohmic;
  EXPECT_TRUE(MeanMetastableSwitchLaw(ohmic, Kelvin{298.5}).isLinear());
  EXPECT_TRUE(MeanMetastableSwitchLaw(ohmic, Kelvin{298.5}).isOdd());
}

TEST(MeanMetastableSwitchLaw, RejectsImpossibleParameters) {
  const auto refused = [](auto change, const char* key) {
    MetastableSwitchConfig config;
    change(config);
    try {
      MeanMetastableSwitchLaw(config, Kelvin{298.5});
      ADD_FAILURE() << key;
    } catch (const BadInput& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr(key));
    }
  };
  using C = MetastableSwitchConfig;
  refused([](C& c) { c.rOn = Ohms{0.0}; }, "mms_r_on");
  refused([](C& c) { c.rOff = Ohms{400.0}; }, "mms_r_off");
  refused([](C& c) { c.tau = Seconds{-1.0}; }, "mms_tau");
  refused([](C& c) { c.vOn = Volts{NAN}; }, "mms_v_on");
  refused([](C& c) { c.vT = Volts{-0.01}; }, "mms_v_t");
  refused([](C& c) { c.phi = 1.5; }, "mms_phi");
  refused([](C& c) { c.forwardCurrent = Amperes{-1e-6}; }, "mms_forward_current");
  refused([](C& c) { c.reverseB = -1.0; }, "mms_reverse_b");
  EXPECT_THROW(MeanMetastableSwitchLaw(C{}, Kelvin{0.0}), BadInput);
}

}  // namespace
}  // namespace crosstile
