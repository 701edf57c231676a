// SPDX-License-Identifier: Apache-2.0
// The 3x3 tasks: probabilities, the Bayes limit against binomials worked out by hand, exact accuracy.
#include "workloads/learning/pattern_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "models/base/error.h"
#include "models/base/random.h"

namespace crosstile::learning {
namespace {

double sumOf(const std::array<double, kImages>& odds) {
  return std::accumulate(odds.begin(), odds.end(), 0.0);
}

TEST(PatternTask, ClassesAreEquallyLikelyAndWithoutFlipsOnlyPrototypesAppear) {
  for (const std::string& name : patternTaskNames()) {
    const PatternTask task = patternTask(name);
    for (const double flips : {0.0, 0.1, 0.5}) {
      const ImageOdds odds = oddsOf(task, flips);
      EXPECT_NEAR(sumOf(odds.first), 0.5, 1e-12);
      EXPECT_NEAR(sumOf(odds.second), 0.5, 1e-12);
    }
    const ImageOdds clean = oddsOf(task, 0.0);
    for (const unsigned prototype : task.first)
      EXPECT_EQ(clean.first[prototype], 0.5 / static_cast<double>(task.first.size()));
    EXPECT_EQ(bayesLimit(clean), 1.0);
    EXPECT_NEAR(bayesLimit(oddsOf(task, 0.5)), 0.5, 1e-12);  // nothing is left of the prototypes
  }
}

TEST(PatternTask, AnImagesProbabilityIsThatOfItsFlips) {
  // X with its first pixel flipped, and O with the pixels flipped in which they differ.
  const ImageOdds odds = oddsOf(patternTask("X/O"), 0.1);
  EXPECT_NEAR(odds.first[0b001010101], 0.5 * 0.1 * std::pow(0.9, 8), 1e-15);
  EXPECT_NEAR(odds.second[0b001010101], 0.5 * std::pow(0.1, 6) * std::pow(0.9, 3), 1e-15);
}

/// Between two prototypes that differ in d pixels the likelier one is the nearer one: what is lost is the
/// probability of more than d/2 flips among the d, and half of that of d/2.
TEST(PatternTask, BayesLimitOfTwoPrototypesIsABinomialTail) {
  const auto limit = [](int d, double flips) {
    double right = 0.0;
    for (int k = 0; 2 * k <= d; ++k) {
      const double ways = std::exp(std::lgamma(d + 1) - std::lgamma(k + 1) - std::lgamma(d - k + 1));
      right += (2 * k == d ? 0.5 : 1.0) * ways * std::pow(flips, k) * std::pow(1.0 - flips, d - k);
    }
    return right;
  };
  for (const double flips : {0.05, 0.1, 0.15, 0.3}) {
    EXPECT_NEAR(bayesLimit(oddsOf(patternTask("X/O"), flips)), limit(5, flips), 1e-12);
    EXPECT_NEAR(bayesLimit(oddsOf(patternTask("T/X"), flips)), limit(4, flips), 1e-12);
  }
}

TEST(PatternTask, NoDecisionIsBetterThanTheBayesLimitAndTheLikelierClassReachesIt) {
  const RandomStream stream({1, 0, 0, 0, 0}, Purpose::sampling);
  for (const std::string& name : patternTaskNames()) {
    const ImageOdds odds = oddsOf(patternTask(name), 0.1);
    EXPECT_EQ(accuracyOf(odds, [&](unsigned i) { return odds.first[i] > odds.second[i] ? 1.0 : 0.0; }),
              bayesLimit(odds));
    EXPECT_NEAR(accuracyOf(odds, [](unsigned) { return 1.0; }), 0.5, 1e-12);
    EXPECT_NEAR(accuracyOf(odds, [](unsigned) { return 0.5; }), 0.5, 1e-12);
    for (std::uint64_t k = 0; k < 20; ++k)
      EXPECT_LT(
          accuracyOf(odds, [&](unsigned i) { return stream.uniform(i + kImages * k) < 0.5 ? 1.0 : 0.0; }),
          bayesLimit(odds));
  }
}

TEST(PatternTask, UnknownNamesAreRefusedWithTheKnownOnes) {
  try {
    patternTask("A/B");
    FAIL() << "accepted";
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("must be one of X/O, T/X, TL/XO"));
  }
}

}  // namespace
}  // namespace crosstile::learning
