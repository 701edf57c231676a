// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/two_layer_trainer.h"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include <cmath>
#include <random>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// Groups with matrices of their own, some outputs without weight.
class TwoLayerTraining : public ::testing::Test {
 protected:
  static constexpr std::size_t kMatrix = 12, kInputs = 5, kHidden = 20, kOutputs = 3, kGroups = 5;

  TwoLayerTraining() {
    std::mt19937 random(11);
    std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
    const auto fill = [&](std::vector<float>& v, std::size_t n) {
      v.resize(n);
      for (float& x : v) x = uniform(random);
    };
    for (std::size_t g = 0; g < kGroups; ++g) {
      const std::size_t n = 3 + g;
      fill(matrix_[g], kMatrix);
      fill(x_[g], n * kInputs);
      fill(target_[g], n * kOutputs);
      fill(weight_[g], n * kOutputs);
      for (float& w : weight_[g]) w = std::max(0.0F, w);
      groups_.push_back({matrix_[g].data(), x_[g].data(), target_[g].data(), weight_[g].data(), n});
    }
  }
  static TwoLayerTrainer trainer(std::uint64_t seed = 1) {
    TwoLayerTrainer t(TwoLayerNetwork({kMatrix, kInputs, kHidden, kOutputs}));
    t.initialise(seed);
    return t;
  }
  /// The loss with plain loops in double.
  double lossOf(const TwoLayerNetwork& n) const {
    double loss = 0.0, weight = 0.0;
    for (const TrainingGroup& g : groups_) {
      for (std::size_t b = 0; b < g.count; ++b) {
        std::vector<double> hidden(kHidden);
        for (std::size_t h = 0; h < kHidden; ++h) {
          double sum = n.at(n.hiddenBias())[h];
          for (std::size_t m = 0; m < kMatrix; ++m)
            sum += double(g.matrix[m]) * double(n.at(n.matrixWeights())[m * n.hiddenStride() + h]);
          for (std::size_t i = 0; i < kInputs; ++i)
            sum += double(g.x[b * kInputs + i]) * double(n.at(n.inputWeights())[i * n.hiddenStride() + h]);
          hidden[h] = std::max(0.0, sum);
        }
        for (std::size_t o = 0; o < kOutputs; ++o) {
          double y = n.at(n.outputBias())[o];
          for (std::size_t h = 0; h < kHidden; ++h)
            y += hidden[h] * double(n.at(n.outputWeights())[h * n.outputStride() + o]);
          loss += double(g.weight[b * kOutputs + o]) * std::pow(y - double(g.target[b * kOutputs + o]), 2);
          weight += double(g.weight[b * kOutputs + o]);
        }
      }
    }
    return loss / weight;
  }

  std::vector<float> matrix_[kGroups], x_[kGroups], target_[kGroups], weight_[kGroups];
  std::vector<TrainingGroup> groups_;
};

TEST_F(TwoLayerTraining, GradientIsThatOfTheLoss) {
  TwoLayerTrainer t = trainer();
  AlignedVector<float> gradient;
  const double loss = t.gradient(groups_, gradient);
  EXPECT_NEAR(loss, lossOf(t.network()), 1e-5 * loss);
  TwoLayerNetwork moved = t.network();
  // Central differences of the loss in double, for every parameter that isn't padding.
  std::size_t checked = 0;
  double largest = 0.0;
  for (const float g : gradient) largest = std::max(largest, std::abs(double(g)));
  for (std::size_t p = 0; p < gradient.size(); ++p) {
    const float own = moved.parameters()[p], h = 1e-3F;
    moved.parameters()[p] = own + h;
    const double above = lossOf(moved);
    moved.parameters()[p] = own - h;
    const double below = lossOf(moved);
    moved.parameters()[p] = own;
    const double slope = (above - below) / (double(own + h) - double(own - h));
    EXPECT_NEAR(gradient[p], slope, 3e-3 * largest) << p;
    checked += slope != 0.0 ? 1 : 0;
  }
  EXPECT_GT(checked, (kMatrix + kInputs) * kHidden / 2);
}

TEST_F(TwoLayerTraining, LossFalls) {
  TwoLayerTrainer t = trainer();
  const double before = t.step(groups_, 1e-2);
  for (int i = 0; i < 300; ++i) t.step(groups_, 1e-2);
  EXPECT_LT(t.step(groups_, 1e-2), 0.05 * before);
}

TEST_F(TwoLayerTraining, PaddingStaysZero) {
  TwoLayerTrainer t = trainer();
  for (int i = 0; i < 10; ++i) t.step(groups_, 1e-2);
  const TwoLayerNetwork& n = t.network();
  for (std::size_t r = 0; r < kMatrix + kInputs + 1; ++r) {
    for (std::size_t h = kHidden; h < n.hiddenStride(); ++h) EXPECT_EQ(n.at(r * n.hiddenStride())[h], 0.0F);
  }
  for (std::size_t o = kOutputs; o < n.outputStride(); ++o) EXPECT_EQ(n.at(n.outputBias())[o], 0.0F);
}

TEST_F(TwoLayerTraining, ThreadsChangeNothing) {
  const auto run = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    TwoLayerTrainer t = trainer();
    for (int i = 0; i < 20; ++i) t.step(groups_, 1e-2);
    return t.save();
  };
  EXPECT_EQ(run(1), run(4));
}

TEST_F(TwoLayerTraining, RestoredGoesOnAsIfNeverStopped) {
  TwoLayerTrainer whole = trainer();
  for (int i = 0; i < 20; ++i) whole.step(groups_, 1e-2);
  TwoLayerTrainer first = trainer();
  for (int i = 0; i < 7; ++i) first.step(groups_, 1e-2);
  TwoLayerTrainer second = trainer(99);
  second.restore(first.save());
  for (int i = 7; i < 20; ++i) second.step(groups_, 1e-2);
  EXPECT_EQ(whole.save(), second.save());
  EXPECT_THROW(second.restore("short"), BadInput);
}

TEST_F(TwoLayerTraining, SeedsDiffer) {
  EXPECT_NE(trainer(1).save(), trainer(2).save());
}

}  // namespace
}  // namespace crosstile
