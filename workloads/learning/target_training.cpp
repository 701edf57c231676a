// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/target_training.h"

#include <algorithm>
#include <cmath>

#include "models/base/random.h"
#include "models/base/span.h"

namespace crosstile::learning {
namespace {

constexpr double kFirstSteepness = 0.5, kLastSteepness = 4.0;  // of the hidden tanh's
constexpr double kOutputSteepness = 4.0;
constexpr double kFirstErrors = 5.0, kErrorsFall = 0.6;  // factor on errors; share of the epochs
constexpr int kTries = 8;                                // at weights with noise, when restarts are compared

double sign(double sum) {
  return sum > 0.0 ? 1.0 : sum < 0.0 ? -1.0 : 0.0;
}

/// Adam with its usual constants.
class Adam {
 public:
  Adam(std::size_t size, double rate) : rate_(rate), mean_(size), square_(size) {}
  void step(const std::vector<double>& gradient, std::vector<double>& weights) {
    mean_power_ *= kMean;
    square_power_ *= kSquare;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      mean_[i] = kMean * mean_[i] + (1.0 - kMean) * gradient[i];
      square_[i] = kSquare * square_[i] + (1.0 - kSquare) * gradient[i] * gradient[i];
      const double m = mean_[i] / (1.0 - mean_power_), v = square_[i] / (1.0 - square_power_);
      weights[i] = std::clamp(weights[i] - rate_ * m / (std::sqrt(v) + 1e-8), -1.0, 1.0);
    }
  }

 private:
  static constexpr double kMean = 0.9, kSquare = 0.999;
  double rate_, mean_power_ = 1.0, square_power_ = 1.0;
  std::vector<double> mean_, square_;
};

/// All weights in one vector: first [input][hidden], then second.
struct Layout {
  std::size_t hidden;
  std::size_t first(int input, std::size_t j) const { return static_cast<std::size_t>(input) * hidden + j; }
  std::size_t second(std::size_t j) const { return kPixels * hidden + j; }
  std::size_t size() const { return (kPixels + 1) * hidden; }
};

/// Adds the gradient of the weighted cross-entropy of one image.
void addGradient(const Layout& at, const std::vector<double>& w, unsigned image, double first, double second,
                 double threshold, double steepness, std::vector<double>& h, std::vector<double>& gradient) {
  double z = 0.0;
  for (std::size_t j = 0; j < at.hidden; ++j) {
    double sum = -threshold;
    for (int i = 0; i < kPixels; ++i) sum += w[at.first(i, j)] * pixelOf(image, i);
    h[j] = std::tanh(steepness * sum);
    z += kOutputSteepness * w[at.second(j)] * h[j];
  }
  const double slope = kOutputSteepness * ((first + second) / (1.0 + std::exp(-z)) - first);
  for (std::size_t j = 0; j < at.hidden; ++j) {
    gradient[at.second(j)] += slope * h[j];
    const double inner = slope * w[at.second(j)] * (1.0 - h[j] * h[j]) * steepness;
    for (int i = 0; i < kPixels; ++i) gradient[at.first(i, j)] += inner * pixelOf(image, i);
  }
}

/// Scales a neuron's weights, `stride` apart, until the largest is 1.
void useWholeRange(double* w, std::size_t count, std::size_t stride) {
  double largest = 0.0;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(w[i * stride]));
  for (std::size_t i = 0; largest > 0.0 && i < count; ++i) w[i * stride] /= largest;
}

ThresholdWeights split(const Layout& at, const std::vector<double>& w, double threshold, bool wholeRange) {
  ThresholdWeights out;
  out.threshold = threshold;
  const auto cut = w.begin() + static_cast<std::ptrdiff_t>(at.second(0));
  out.hidden = static_cast<int>(at.hidden);
  out.first.assign(w.begin(), cut);
  out.second.assign(cut, w.end());
  if (!wholeRange) return out;
  for (std::size_t j = 0; threshold == 0.0 && j < at.hidden; ++j)
    useWholeRange(out.first.data() + j, kPixels, at.hidden);
  useWholeRange(out.second.data(), at.hidden, 1);
  return out;
}

double accuracyOf(const ImageOdds& odds, const ThresholdWeights& weights) {
  return accuracyOf(odds, [&](unsigned image) { return weights.decide(image); });
}

/// Standard normals of one restart, counted.
class Normals {
 public:
  Normals(const RandomStream& stream, int restart) : stream_(stream), restart_(restart) {}
  double next() { return stream_.normal(drawn_++, static_cast<std::uint32_t>(restart_)); }

