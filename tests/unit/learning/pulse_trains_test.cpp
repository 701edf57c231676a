// SPDX-License-Identifier: Apache-2.0
// Stochastic pulse trains: expected change of every cell, signs, the shortest train that does, counts of
// lines and slots.
#include "workloads/learning/pulse_trains.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace crosstile::learning {
namespace {

StreamOwner owner() {
  return {11, 0, 0, 0, 0};
}

/// Mean number of coincidences of every cell over many updates, rows x columns.
std::vector<double> meanCounts(PulseTrains& trains, const std::vector<float>& x,
                               const std::vector<float>& delta, double rate, double step, int updates) {
  std::vector<double> mean(x.size() * delta.size());
  std::vector<CellPulses> cells;
  for (int u = 0; u < updates; ++u) {
    trains.draw(x, delta, rate, step, static_cast<std::uint64_t>(u));
    trains.coincidences(delta.size(), cells);
    for (const CellPulses& p : cells) mean[p.cell] += static_cast<double>(p.count) / updates;
  }
  return mean;
}

struct Case {
  bool updateManagement, lengthManagement;
};
class ExpectedChange : public testing::TestWithParam<Case> {};

TEST_P(ExpectedChange, IsRateTimesInputTimesErrorOverTheStep) {
  const std::vector<float> x{1.0F, 0.25F, 0.0F, -0.6F}, delta{0.5F, -0.125F, 0.0F};
  constexpr double kRate = 0.01, kStep = 0.001;
  constexpr int kUpdates = 40000;
  PulseTrains trains({31, GetParam().updateManagement, GetParam().lengthManagement}, owner());
  const std::vector<double> mean = meanCounts(trains, x, delta, kRate, kStep, kUpdates);
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < delta.size(); ++j) {
      const double expected = kRate * x[i] * delta[j] / kStep;
      // A count is binomial, its variance at most its mean; 16-bit probabilities add 2^-15 of relative error.
      const double tolerance = 4.0 * std::sqrt(std::abs(expected) / kUpdates) + 1e-3 * std::abs(expected);
      EXPECT_NEAR(mean[i * delta.size() + j], expected, tolerance) << i << " " << j;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Managements, ExpectedChange,
                         testing::Values(Case{false, false}, Case{true, false}, Case{false, true},
                                         Case{true, true}));

TEST(PulseTrains, AreNoLongerThanTheLargestChangeAsksFor) {
  PulseTrains trains({31, true, true}, owner());
  const std::vector<float> x{0.5F}, delta{0.5F};
  trains.draw(x, delta, 0.0159, 0.001, 0);  // 3.975 steps
  EXPECT_EQ(trains.slots(), 4);
  trains.draw(x, delta, 0.0001, 0.001, 0);
  EXPECT_EQ(trains.slots(), 1);
  trains.draw(x, delta, 10.0, 0.001, 0);
  EXPECT_EQ(trains.slots(), 31);
}

TEST(PulseTrains, ThatAreCertainMeetInEverySlot) {
  PulseTrains trains({32, true, false}, owner());
  std::vector<CellPulses> cells;
  trains.draw(std::vector<float>{1.0F, -1.0F}, std::vector<float>{1.0F}, 1.0, 0.001, 5);
  trains.coincidences(16, cells);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].count, 32);
  EXPECT_EQ(cells[1].count, -32);
  EXPECT_EQ(cells[1].cell, 16U);
  Activity activity;
  trains.count(activity);
  EXPECT_EQ(activity.pulseSlots, 64U);            // an up and a down phase
  EXPECT_EQ(activity.linePulses, 2 * 64U + 32U);  // word lines in both, the bit line in one
}

TEST(PulseTrains, OfNothingTakeNothing) {
  PulseTrains trains({31, true, true}, owner());
  std::vector<CellPulses> cells{{1, 1}};
  trains.draw(std::vector<float>{0.0F, 0.0F}, std::vector<float>{0.5F}, 0.1, 0.001, 0);
  trains.coincidences(1, cells);
  EXPECT_TRUE(cells.empty());
  EXPECT_EQ(trains.slots(), 0);
}

}  // namespace
}  // namespace crosstile::learning
