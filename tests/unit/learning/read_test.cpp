// SPDX-License-Identifier: Apache-2.0
// Reads of a learning layer: products against plain loops in double on every instruction set, converters,
// noise, management.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "models/base/aligned.h"
#include "tests/unit/base/each_target.h"
#include "workloads/learning/learning_layer.h"
#include "workloads/learning/read_kernel.h"

namespace crosstile::learning {
namespace {

TEST(Products, EqualPlainLoopsAndEachOtherOnEveryInstructionSet) {
  constexpr std::size_t kRows = 37, kStride = 32;
  std::mt19937 draw(3);
  std::normal_distribution<float> normal;
  std::vector<float> w(kRows * kStride), x(kRows), d(kStride);
  for (auto* values : {&w, &x, &d}) {
    for (float& v : *values) v = normal(draw);
  }
  x[4] = 0.0F;
  std::vector<float> firstForward, firstBackward;
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    std::vector<float> forward(kStride, 0.5F), backward(kRows, 0.25F);
    addForward(w.data(), kRows, kStride, x.data(), 2.0F, forward.data());
    addBackward(w.data(), kRows, kStride, d.data(), 2.0F, backward.data());
    for (std::size_t j = 0; j < kStride; ++j) {
      double sum = 0.5;
      for (std::size_t i = 0; i < kRows; ++i) sum += 2.0 * x[i] * w[i * kStride + j];
      EXPECT_NEAR(forward[j], sum, 1e-4);
    }
    for (std::size_t i = 0; i < kRows; ++i) {
      double sum = 0.25;
      for (std::size_t j = 0; j < kStride; ++j) sum += 2.0 * d[j] * w[i * kStride + j];
      EXPECT_NEAR(backward[i], sum, 1e-4);
    }
    if (!hasFma(target)) continue;
    if (firstForward.empty()) {
      firstForward = forward;
      firstBackward = backward;
    }
    EXPECT_EQ(forward, firstForward);
    EXPECT_EQ(backward, firstBackward);
  }
}

LearningConfig config() {
  LearningConfig c;
  c.network.sizes = {3, 2};
  c.device = stepDevice("ideal");
  c.fastDevice = c.device;
  c.rule.name = "float";
  return c;
}
StreamOwner owner() {
  return {5, 0, 0, 0, 0};
}

/// y = W' (x, 1) in double.
std::vector<double> product(const LearningLayer& layer, const std::vector<double>& x) {
  std::vector<double> y(layer.outputs());
  for (std::size_t j = 0; j < y.size(); ++j) {
    for (std::size_t i = 0; i <= layer.inputs(); ++i)
      y[j] += (i < x.size() ? x[i] : 1.0) * layer.weights().weight(i, j);
  }
  return y;
}

TEST(Layer, ReadsForwardWithItsBiasLineAndBackwardWithout) {
  LearningLayer layer(config(), 3, 2, owner());
  const float x[3] = {0.5F, -0.25F, 1.0F}, delta[2] = {0.75F, -0.5F};
  float y[2], dx[3];
  layer.forward(x, {true, 0}, y);
  const std::vector<double> expected = product(layer, {0.5, -0.25, 1.0});
  for (int j = 0; j < 2; ++j) EXPECT_NEAR(y[j], expected[static_cast<std::size_t>(j)], 1e-6);
  layer.backward(delta, {true, 0}, dx);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(dx[i], 0.75 * layer.weights().weight(i, 0) - 0.5 * layer.weights().weight(i, 1), 1e-6);
  EXPECT_EQ(layer.activity().forwardReads, 1U);
  EXPECT_EQ(layer.activity().backwardReads, 1U);
  EXPECT_EQ(layer.activity().drivenLines, 4U + 2U);
  EXPECT_EQ(layer.activity().drivenCells, 4U * 2U + 2U * 4U);
  EXPECT_EQ(layer.activity().conversions, 2U + 4U);
}

TEST(Layer, ConvertsInputsAndOutputsToLevels) {
  LearningConfig c = config();
  c.read.inputBits = 3;  // -1, -2/3, ... 1
  c.read.outputBits = 4;
  c.read.outputBound = 2.1;
  LearningLayer layer(c, 3, 2, owner());
  const float x[3] = {0.3F, -0.9F, 5.0F};
  float y[2];
  layer.forward(x, {false, 0}, y);
  const std::vector<double> exact = product(layer, {1.0 / 3.0, -1.0, 1.0});
  for (std::size_t j = 0; j < 2; ++j) EXPECT_NEAR(y[j], std::round(exact[j] / 0.3) * 0.3, 1e-6);
  EXPECT_EQ(layer.activity().conversions, 0U);  // a test costs training nothing
}

TEST(Layer, NoiseManagementKeepsSmallErrorsAboveTheLevels) {
  LearningConfig c = config();
  c.read.inputBits = 7;
  c.read.outputBits = 9;
  c.read.outputBound = 4.0;
  const float delta[2] = {1e-4F, -0.5e-4F};
  float dx[3];
  LearningLayer plain(c, 3, 2, owner());
  plain.backward(delta, {true, 0}, dx);
  for (const float v : dx) EXPECT_EQ(v, 0.0F);
  c.read.noiseManagement = true;
  LearningLayer managed(c, 3, 2, owner());
  managed.backward(delta, {true, 0}, dx);
  for (std::size_t i = 0; i < 3; ++i) {
    const double exact = 1e-4 * managed.weights().weight(i, 0) - 0.5e-4 * managed.weights().weight(i, 1);
    EXPECT_NEAR(dx[i], exact, 1e-4 * (4.0 / 255.0 + 0.01));
  }
}

TEST(Layer, BoundManagementRepeatsReadsThatClip) {
  LearningConfig c = config();
  c.network.initialRange = 0.9;
  c.read.outputBound = 0.05;
  const float x[3] = {1.0F, 1.0F, 1.0F};
  float clipped[2], whole[2];
  LearningLayer plain(c, 3, 2, owner());
  plain.forward(x, {true, 0}, clipped);
  c.read.boundManagement = 10;
  LearningLayer managed(c, 3, 2, owner());
  managed.forward(x, {true, 0}, whole);
  const std::vector<double> exact = product(managed, {1.0, 1.0, 1.0});
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_LE(std::abs(clipped[j]), 0.0501F);
    EXPECT_NEAR(whole[j], exact[j], 1e-6);
  }
  EXPECT_GT(managed.activity().forwardReads, 2U);
}

