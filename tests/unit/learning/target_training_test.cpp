// SPDX-License-Identifier: Apache-2.0
// Software training of the comparators: decisions by hand, how near it comes to the Bayes limit, ranges, what
// training under errors is for.
#include "workloads/learning/target_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace crosstile::learning {
namespace {

TEST(ThresholdWeights, DecideAsComparatorsDo) {
  // One neuron looks at the first pixel alone, the other at the last; the first one counts twice.
  ThresholdWeights w{2, 0.5, std::vector<double>(18, 0.0), {1.0, -0.5}};
  w.first[0] = 1.0;           // pixel 0 to neuron 0
  w.first[8 * 2 + 1] = -0.4;  // pixel 8 to neuron 1: never beyond the threshold
  EXPECT_EQ(w.decide(0b100000000), 1.0);
  EXPECT_EQ(w.decide(0b000000001), 0.0);
  EXPECT_EQ(w.decide(0b000000000), 0.0);
  w.second = {0.5, 0.5};
  EXPECT_EQ(w.decide(0b100000000), 0.5);  // one for, one against
  w.first[0] = 0.5;                       // just the threshold: that neuron has nothing to compare
  EXPECT_EQ(w.decide(0b100000000), 0.0);
}

class Trained : public testing::TestWithParam<double> {};

TEST_P(Trained, ComesNearTheBayesLimit) {
  for (const char* name : {"X/O", "T/X"}) {
    SoftwareTraining config;
    config.flips = GetParam();
    const PatternTask task = patternTask(name);
    const SoftwareResult result = trainTargets(task, config, 3);
    EXPECT_EQ(result.accuracy.size(), 300U);
    EXPECT_GT(result.accuracy.back(), bayesLimit(oddsOf(task, config.flips)) - 0.005) << name;
    EXPECT_EQ(result.accuracy.back(),
              accuracyOf(oddsOf(task, config.flips), [&](unsigned i) { return result.weights.decide(i); }));
  }
}
INSTANTIATE_TEST_SUITE_P(Flips, Trained, testing::Values(0.05, 0.1, 0.15));

TEST(TrainTargets, WeightsWithoutThresholdUseTheWholeRange) {
  const SoftwareResult result = trainTargets(patternTask("X/O"), {}, 1);
  const auto largest = [](auto begin, auto end) {
    return std::abs(
        *std::max_element(begin, end, [](double a, double b) { return std::abs(a) < std::abs(b); }));
  };
  for (std::size_t j = 0; j < 3; ++j) {
    std::vector<double> neuron;
    for (std::size_t i = 0; i < kPixels; ++i) neuron.push_back(result.weights.first[3 * i + j]);
    EXPECT_EQ(largest(neuron.begin(), neuron.end()), 1.0);
  }
  EXPECT_EQ(largest(result.weights.second.begin(), result.weights.second.end()), 1.0);
}

TEST(TrainTargets, RepeatsBySeed) {
  SoftwareTraining config;
  config.epochs = 40;
  const auto weights = [&](std::uint64_t seed) {
    return trainTargets(patternTask("T/X"), config, seed).weights.first;
  };
  EXPECT_EQ(weights(2), weights(2));
  EXPECT_NE(weights(2), weights(3));
}

/// TL/XO under errors of 10 % of the range: weights trained for it lose less than those that weren't, and end
/// higher; they stay within -1 to 1.
TEST(TrainTargets, UnderErrorsKeepsMoreOfTheAccuracy) {
  const PatternTask task = patternTask("TL/XO");
  const ImageOdds odds = oddsOf(task, 0.1);
  SoftwareTraining plain;
  plain.threshold = 1.0;
  plain.weightNoise = 0.0;
  plain.restarts = 6;
  SoftwareTraining robust = plain;
  robust.rate = 0.05;
  robust.epochs = 400;
  robust.restarts = 12;
  robust.error = {0.0, 0.1, 1.3};
  const ExpectedAccuracy underErrors(odds, 3, 1.0, robust.error);
  struct Figures {
    double without, with;
  };
  const auto figures = [&](const SoftwareTraining& config) {
    const SoftwareResult r = trainTargets(task, config, 1);
    std::vector<double> w = r.weights.first, gradient;
    w.insert(w.end(), r.weights.second.begin(), r.weights.second.end());
    for (const double v : w) EXPECT_LE(std::abs(v), 1.0);
    return Figures{r.accuracy.back(), underErrors.at(w, 1.0, gradient)};
  };
  const Figures a = figures(plain), b = figures(robust);
  EXPECT_GT(b.with, a.with + 0.01);
  EXPECT_GT(b.with, 0.94);
  EXPECT_LT(b.without - b.with, 0.013);
  EXPECT_GT(a.without - a.with, 0.02);
}

}  // namespace
}  // namespace crosstile::learning
