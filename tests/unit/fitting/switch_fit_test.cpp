// SPDX-License-Identifier: Apache-2.0
#include "models/fitting/switch_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// A loop of a known switch, many periods after its start, stepped through its closed form.
IvCurve loopOf(const MetastableSwitchConfig& c, double period, double amplitude) {
  const MetastableSwitch device(c, Kelvin(298.15));
  IvCurve loop;
  loop.name = "a loop";
  constexpr int kSamples = 200;
  constexpr double kPi = 3.14159265358979323846;
  double x = 0.5;
  for (int n = 0; n < 20 * kSamples; ++n) {
    const double v = amplitude * std::sin(2.0 * kPi * n / kSamples);
    if (n >= 19 * kSamples) {
      loop.volt.push_back(v);
      loop.ampere.push_back(v * device.conductance(x));
    }
    x = device.state(x, v, Seconds(period / kSamples));
  }
  return loop;
}

MetastableSwitchConfig aSwitch() {
  MetastableSwitchConfig c;
  c.rOn = Ohms(3000.0);
  c.rOff = Ohms(60000.0);
  c.vOn = Volts(0.28);
  c.vOff = Volts(0.15);
  c.tau = Seconds(4e-4);
  c.vT = Volts(0.03);
  return c;
}

TEST(SwitchFit, FindsTheSwitchThatALoopWasMadeWith) {
  const MetastableSwitchConfig c = aSwitch();
  const SwitchFit fit = fitSwitch(loopOf(c, 0.01, 0.5), Seconds(0.01), Seconds(0.0));
  EXPECT_LT(fit.nrmse, 1e-5);
  EXPECT_NEAR(fit.parameters.rOn.value, 3000.0, 3.0);
  EXPECT_NEAR(fit.parameters.rOff.value, 60000.0, 600.0);
  EXPECT_NEAR(fit.parameters.vOn.value, 0.28, 1e-3);
  EXPECT_NEAR(fit.parameters.vOff.value, 0.15, 1e-3);
  EXPECT_NEAR(fit.parameters.tau.value, 4e-4, 4e-6);
  EXPECT_NEAR(fit.parameters.vT.value, 0.03, 3e-4);
  const double retention = MetastableSwitch(c, Kelvin(298.15)).retentionTime(0.0).value;
  EXPECT_NEAR(fit.retention.value, retention, 0.05 * retention);
}

/// The same loop sampled at uneven times: each voltage stands until the next.
TEST(SwitchFit, UsesTheTimesOfTheSamples) {
  const MetastableSwitchConfig c = aSwitch();
  const MetastableSwitch device(c, Kelvin(298.15));
  IvCurve loop;
  loop.name = "a loop";
  constexpr int kSamples = 200;
  double x = 0.5, t = 0.0;
  for (int n = 0; n < 20 * kSamples; ++n) {
    const double v = 0.5 * std::sin(2.0 * 3.14159265358979323846 * n / kSamples);
    const double step = n % 2 == 0 ? 2e-5 : 8e-5;
    if (n >= 19 * kSamples) {
      loop.volt.push_back(v);
      loop.ampere.push_back(v * device.conductance(x));
      loop.second.push_back(t);
      t += step;
    }
    x = device.state(x, v, Seconds(step));
  }
  const SwitchFit fit = fitSwitch(loop, Seconds(0.01), Seconds(0.0));
  EXPECT_LT(fit.nrmse, 1e-5);
  EXPECT_NEAR(fit.parameters.tau.value, 4e-4, 4e-6);
  EXPECT_TRUE(fit.thresholdsSeen);
  loop.second[7] = loop.second[6];
  EXPECT_THROW(fitSwitch(loop, Seconds(0.01), Seconds(0.0)), BadInput);
}

TEST(SwitchFit, KeepsTheRetentionThatItIsAskedFor) {
  const MetastableSwitchConfig c = aSwitch();
  const IvCurve loop = loopOf(c, 0.01, 0.5);
  const SwitchFit fit = fitSwitch(loop, Seconds(0.01), Seconds(100.0));
  EXPECT_GE(fit.retention.value, 100.0 * (1.0 - 1e-9));
  EXPECT_LT(fit.nrmse, 0.2);
  EXPECT_GT(fit.nrmse, fitSwitch(loop, Seconds(0.01), Seconds(0.0)).nrmse);
}

IvCurve timed(IvCurve loop, double period) {
  for (std::size_t i = 0; i < loop.volt.size(); ++i)
    loop.second.push_back(period * static_cast<double>(i) / static_cast<double>(loop.volt.size()));
  return loop;
}

TEST(SwitchFit, FindsOneSwitchOfLoopsAtSeveralFrequencies) {
  const MetastableSwitchConfig c = aSwitch();
  const std::vector<IvCurve> loops{timed(loopOf(c, 0.1, 0.5), 0.1), timed(loopOf(c, 0.01, 0.4), 0.01),
                                   timed(loopOf(c, 0.003, 0.5), 0.003)};
  const SwitchFit fit = fitSwitch(loops, Seconds(0.0), Seconds(0.0));
  EXPECT_LT(fit.nrmse, 1e-4);
  ASSERT_EQ(fit.nrmseOf.size(), 3U);
  EXPECT_EQ(fit.ampere.size(), 600U);
  EXPECT_NEAR(fit.parameters.tau.value, 4e-4, 4e-6);
  EXPECT_NEAR(fit.parameters.vOn.value, 0.28, 1e-3);
  EXPECT_NEAR(fit.parameters.rOn.value, 3000.0, 3.0);
  // Loops of two devices have no one set: the error is that of both.
  MetastableSwitchConfig other = c;
  other.tau = Seconds(4e-3);
  const SwitchFit torn =
      fitSwitch({loops[0], timed(loopOf(other, 0.01, 0.4), 0.01)}, Seconds(0.0), Seconds(0.0));
  EXPECT_GT(torn.nrmse, 0.02);
  EXPECT_NEAR(2.0 * torn.nrmse * torn.nrmse,
              torn.nrmseOf[0] * torn.nrmseOf[0] + torn.nrmseOf[1] * torn.nrmseOf[1], 1e-12);
  EXPECT_THROW(fitSwitch(std::vector<IvCurve>{}, Seconds(1.0), Seconds(0.0)), BadInput);
}

TEST(SwitchFit, RefusesWhatIsNoLoop) {
  IvCurve half;
  half.name = "half a loop";
  for (int k = 1; k <= 50; ++k) {
    half.volt.push_back(0.01 * k);
    half.ampere.push_back(1e-5 * k);
  }
  EXPECT_THROW(fitSwitch(half, Seconds(1.0), Seconds(0.0)), BadInput);
  half.volt.resize(5);
  half.ampere.resize(5);
  EXPECT_THROW(fitSwitch(half, Seconds(1.0), Seconds(0.0)), BadInput);
}

}  // namespace
}  // namespace crosstile
