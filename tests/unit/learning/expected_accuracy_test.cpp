// SPDX-License-Identifier: Apache-2.0
// The exact mean accuracy under conductance errors: against drawn errors, its gradient against differences.
#include "workloads/learning/expected_accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "models/base/error.h"
#include "models/base/random.h"
#include "workloads/learning/target_training.h"

namespace crosstile::learning {
namespace {

std::vector<double> weightsOf(int hidden, std::uint64_t seed) {
  const RandomStream stream({seed, 0, 0, 0, 0}, Purpose::sampling);
  std::vector<double> w;
  for (int i = 0; i < (kPixels + 1) * hidden; ++i)
    w.push_back(1.8 * stream.uniform(static_cast<std::uint64_t>(i)) - 0.9);
  return w;
}

/// Accuracy with weights as they are.
double exactly(const ImageOdds& odds, const std::vector<double>& w, int hidden, double threshold) {
  ThresholdWeights weights{
      hidden, threshold, {w.begin(), w.begin() + kPixels * hidden}, {w.begin() + kPixels * hidden, w.end()}};
  return accuracyOf(odds, [&](unsigned image) { return weights.decide(image); });
}

class UnderErrors : public testing::TestWithParam<WeightError> {
 protected:
  const ImageOdds odds_ = oddsOf(patternTask("TL/XO"), 0.1);
};

TEST_P(UnderErrors, IsTheMeanOfDrawnErrors) {
  const WeightError error = GetParam();
  const std::vector<double> w = weightsOf(3, 4);
  std::vector<double> gradient;
  const double mean = ExpectedAccuracy(odds_, 3, 0.8, error).at(w, 1.0, gradient);
  const RandomStream stream({7, 0, 0, 0, 0}, Purpose::programmingError);
  double sum = 0.0, square = 0.0;
  constexpr int kDraws = 4000;
  for (int k = 0; k < kDraws; ++k) {
    std::vector<double> noisy = w;
    for (std::size_t i = 0; i < w.size(); ++i)
      noisy[i] += std::hypot(error.ofG * (w[i] + error.reference), 2.0 * error.ofRange) *
                  stream.normal(w.size() * static_cast<std::uint64_t>(k) + i);
    const double a = exactly(odds_, noisy, 3, 0.8);
    sum += a, square += a * a;
  }
  const double drawn = sum / kDraws, sd = std::sqrt(square / kDraws - drawn * drawn);
  EXPECT_GT(sd, 0.01);  // errors count
  EXPECT_NEAR(mean, drawn, 3.5 * sd / std::sqrt(kDraws));
}

TEST_P(UnderErrors, GradientIsThatOfDifferences) {
  const ExpectedAccuracy accuracy(odds_, 3, 1.0, GetParam());
  std::vector<double> w = weightsOf(3, 5), gradient, ignored;
  accuracy.at(w, 1.5, gradient);
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double at = w[i];
    w[i] = at + kStep;
    const double up = accuracy.at(w, 1.5, ignored);
    w[i] = at - kStep;
    const double down = accuracy.at(w, 1.5, ignored);
    w[i] = at;
    EXPECT_NEAR(gradient[i], (up - down) / (2 * kStep), 1e-8) << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Errors, UnderErrors,
                         testing::Values(WeightError{0.1, 0.0, 1.3}, WeightError{0.0, 0.1, 1.3},
                                         WeightError{0.15, 0.05, 1.3}),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "ofG" : info.index == 1 ? "ofRange" : "both");
                         });

TEST(ExpectedAccuracyTest, SmallErrorsLeaveTheAccuracyOfTheWeights) {
  for (const int hidden : {1, 2, 5}) {
    const ImageOdds odds = oddsOf(patternTask("T/X"), 0.1);
    const std::vector<double> w = weightsOf(hidden, 9);
    std::vector<double> gradient;
    const double mean = ExpectedAccuracy(odds, hidden, 0.7, {0.0, 1e-7, 1.3}).at(w, 1.0, gradient);
    EXPECT_NEAR(mean, exactly(odds, w, hidden, 0.7), 1e-6);
  }
}

TEST(ExpectedAccuracyTest, RefusesNoErrorAndTooManyNeurons) {
  const ImageOdds odds = oddsOf(patternTask("X/O"), 0.1);
  EXPECT_THROW(ExpectedAccuracy(odds, 3, 0.0, {}), BadInput);
  EXPECT_THROW(ExpectedAccuracy(odds, 11, 0.0, {0.1, 0.0, 1.3}), BadInput);
}

}  // namespace
}  // namespace crosstile::learning
