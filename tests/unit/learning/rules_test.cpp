// SPDX-License-Identifier: Apache-2.0
// Update rules, each against what it says: pulses on an ideal array, computed here by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.h"
#include "workloads/learning/learning_network.h"

namespace crosstile::learning {
namespace {

constexpr float kStep = 0.001F;

/// Reads rows without converters or noise.
class PlainReader final : public RowReader {
 public:
  void readRow(const StepCells& cells, std::size_t row, std::uint64_t, std::vector<float>& out) override {
    ++reads;
    out.assign(cells.weights() + row * cells.stride(),
               cells.weights() + row * cells.stride() + cells.columns());
  }
  int reads = 0;
};

struct Bench {
  explicit Bench(const std::string& rule, const std::string& device = "ideal") {
    config.device = config.fastDevice = stepDevice(device);
    config.rule.name = rule;
  }
  void start(std::size_t rows, std::size_t columns) {
    weights = std::make_unique<StepCells>(config.device, rows, columns, owner);
    made = makeRule(config, rows, columns, owner);
  }
  void apply(const std::vector<float>& x, const std::vector<float>& delta) {
    made->apply(*weights, {x, delta, 1.0, index++}, reader, activity);
  }
  LearningConfig config;
  StreamOwner owner{9, 0, 0, 0, 0};
  std::unique_ptr<StepCells> weights;
  std::unique_ptr<UpdateRule> made;
  PlainReader reader;
  Activity activity;
  std::uint64_t index = 0;
};

TEST(FloatRule, AddsRateTimesInputTimesError) {
  Bench b("float");
  b.config.rule.rate = 0.5;
  b.start(2, 2);
  b.apply({1.0F, -0.5F}, {0.25F, 0.0F});
  EXPECT_FLOAT_EQ(b.weights->weight(0, 0), 0.125F);
  EXPECT_FLOAT_EQ(b.weights->weight(1, 0), -0.0625F);
  EXPECT_EQ(b.weights->weight(0, 1), 0.0F);
  EXPECT_EQ(b.activity.weights.total(), 0U);
}

TEST(DeltaRule, GivesTheNearestNumberOfPulses) {
  Bench b("delta");
  b.config.rule.rate = 0.01;
  b.config.rule.mostPulses = 5;
  b.start(3, 2);
  b.apply({1.0F, -0.5F, 0.04F}, {0.26F, -2.0F});  // steps: 2.6 -20; -1.3 10; 0.1 -0.8
  EXPECT_NEAR(b.weights->weight(0, 0), 3 * kStep, 1e-7);
  EXPECT_NEAR(b.weights->weight(0, 1), -5 * kStep, 1e-7);
  EXPECT_NEAR(b.weights->weight(1, 0), -1 * kStep, 1e-7);
  EXPECT_NEAR(b.weights->weight(1, 1), 5 * kStep, 1e-7);
  EXPECT_EQ(b.weights->weight(2, 0), 0.0F);
  EXPECT_NEAR(b.weights->weight(2, 1), -1 * kStep, 1e-7);
  EXPECT_EQ(b.activity.weights.up, 8U);
  EXPECT_EQ(b.activity.weights.down, 7U);
  EXPECT_EQ(b.activity.pulseSlots, (3U + 5U) + (5U + 1U) + 1U);  // word lines in turn, up then down
}

TEST(DeltaRule, RoundedAtRandomIsRightOnAverage) {
  Bench b("delta");
  b.config.rule.rate = 0.01;
  b.config.rule.stochasticRounding = true;
  b.start(1, 1);
  constexpr int kUpdates = 4000;
  for (int n = 0; n < kUpdates / 2; ++n) {
    b.apply({1.0F}, {0.03F});  // 0.3 of a step
    b.apply({1.0F}, {-0.01F});
  }
  const double sd = std::sqrt(kUpdates / 2 * (0.3 * 0.7 + 0.1 * 0.9));
  EXPECT_NEAR(b.weights->weight(0, 0) / kStep, kUpdates / 2 * 0.2, 4 * sd);
}

TEST(SignRule, PulsesOncePastBothThresholds) {
  Bench b("sign");
  b.config.rule.inputThreshold = 0.5;
  b.config.rule.errorThreshold = 0.1;
  b.start(3, 3);
  b.apply({0.5F, 0.4F, -1.0F}, {0.1F, -0.7F, 0.05F});
  const float expected[3][3] = {{1, -1, 0}, {0, 0, 0}, {-1, 1, 0}};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j)
      EXPECT_NEAR(b.weights->weight(i, j), expected[i][j] * kStep, 1e-8) << i << j;
  }
  EXPECT_EQ(b.activity.pulseSlots, 2U);
  EXPECT_EQ(b.activity.linePulses, 2U * 2U + 2U);
}

