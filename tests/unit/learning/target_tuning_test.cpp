// SPDX-License-Identifier: Apache-2.0
// Target-weight tuning: conductances for weights, initial states, a network that is brought there and tested,
// errors and age behind it, what is refused.
#include "workloads/learning/target_tuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.h"
#include "tests/unit/programming/switches.h"

namespace crosstile::learning {
namespace {

class TargetTuning : public testing::Test {
 protected:
  TargetTuning() {
    device_.device = test::rangedTungsten();
    device_.device.mms.holdBelow = Volts{0.105};
    device_.array.readVoltage = Volts{0.1};
    device_.array.rows = device_.array.columns = 16;
    device_.programming.parallel = "cell";
    device_.programming.initialState = "random";
    config_.software.epochs = 100;
    config_.testFlips = {0.1, 0.0};
  }
  std::string refusal() const {
    try {
      checkTuning(config_, device_);
    } catch (const BadInput& e) {
      return e.what();
    }
    return "accepted";
  }
  double range() const { return device_.device.gOn.value - device_.device.gOff.value; }
  TuningDevice device_;
  TuningConfig config_;
};

TEST_F(TargetTuning, WeightsFromMinusOneToOneAreTheRange) {
  const TargetConductances g = targetsOf({1, 0.0, {-1.0, 0.0, 1.0}, {0.5}}, device_);
  EXPECT_DOUBLE_EQ(g.first[0], device_.device.gOff.value);
  EXPECT_DOUBLE_EQ(g.first[1], device_.reference());
  EXPECT_DOUBLE_EQ(g.first[2], device_.device.gOn.value);
  EXPECT_DOUBLE_EQ(g.second[0], device_.device.gOff.value + 0.75 * range());
}

TEST_F(TargetTuning, ArraysStartAsTheirInitialStateSays) {
  const auto start = [&](const char* state, std::uint32_t draw) {
    device_.programming.initialState = state;
    TuningArrays arrays = makeArrays(config_, device_, 1, draw);
    std::vector<double> g;
    for (std::size_t c = 0; c < arrays.first->size(); ++c) g.push_back(arrays.first->conductance(c));
    for (std::size_t c = 0; c < arrays.second->size(); ++c) g.push_back(arrays.second->conductance(c));
    return g;
  };
  EXPECT_EQ(start("off", 0).size(), 30U);
  EXPECT_THAT(start("off", 0), testing::Each(testing::DoubleNear(1 / 111e3, 1e-12)));
  EXPECT_THAT(start("on", 0), testing::Each(testing::DoubleNear(1 / 2140.0, 1e-12)));
  EXPECT_EQ(start("random", 0), start("random", 0));
  EXPECT_NE(start("random", 0), start("random", 1));
}

TEST_F(TargetTuning, BringsEveryCellThereAndDecidesAsTheSoftware) {
  config_.draws = 3;
  const TuningSeed seed = runTuning(config_, device_, 5, true);
  ASSERT_EQ(seed.draws.size(), 3U);
  const TargetConductances targets = targetsOf(seed.software.weights, device_);
  for (const TuningDraw& draw : seed.draws) {
    EXPECT_EQ(draw.unreached(), 0U);
    for (std::size_t c = 0; c < 27; ++c)
      EXPECT_NEAR(draw.first.cells[c].conductance, targets.first[c], 0.0101 * range());
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(draw.second.cells[c].conductance, targets.second[c], 0.0101 * range());
    ASSERT_EQ(draw.accuracy.size(), 2U);
    EXPECT_NEAR(draw.accuracy[0], seed.softwareAccuracy[0], 0.002);
    EXPECT_EQ(draw.accuracy[1], 1.0);  // without flips
    EXPECT_EQ(draw.machineSeconds, 0.0);
    EXPECT_DOUBLE_EQ(draw.comparatorJ, 4e-13);  // three hidden ones and the output's, 0.1 pJ each
  }
  // The first draw is recorded: a step a pulse, accuracy before and after each of 30 devices.
  const TuningDraw& first = seed.draws.front();
  EXPECT_EQ(first.steps.size(), first.pulses());
  EXPECT_NEAR(first.steps.back().second, first.seconds(), 2 * device_.array.readTime.value);
  ASSERT_EQ(first.afterDevice.size(), 31U);
  EXPECT_NEAR(first.afterDevice.back(), first.accuracy[0], 1e-12);
  EXPECT_TRUE(seed.draws[1].steps.empty());
}

TEST_F(TargetTuning, DrawsDifferAndRepeat) {
  config_.draws = 2;
  const TuningSeed once = runTuning(config_, device_, 2, false),
                   again = runTuning(config_, device_, 2, false);
  EXPECT_EQ(once.draws[1].pulses(), again.draws[1].pulses());
  EXPECT_EQ(once.draws[1].first.readJ, again.draws[1].first.readJ);
  EXPECT_NE(once.draws[0].first.readJ, once.draws[1].first.readJ);
}

TEST_F(TargetTuning, ConductanceErrorsCostAccuracyAndNotTheTuning) {
  config_.draws = 20;
  const auto mean = [&] {
    double sum = 0.0;
    const TuningSeed seed = runTuning(config_, device_, 3, false);
    for (const TuningDraw& draw : seed.draws) {
      EXPECT_EQ(draw.unreached(), 0U);
      sum += draw.accuracy[0] / 20.0;
    }
    return sum;
  };
  const double exact = mean();
  config_.errorOfG = 0.3;
  const double ofG = mean();
  config_.errorOfG = 0.0;
  config_.errorOfRange = 0.3;
  const double ofRange = mean();
  EXPECT_LT(ofG, exact - 0.005);
  EXPECT_LT(ofRange, ofG);  // small conductances err as much as large ones
  EXPECT_GT(ofRange, 0.5);
}

TEST_F(TargetTuning, AnAgedNetworkHasForgotten) {
  device_.device.mms.holdBelow = Volts{0.0};
  device_.array.readTime = Seconds{50e-9};
  const double fresh = runTuning(config_, device_, 4, false).draws[0].accuracy[0];
  config_.age = Seconds{10.0};
  EXPECT_LT(runTuning(config_, device_, 4, false).draws[0].accuracy[0], fresh - 0.05);
}

TEST_F(TargetTuning, RefusesWhatItCannotTune) {
  EXPECT_EQ(refusal(), "accepted");
  config_.testFlips = {0.1, 0.6};
  EXPECT_THAT(refusal(), testing::HasSubstr("test.flips: 0.6: must be from 0 to 0.5"));
  config_.testFlips = {0.1};
  config_.software.hidden = 17;
  EXPECT_THAT(refusal(), testing::HasSubstr("larger than the array, array.rows = 16"));
  config_.software.error.ofG = 0.1;
  config_.software.hidden = 11;
  EXPECT_THAT(refusal(), testing::HasSubstr("must be at most 10"));
  config_.software.hidden = 3;
  device_.device.ratedVoltage = Volts{0.3};  // largest_voltage is 0.8 V
  EXPECT_THAT(refusal(), testing::HasSubstr("rated_voltage"));
  device_.device = DeviceConfig{};
  EXPECT_THAT(refusal(), testing::HasSubstr("law"));
}

}  // namespace
}  // namespace crosstile::learning
