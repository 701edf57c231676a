// SPDX-License-Identifier: Apache-2.0
// Pulses on metastable switches: exact, through series elements, stochastic, varied.
#include "models/device/switch_pulse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace crosstile {
namespace {

MetastableSwitchConfig tungsten(double phi = 1.0) {
  MetastableSwitchConfig c;
  c.rOn = Ohms{2140.0};
  c.rOff = Ohms{111e3};
  c.vOn = Volts{0.251};
  c.vOff = Volts{0.254};
  c.tau = Seconds{25e-6};
  c.vT = Volts{0.0263};
  c.phi = phi;
  c.forwardCurrent = Amperes{2e-6};
  c.forwardB = 6.0;
  c.reverseCurrent = Amperes{1e-6};
  c.reverseB = 5.0;
  return c;
}

/// The circuit written down anew: bisection for the operating point, Runge-Kutta of fourth order in fixed
/// steps.
struct Independent {
  MetastableSwitchConfig c;
  PulsePath path;

  double current(double x, double v) const {
    const double g = x / c.rOn.value + (1 - x) / c.rOff.value;
    return c.phi * g * v + (1 - c.phi) * (c.forwardCurrent.value * (std::exp(c.forwardB * v) - 1) -
                                          c.reverseCurrent.value * (std::exp(-c.reverseB * v) - 1));
  }
  double cellVolt(double x, double driver) const {
    const double r = path.series.value + path.accessSwitch.value, limit = path.compliance.value;
    double low = std::min(0.0, driver), high = std::max(0.0, driver);
    for (int k = 0; k < 100; ++k) {
      const double v = 0.5 * (low + high);
      double available = r > 0 ? (driver - v) / r : (driver - v) * 1e9;
      if (limit > 0) available = std::max(-limit, std::min(limit, available));
      (current(x, v) > available ? high : low) = v;
    }
    return 0.5 * (low + high);
  }
  /// dx/dt, then power in the cell, in R_s and from the driver.
  std::array<double, 4> slope(double x, double driver) const {
    const double v = cellVolt(x, driver), i = current(x, v);
    const double a = 1 / (1 + std::exp(-(v - c.vOn.value) / c.vT.value));
    const double b = 1 - 1 / (1 + std::exp(-(v + c.vOff.value) / c.vT.value));
    return {((1 - x) * a - x * b) / c.tau.value, v * i, i * i * path.series.value, driver * i};
  }
  std::array<double, 4> integrate(double x, double from, double to, double time, int steps) const {
    std::array<double, 4> y{x, 0, 0, 0};
    const double dt = time / steps;
    for (int k = 0; k < steps; ++k) {
      const auto volt = [&](double s) { return from + (to - from) * (k + s) / steps; };
      const auto k1 = slope(y[0], volt(0)), k2 = slope(y[0] + dt / 2 * k1[0], volt(0.5)),
                 k3 = slope(y[0] + dt / 2 * k2[0], volt(0.5)), k4 = slope(y[0] + dt * k3[0], volt(1));
      for (std::size_t j = 0; j < 4; ++j) y[j] += dt / 6 * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]);
    }
    return y;
  }
};

class SwitchPulse : public testing::Test {
 protected:
  static constexpr double kTemperature = 298.5;
  static void compare(const MetastableSwitchConfig& c, const PulsePath& path, double x, double from,
                      double to, double time, int steps) {
    const MeanMetastableSwitchLaw law(c, Kelvin{kTemperature});
    const SwitchPulser pulser(law, path);
    const PulseResult found = from == to ? pulser.pulse(law.dynamics(), x, from, Seconds{time})
                                         : pulser.ramp(law.dynamics(), x, from, to, Seconds{time});
    const auto expected = Independent{c, path}.integrate(x, from, to, time, steps);
    EXPECT_NEAR(found.state, expected[0], 1e-7) << from << ' ' << path.series.value;
    EXPECT_NEAR(found.energy.device, expected[1], 1e-6 * expected[1]);
    EXPECT_NEAR(found.energy.series, expected[2], 1e-6 * expected[2]);
    EXPECT_NEAR(found.energy.total(), expected[3], 1e-6 * expected[3]);  // what the driver gave
  }
};

TEST_F(SwitchPulse, EnergyOfTheDriverIsThatOfItsParts) {
  for (const double phi : {1.0, 0.7}) {
    const MetastableSwitchConfig c = tungsten(phi);
    for (const PulsePath& path :
         {PulsePath{}, PulsePath{Ohms{5000}, Ohms{0}, Amperes{0}},
          PulsePath{Ohms{5000}, Ohms{800}, Amperes{0}}, PulsePath{Ohms{1000}, Ohms{0}, Amperes{1e-4}},
          PulsePath{Ohms{0}, Ohms{0}, Amperes{5e-5}}}) {
      compare(c, path, 0.1, 0.6, 0.6, 200e-6, 4000);
      compare(c, path, 0.9, -0.5, -0.5, 200e-6, 4000);
      compare(c, path, 0.3, 0.1, 0.7, 300e-6, 6000);
    }
  }
}

