// SPDX-License-Identifier: Apache-2.0
// Small emulators, trained in seconds, against the models that they have to beat.
#include "models/emulator/emulator_training.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "models/base/error.h"
#include "models/emulator/evaluation.h"
#include "support.h"

namespace crosstile {
namespace {

using test::solvedSamples;
using test::technology;

std::shared_ptr<const Emulator> trained(const EmulatorTechnology& t, TrainingConfig config,
                                        const std::vector<EmulatorSample>& samples) {
  EmulatorTraining training(t, config, samples);
  while (!training.finished()) training.runEpoch();
  return std::make_shared<Emulator>(training.emulator());
}

TEST(EmulatorTraining, ResidualOf16x16IsFarBelowTheLinearModels) {
  const EmulatorTechnology t = technology(16, 16);
  const auto samples = solvedSamples(t, DrawSet::training, 40, 24);
  const auto emulator = trained(t, {EmulatorKind::residual, 0, 20, 0.0, 1}, samples);
  const Evaluation e = evaluate(emulator, solvedSamples(t, DrawSet::test, 20, 24));
  EXPECT_GT(e.count, 5000U);
  EXPECT_LT(e.of("emulator").ratio.rmse, 5e-5);
  EXPECT_LT(e.of("emulator").ratio.largest, 1e-3);
  EXPECT_LT(e.of("emulator").current.rmse, 0.01 * e.of("predistorted_fitted").current.rmse + 1e-5);
  EXPECT_TRUE(e.beatsPredistortion());
  EXPECT_LT(e.of("predistorted_fitted").ratio.rmse, e.of("predistorted").ratio.rmse);
  EXPECT_LT(e.of("predistorted").ratio.rmse, e.of("linear").ratio.rmse);
  // What the simple models miss at 0.5 V, from sinh(1) and the source resistance.
  EXPECT_NEAR(e.of("linear").ratio.rmse, 0.076, 0.01);
}

TEST(EmulatorTraining, GeniexLearnsFromConductancesAndVoltages) {
  const EmulatorTechnology t = technology(8, 8);
  const auto samples = solvedSamples(t, DrawSet::training, 400, 16);
  const auto test = solvedSamples(t, DrawSet::test, 20, 16);
  const auto start = evaluate(trained(t, {EmulatorKind::geniex, 64, 1, 1e-6, 1}, samples), test);
  const auto end = evaluate(trained(t, {EmulatorKind::geniex, 64, 30, 0.0, 1}, samples), test);
  EXPECT_LT(end.of("emulator").ratio.rmse, 0.5 * start.of("emulator").ratio.rmse);
  EXPECT_LT(end.of("emulator").ratio.rmse, 0.5 * end.of("linear").ratio.rmse);
}

TEST(EmulatorTraining, AnEmulatorThatKnowsNothingIsCalledThat) {
  const EmulatorTechnology t = technology(8, 8);
  const auto e = test::untrained(EmulatorKind::geniex, t);
  EXPECT_FALSE(evaluate(e, solvedSamples(t, DrawSet::test, 4, 8)).beatsPredistortion());
}

class SameBits : public ::testing::TestWithParam<EmulatorKind> {
 protected:
  const EmulatorTechnology t = technology(8, 8);
  const std::vector<EmulatorSample> samples = solvedSamples(t, DrawSet::training, 24, 8);
  TrainingConfig config{GetParam(), 16, 6, 0.0, 3};
};
INSTANTIATE_TEST_SUITE_P(EmulatorTraining, SameBits,
                         ::testing::Values(EmulatorKind::geniex, EmulatorKind::residual),
                         [](const auto& info) { return std::string(nameOf(info.param)); });

TEST_P(SameBits, WithAnyNumberOfThreads) {
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return trained(t, config, samples)->network.parameters();
  };
  EXPECT_EQ(run(1), run(4));
}

TEST_P(SameBits, AfterAnInterruption) {
  EmulatorTraining first(t, config, samples);
  first.runEpoch();
  first.runEpoch();
  EmulatorTraining second(t, config, samples);
  second.restore(first.save());
  EXPECT_EQ(second.epoch(), 2);
  while (!second.finished()) second.runEpoch();
  EXPECT_EQ(second.emulator().network.parameters(), trained(t, config, samples)->network.parameters());
  EXPECT_THROW(second.restore("x"), BadInput);
}

TEST_P(SameBits, OnlyForTheSameSeed) {
  TrainingConfig other = config;
  other.seed = 4;
  EXPECT_NE(trained(t, config, samples)->network.parameters(),
            trained(t, other, samples)->network.parameters());
}

TEST(Draws, HaveTheirDensities) {
  EmulatorTechnology t = technology(32, 32);
  t.referenceColumn = 5;
  DrawPlan plan;
  plan.technology = t;
  plan.vectors = 4;
  double active = 0.0, driven = 0.0;
  constexpr int kMatrices = 300;
  for (std::uint32_t m = 0; m < kMatrices; ++m) {
    const EmulatorSample s = drawSample(plan, m);
    for (std::size_t c = 0; c < s.conductance.size(); ++c) {
      const double level = (s.conductance[c] - 1e-5 / 6.0) / (1e-5 * 5.0 / 18.0);
      EXPECT_NEAR(level, std::round(level), 1e-9);
      if (c % 32 == 5) {
        EXPECT_EQ(level, 0.0);
      }
      active += level > 0.5 ? 1.0 : 0.0;
    }
    for (Eigen::Index k = 0; k < s.voltages.size(); ++k) driven += s.voltages.data()[k] > 0.0 ? 1.0 : 0.0;
  }
  EXPECT_NEAR(active / kMatrices / (32.0 * 31.0), 0.5, 0.06);  // mean of U(0, 1), +- 3.5 deviations
  EXPECT_NEAR(driven / kMatrices / 128.0, 0.5, 0.03);
}

TEST(Draws, DependOnSetSeedAndMatrixAlone) {
  DrawPlan plan;
  plan.technology = technology(8, 8);
  const EmulatorSample a = drawSample(plan, 7);
  EXPECT_EQ(a.voltages, drawSample(plan, 7).voltages);
  EXPECT_NE(a.conductance, drawSample(plan, 8).conductance);
  DrawPlan test = plan, other = plan;
  test.set = DrawSet::test;
  other.seed = 2;
  EXPECT_NE(a.conductance, drawSample(test, 7).conductance);
  EXPECT_NE(a.conductance, drawSample(other, 7).conductance);
}

}  // namespace
}  // namespace crosstile