/// Standard deviation of output 0 over many reads.
double deviation(LearningLayer& layer, bool training) {
  const float x[3] = {0.5F, -0.5F, 1.0F};
  double sum = 0.0, square = 0.0;
  constexpr int kReads = 20000;
  for (int n = 0; n < kReads; ++n) {
    float y[2];
    layer.forward(x, {training, static_cast<std::uint64_t>(n)}, y);
    sum += y[0];
    square += double{y[0]} * y[0];
  }
  return std::sqrt(std::max(square / kReads - sum / kReads * sum / kReads, 0.0));
}

TEST(Layer, NoiseHasItsDeviationAndTrainingsOnlyInTraining) {
  LearningConfig c = config();
  c.read.outputNoise = 0.03;
  c.read.weightNoise = 0.04;
  LearningLayer layer(c, 3, 2, owner());
  const double both = std::hypot(0.03, 0.04 * std::sqrt(0.25 + 0.25 + 1.0 + 1.0));
  EXPECT_NEAR(deviation(layer, true), both, 4 * both / std::sqrt(40000.0));
  EXPECT_NEAR(deviation(layer, false), 0.03, 4 * 0.03 / std::sqrt(40000.0));
  c.read.outputNoise = c.read.weightNoise = 0.0;
  c.read.inputNoise = 0.1;
  LearningLayer noisy(c, 3, 2, owner());
  double variance = 0.0;
  for (std::size_t i = 0; i < 4; ++i) variance += std::pow(0.1 * noisy.weights().weight(i, 0), 2);
  EXPECT_NEAR(deviation(noisy, true), std::sqrt(variance), 4 * std::sqrt(variance / 40000.0) + 1e-4);
  EXPECT_LT(deviation(noisy, false), 1e-4);
}

}  // namespace
}  // namespace crosstile::learning