TEST(OuterProductRule, MovesWeightsByTheGradientOnAverage) {
  Bench b("outer_product", "constant");
  b.config.device.dwMinD2d = 0.0;
  b.config.device.upDownD2d = 0.0;
  b.config.rule.rate = 0.001;
  b.start(40, 40);
  const std::vector<float> x(40, 0.8F), delta(40, -0.5F);
  for (int n = 0; n < 100; ++n) b.apply(x, delta);
  double mean = 0.0;
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t j = 0; j < 40; ++j) mean += b.weights->weight(i, j) / 1600.0;
  }
  EXPECT_NEAR(mean, 100 * 0.001 * 0.8 * -0.5, 0.03 * 0.04);
  EXPECT_EQ(b.activity.weights.up, 0U);
  EXPECT_GT(b.activity.weights.down, 0U);
}

TEST(TikiTakaV2, BuffersWhatItReadsAndPulsesWholeSteps) {
  Bench b("tiki_taka_v2");
  b.config.rule.fastRate = 0.032;  // one train of 32 certain slots: A += 32 steps
  b.config.rule.trainLength = 32;
  b.config.rule.rate = 0.02;
  b.start(2, 1);
  b.apply({1.0F, 0.0F}, {1.0F});  // A[0] = 0.032; H[0] = 0.02 x 0.032/0.001 = 0.64
  EXPECT_EQ(b.activity.fast.up, 32U);
  EXPECT_EQ(b.weights->weight(0, 0), 0.0F);
  b.apply({1.0F, 0.0F}, {1.0F});  // line 1's turn: nothing there
  EXPECT_EQ(b.activity.weights.total(), 0U);
  b.apply({1.0F, 0.0F}, {1.0F});  // A[0] = 0.096; H[0] = 0.64 + 1.92: two pulses, 0.56 stay
  EXPECT_NEAR(b.weights->weight(0, 0), 2 * kStep, 1e-8);
  b.apply({0.0F, 0.0F}, {0.0F});
  b.apply({0.0F, 0.0F}, {0.0F});  // H[0] = 0.56 + 1.92: two more
  EXPECT_NEAR(b.weights->weight(0, 0), 4 * kStep, 1e-8);
  EXPECT_EQ(b.weights->weight(1, 0), 0.0F);
  EXPECT_EQ(b.activity.digitalWrites, 5U);
  EXPECT_EQ(b.reader.reads, 5);
}

TEST(TikiTaka, TransfersTheLineInTurnEverySoManySamples) {
  Bench b("tiki_taka");
  b.config.rule.fastRate = 0.031;
  b.config.rule.rate = 1.0;
  b.config.rule.transferEvery = 3;
  b.start(2, 1);
  b.apply({1.0F, 1.0F}, {1.0F});
  b.apply({0.0F, 0.0F}, {0.0F});
  EXPECT_EQ(b.weights->weight(0, 0), 0.0F);
  b.apply({0.0F, 0.0F}, {0.0F});  // C[0] += 1.0 x A[0] = 31 steps: a train of certain slots
  EXPECT_NEAR(b.weights->weight(0, 0), 0.031F, 1e-6);
  EXPECT_EQ(b.weights->weight(1, 0), 0.0F);
  for (int n = 0; n < 3; ++n) b.apply({0.0F, 0.0F}, {0.0F});
  EXPECT_NEAR(b.weights->weight(1, 0), 0.031F, 1e-6);
  EXPECT_EQ(b.reader.reads, 2);
}

TEST(TikiTaka, ItsFastArrayIsReadAlongWithItsShare) {
  Bench b("tiki_taka");
  b.config.rule.fastShare = 0.25;
  b.start(2, 1);
  ASSERT_NE(b.made->readAlong(), nullptr);
  EXPECT_EQ(b.made->share(), 0.25F);
  b.config.rule.fastShare = 0.0;
  b.start(2, 1);
  EXPECT_EQ(b.made->readAlong(), nullptr);
}

/// With asymmetric cells plain stochastic pulses drift to the symmetry point when gradients cancel; a
/// zero-shifted fast array transfers nothing then.
TEST(TikiTaka, HoldsWeightsWhereAsymmetricPulsesAloneDrift) {
  const auto settle = [](const std::string& rule) {
    Bench b(rule, "reram_es");
    b.config.device.c2c = b.config.device.writeNoise = 0.0;
    b.config.device.dwMinD2d = b.config.device.upDownD2d = b.config.device.wMaxD2d = b.config.device.wMinD2d =
        0.0;
    b.config.fastDevice = b.config.device;
    b.config.rule.rate = b.config.rule.fastRate = 0.02;
    b.start(4, 4);
    b.weights->set(std::vector<float>(16, 0.5F));
    for (int n = 0; n < 3000; ++n)
      b.apply(std::vector<float>(4, 1.0F), std::vector<float>(4, n % 2 == 0 ? 0.5F : -0.5F));
    return b.weights->weight(0, 0);
  };
  EXPECT_LT(settle("outer_product"), 0.0F);
  EXPECT_NEAR(settle("tiki_taka_v2"), 0.5F, 0.05F);
}

TEST(Rules, UnknownOnesAreRefusedWithTheKnownOnes) {
  Bench b("outer");
  try {
    b.start(1, 1);
    FAIL();
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(),
                testing::AllOf(testing::HasSubstr("outer_product"), testing::HasSubstr("tiki_taka_v2")));
  }
}

}  // namespace
}  // namespace crosstile::learning
