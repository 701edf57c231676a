// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/learning_network.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/error.h"

namespace crosstile::learning {
namespace {

constexpr std::uint64_t kTestIndex = std::uint64_t{1}
                                     << 62;  // test images draw from indices that training never reaches

int largest(const std::vector<float>& y) {
  return static_cast<int>(std::max_element(y.begin(), y.end()) - y.begin());
}

/// A permutation of the samples for the epoch: Fisher and Yates with draws of a stream.
std::vector<std::size_t> orderOf(std::size_t count, std::uint64_t seed, int epoch) {
  const RandomStream stream({seed, 0, 0, 0, static_cast<std::uint32_t>(epoch)}, Purpose::sampleOrder);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(stream.uniform(i) * static_cast<double>(i))]);
  return order;
}

void checkData(const LearningConfig& config, const LabelledSet& set, const char* name) {
  const auto& sizes = config.network.sizes;
  if (set.size() == 0) throw BadInput("{}: no samples", name);
  if (set.inputs != static_cast<std::size_t>(sizes.front()))
    throw BadInput("{}: {} values a sample: must be {}, the network's inputs", name, set.inputs,
                   sizes.front());
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set.labels[i] < 0 || set.labels[i] >= sizes.back())
      throw BadInput("{}: label {} of sample {}: must be from 0 to {}", name, set.labels[i], i,
                     sizes.back() - 1);
  }
}

}  // namespace

LearningNetwork::LearningNetwork(const LearningConfig& config)
    : direct_(config.network.activation, layers_), steps_(&direct_) {
  checkLearning(config);
  const auto& sizes = config.network.sizes;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const auto outputs = static_cast<std::size_t>(sizes[l + 1]);
    layers_.emplace_back(config, static_cast<std::size_t>(sizes[l]), outputs,
                         StreamOwner{config.seed, 0, static_cast<std::uint32_t>(l), 0, 0});
    values_.emplace_back(outputs);
    errors_.emplace_back(outputs);
  }
}

void LearningNetwork::forward(NetworkSteps& steps, const float* x, const ReadMoment& moment) {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const float* const input = l == 0 ? x : values_[l - 1].data();
    steps.forward(l, moment, {input, layers_[l].inputs()}, values_[l]);
    if (l + 1 < layers_.size()) steps.activate(values_[l]);
  }
}

double LearningNetwork::learn(const float* x, int label, double rateFactor, std::uint64_t index) {
  const ReadMoment moment{true, index};
  forward(*steps_, x, moment);
  steps_->outputErrors(values_.back(), label, errors_.back());
  // All errors are read back before any weight changes.
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    steps_->backward(l, moment, errors_[l], errors_[l - 1]);
    steps_->timesSlope(values_[l - 1], errors_[l - 1]);
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) steps_->update(l, index, rateFactor, errors_[l]);
  return -std::log(std::max(values_.back()[static_cast<std::size_t>(label)], 1e-30F));
}

bool LearningNetwork::wasRight(int label) const {
  return largest(values_.back()) == label;
}

int LearningNetwork::classify(const float* x, std::uint64_t index) {
  forward(direct_, x, {false, index});
  return largest(values_.back());
}

std::vector<EpochResult> train(const LearningConfig& config, const LabelledSet& training,
                               const LabelledSet& test, const std::function<void(int, std::size_t)>& done,
                               const std::function<NetworkSteps&(LearningNetwork&)>& machine) {
  LearningNetwork network(config);
  checkData(config, training, "training data");
  checkData(config, test, "test data");
  if (machine) network.trainOn(machine(network));
  std::vector<EpochResult> epochs;
  std::uint64_t index = 0;
  double rateFactor = 1.0;
  for (int epoch = 0; epoch < config.epochs; ++epoch, rateFactor *= config.rule.rateDecay) {
    EpochResult result;
    const double samples = static_cast<double>(training.size());
    std::size_t position = 0;
    for (const std::size_t i : orderOf(training.size(), config.seed, epoch)) {
      const double loss = network.learn(training.sample(i), training.labels[i], rateFactor, index++);
      result.loss += loss / samples;
      result.trainAccuracy += network.wasRight(training.labels[i]) ? 1.0 / samples : 0.0;
      if (++position % 256 == 0 && done) done(epoch, position);
    }
    std::size_t right = 0;
    for (std::size_t i = 0; i < test.size(); ++i) {
      const std::uint64_t draw = kTestIndex + static_cast<std::uint64_t>(epoch) * test.size() + i;
      right += network.classify(test.sample(i), draw) == test.labels[i] ? 1 : 0;
    }
    result.testAccuracy = static_cast<double>(right) / static_cast<double>(test.size());
    for (const LearningLayer& layer : network.layers()) result.layers.push_back(layer.activity());
    epochs.push_back(std::move(result));
    if (done) done(epoch, training.size());
  }
  return epochs;
}

}  // namespace crosstile::learning