 private:
  const RandomStream& stream_;
  int restart_;
  std::uint64_t drawn_ = 0;
};

void addNoise(std::vector<double>& weights, double noise, Normals& normals) {
  for (double& w : weights) w += noise > 0.0 ? 2.0 * noise * normals.next() : 0.0;
}

SoftwareResult trainOnce(const ImageOdds& odds, const SoftwareTraining& config, std::vector<double> weights,
                         Normals& normals) {
  const Layout at{static_cast<std::size_t>(config.hidden)};
  std::vector<double> gradient(at.size()), h(at.hidden);
  Adam adam(at.size(), config.rate);
  SoftwareResult result;
  for (int epoch = 0; epoch < config.epochs; ++epoch) {
    const double done = config.epochs > 1 ? epoch / (config.epochs - 1.0) : 1.0;
    const double steepness = kFirstSteepness * std::pow(kLastSteepness / kFirstSteepness, done);
    std::vector<double> noisy = weights;
    addNoise(noisy, config.weightNoise, normals);
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (unsigned image = 0; image < kImages; ++image) {
      const double first = odds.first[image], second = odds.second[image];
      if (first + second > 0.0)
        addGradient(at, noisy, image, first, second, config.threshold, steepness, h, gradient);
    }
    adam.step(gradient, weights);
    result.weights = split(at, weights, config.threshold, true);
    result.accuracy.push_back(accuracyOf(odds, result.weights));
  }
  return result;
}

/// Steps up the mean accuracy under errors. @param merit  the last one, at the errors themselves (out)
SoftwareResult climbOnce(const ImageOdds& odds, const SoftwareTraining& config, std::vector<double> weights,
                         double& merit) {
  const Layout at{static_cast<std::size_t>(config.hidden)};
  const ExpectedAccuracy accuracy(odds, config.hidden, config.threshold, config.error);
  std::vector<double> gradient;
  Adam adam(at.size(), config.rate);
  SoftwareResult result;
  for (int epoch = 0; epoch < config.epochs; ++epoch) {
    const double left = std::max(0.0, 1.0 - epoch / (kErrorsFall * config.epochs));
    accuracy.at(weights, 1.0 + (kFirstErrors - 1.0) * left, gradient);
    for (double& g : gradient) g = -g;
    adam.step(gradient, weights);
    result.weights = split(at, weights, config.threshold, false);
    result.accuracy.push_back(accuracyOf(odds, result.weights));
  }
  merit = accuracy.at(weights, 1.0, gradient);
  return result;
}

/// Mean accuracy at the weights, and at some with noise on them.
double meritOf(const ImageOdds& odds, const ThresholdWeights& weights, double noise, Normals& normals) {
  double sum = accuracyOf(odds, weights);
  for (int k = 0; k < kTries; ++k) {
    ThresholdWeights noisy = weights;
    addNoise(noisy.first, noise, normals);
    addNoise(noisy.second, noise, normals);
    sum += accuracyOf(odds, noisy);
  }
  return sum / (kTries + 1);
}

}  // namespace

double ThresholdWeights::decide(unsigned image) const {
  const auto n = static_cast<std::size_t>(hidden);
  double y = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    double sum = -threshold;
    for (int i = 0; i < kPixels; ++i) sum += first[static_cast<std::size_t>(i) * n + j] * pixelOf(image, i);
    y += second[j] * sign(sum);
  }
  return 0.5 + 0.5 * sign(y);
}

SoftwareResult trainTargets(const PatternTask& task, const SoftwareTraining& config, std::uint64_t seed) {
  const ImageOdds odds = oddsOf(task, config.flips);
  const RandomStream start({seed, 0, 0, 0, 0}, Purpose::initialWeights);
  const RandomStream noise({seed, 0, 0, 0, 0}, Purpose::learningNoise);
  std::vector<double> weights(Layout{static_cast<std::size_t>(config.hidden)}.size());
  SoftwareResult best;
  double highest = -1.0;
  for (int restart = 0; restart < config.restarts; ++restart) {
    Normals normals(noise, restart);
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = start.uniform(i, static_cast<std::uint32_t>(restart)) - 0.5;
    double merit = 0.0;
    SoftwareResult result = config.error.any() ? climbOnce(odds, config, weights, merit)
                                               : trainOnce(odds, config, weights, normals);
    if (!config.error.any()) merit = meritOf(odds, result.weights, config.weightNoise, normals);
    if (merit > highest) best = std::move(result), highest = merit;
  }
  return best;
}

}  // namespace crosstile::learning