TEST_F(SwitchPulse, ALongPulseEndsAtItsFixedPoint) {
  const MetastableSwitchConfig c = tungsten();
  const MeanMetastableSwitchLaw law(c, Kelvin{kTemperature});
  const SwitchPulser pulser(law, {Ohms{5000}, Ohms{0}, Amperes{0}});
  const PulseResult a = pulser.pulse(law.dynamics(), 0.0, 0.6, Seconds{0.5});
  const PulseResult b = pulser.pulse(law.dynamics(), 0.0, 0.6, Seconds{1.0});
  EXPECT_NEAR(law.dynamics().equilibrium(a.last.volt), a.state, 1e-9);
  EXPECT_NEAR(b.energy.total() - a.energy.total(), 0.5 * 0.6 * a.last.ampere, 1e-9 * b.energy.total());
}

TEST_F(SwitchPulse, ComplianceHoldsTheCurrent) {
  const MeanMetastableSwitchLaw law(tungsten(), Kelvin{kTemperature});
  const SwitchPulser pulser(law, {Ohms{0}, Ohms{0}, Amperes{5e-5}});
  EXPECT_DOUBLE_EQ(pulser.operate(law.dynamics(), 1.0, 0.6).ampere, 5e-5);
  EXPECT_DOUBLE_EQ(pulser.operate(law.dynamics(), 1.0, -0.6).ampere, -5e-5);
  EXPECT_LT(pulser.operate(law.dynamics(), 0.0, 0.6).ampere, 5e-5);
  const PulseResult held = pulser.pulse(law.dynamics(), 0.0, 0.6, Seconds{1e-3});
  const PulseResult free = SwitchPulser(law, {}).pulse(law.dynamics(), 0.0, 0.6, Seconds{1e-3});
  EXPECT_LT(held.state, free.state - 0.1);  // a limited set leaves less conductance
  EXPECT_GT(held.energy.limiter, 0.0);
}

TEST_F(SwitchPulse, HeldBelowItsVoltageTheStateStays) {
  MetastableSwitchConfig c = tungsten();
  c.holdBelow = Volts{0.11};
  const MetastableSwitch held(c, Kelvin{kTemperature});
  EXPECT_EQ(held.state(0.4, 0.1, Seconds{1e6}), 0.4);
  EXPECT_TRUE(std::isinf(held.retentionTime(0.0).value));
  c.holdBelow = Volts{};
  const MetastableSwitch free(c, Kelvin{kTemperature});
  EXPECT_EQ(held.state(0.4, 0.2, Seconds{1e-3}), free.state(0.4, 0.2, Seconds{1e-3}));
  EXPECT_GT(std::abs(free.state(0.4, 0.1, Seconds{1.0}) - 0.4), 0.1);
}

struct Moments {
  double mean = 0.0, variance = 0.0;
};
Moments momentsOf(const std::vector<double>& x) {
  Moments m;
  for (const double v : x) m.mean += v / static_cast<double>(x.size());
  for (const double v : x) m.variance += (v - m.mean) * (v - m.mean) / static_cast<double>(x.size() - 1);
  return m;
}

/// However time is split, N switches are binomial around the mean: N_on out of those that were on and off.
TEST_F(SwitchPulse, StochasticMomentsDontDependOnTheSplit) {
  MetastableSwitchConfig c = tungsten();
  c.switches = 1000;
  const MeanMetastableSwitchLaw law(c, Kelvin{kTemperature});
  const SwitchPulser pulser(law, {});
  constexpr int devices = 10'000;
  for (const auto& [start, volt, time] : {std::tuple{0.2, 0.24, 2e-5},
                                          {0.9, -0.3, 1e-5},
                                          {0.0, 0.15, 3e-5},
                                          {0.5, 0.0, 0.05},
                                          {0.1, 0.5, 1e-4}}) {
    const MetastableSwitch::Motion motion = law.dynamics().motion(volt);
    const double decay = std::exp(-motion.rate * time);
    const double stay = motion.equilibrium + (1 - motion.equilibrium) * decay;  // of one that was on
    const double come = motion.equilibrium * (1 - decay);                       // of one that was off
    const double mean = start * stay + (1 - start) * come;
    const double variance = (start * stay * (1 - stay) + (1 - start) * come * (1 - come)) / c.switches;
    for (const int split : {1, 7, 40}) {
      const StreamOwner owner{42, static_cast<std::uint32_t>(split), 0, 0, 0};
      const RandomStream cycle(owner, Purpose::switchCycle), counts(owner, Purpose::switchCounts);
      const SwitchChance chance(c, cycle, counts);
      std::vector<double> x(devices, start);
      for (int d = 0; d < devices; ++d) {
        std::uint32_t drawn = 0;
        for (int k = 0; k < split; ++k) {
          x[d] = pulser.stochasticPulse(law.dynamics(), x[d], volt, Seconds{time / split}, chance, d, drawn)
                     .state;
        }
      }
      const Moments found = momentsOf(x);
      EXPECT_NEAR(found.mean, mean, 3 * std::sqrt(variance / devices)) << volt << " split " << split;
      EXPECT_NEAR(found.variance, variance, 3 * variance * std::sqrt(2.0 / devices))
          << volt << " split " << split;
    }
  }
}

TEST_F(SwitchPulse, StochasticThroughASeriesResistorFollowsTheMean) {
  MetastableSwitchConfig c = tungsten();
  c.switches = 1'000'000;
  const MeanMetastableSwitchLaw law(c, Kelvin{kTemperature});
  const SwitchPulser pulser(law, {Ohms{5000}, Ohms{0}, Amperes{0}});
  const StreamOwner owner{1, 0, 0, 0, 0};
  const RandomStream cycle(owner, Purpose::switchCycle), counts(owner, Purpose::switchCounts);
  const SwitchChance chance(c, cycle, counts);
  std::uint32_t drawn = 0;
  const PulseResult one = pulser.stochasticPulse(law.dynamics(), 0.1, 0.6, Seconds{1e-4}, chance, 0, drawn);
  const PulseResult mean = pulser.pulse(law.dynamics(), 0.1, 0.6, Seconds{1e-4});
  EXPECT_NEAR(one.state, mean.state, 0.005);
  EXPECT_NEAR(one.energy.total(), mean.energy.total(), 0.01 * mean.energy.total());
}

TEST_F(SwitchPulse, DevicesAndCyclesVaryAsConfigured) {
  MetastableSwitchConfig c = tungsten();
  c.d2dROn = 0.1;
  c.d2dROff = 0.2;
  c.d2dTau = 0.3;
  c.d2dThreshold = Volts{0.01};
  c.c2cTau = 0.15;
  c.c2cThreshold = Volts{0.004};
  const StreamOwner owner{5, 0, 0, 0, 0};
  const RandomStream own(owner, Purpose::switchDevice), cycle(owner, Purpose::switchCycle);
  constexpr int devices = 20'000;
  std::vector<double> rOn, rOff, tau, vOn, vOff, rate, shift;
  const SwitchChance chance(c, cycle, cycle);
  const MetastableSwitch nominal(c, Kelvin{kTemperature});
  std::uint32_t drawn = 0;
  for (int d = 0; d < devices; ++d) {
    const MetastableSwitchConfig v = variedSwitch(c, own, d);
    rOn.push_back(std::log(v.rOn.value / c.rOn.value));
    rOff.push_back(std::log(v.rOff.value / c.rOff.value));
    tau.push_back(std::log(v.tau.value / c.tau.value));
    vOn.push_back(v.vOn.value - c.vOn.value);
    vOff.push_back(v.vOff.value - c.vOff.value);
    const MetastableSwitch pulse = chance.cycle(nominal, 0, drawn);
    rate.push_back(
        std::log(nominal.motion(5.0).rate / pulse.motion(5.0).rate));  // far above the threshold: 1/tau
    // On an ordinary place of the threshold's slope the logit of a rate shifts by -dV/V_T.
    const double a = pulse.onRate(0.25), b = nominal.onRate(0.25);
    shift.push_back(c.vT.value * (std::log(b / (1 - b)) - std::log(a / (1 - a))));
  }
  const auto expectSigma = [&](const std::vector<double>& x, double sigma, const char* what) {
    const Moments m = momentsOf(x);
    EXPECT_NEAR(m.mean, 0.0, 4 * sigma / std::sqrt(devices)) << what;
    EXPECT_NEAR(std::sqrt(m.variance), sigma, 4 * sigma / std::sqrt(2.0 * devices)) << what;
  };
  expectSigma(rOn, 0.1, "R_on");
  expectSigma(rOff, 0.2, "R_off");
  expectSigma(tau, 0.3, "tau");
  expectSigma(vOn, 0.01, "V_on");
  expectSigma(vOff, 0.01, "V_off");
  expectSigma(rate, 0.15, "tau from pulse to pulse");
  expectSigma(shift, 0.004, "thresholds from pulse to pulse");
  EXPECT_EQ(drawn, 2U * devices);
}

}  // namespace
}  // namespace crosstile
