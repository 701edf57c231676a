// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/emulator_training.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/base/error.h"
#include "models/crossbar/emulator_array.h"

namespace crosstile {
namespace {

constexpr double kPi = 3.14159265358979323846;
/// Samples of a step: arrays whose vectors make a mini-batch.
constexpr std::size_t kGeniexBatch = 8, kResidualBatch = 2;

TwoLayerNetwork::Shape shapeOf(const EmulatorTechnology& t, const TrainingConfig& config) {
  const auto rows = static_cast<std::size_t>(t.rows), columns = static_cast<std::size_t>(t.columns);
  const auto hidden = static_cast<std::size_t>(config.hidden);
  if (config.kind == EmulatorKind::geniex) return {rows * columns, rows, hidden, columns};
  return {0, ResidualSums::kFeatures, hidden, 1};
}

/// The voltages of a sample as digits, 0 first; at least one beside it.
std::vector<double> digitsOf(const EmulatorSample& sample, double largest) {
  std::vector<double> digits(sample.voltages.data(), sample.voltages.data() + sample.voltages.size());
  digits.push_back(0.0);
  digits.push_back(largest);
  std::sort(digits.begin(), digits.end());
  digits.erase(std::unique(digits.begin(), digits.end()), digits.end());
  return digits;
}

}  // namespace

TrainingConfig effective(TrainingConfig config) {
  const bool geniex = config.kind == EmulatorKind::geniex;
  if (config.hidden == 0) config.hidden = geniex ? 500 : 16;
  if (config.epochs == 0) config.epochs = 40;
  if (config.rate == 0.0) config.rate = geniex ? 3e-3 : 5e-3;
  return config;
}

EmulatorTraining::EmulatorTraining(const EmulatorTechnology& technology, const TrainingConfig& config,
                                   const std::vector<EmulatorSample>& samples)
    : technology_(technology),
      config_(effective(config)),
      trainer_(TwoLayerNetwork(shapeOf(technology, config_))) {
  if (samples.empty()) throw BadInput("emulator: no samples to train on");
  groups_.resize(samples.size());
  tbb::parallel_for(std::size_t{0}, samples.size(), [&](std::size_t s) {
    groups_[s] = config_.kind == EmulatorKind::geniex ? geniexGroup(samples[s]) : residualGroup(samples[s]);
  });
  groups_.erase(std::remove_if(groups_.begin(), groups_.end(), [](const Group& g) { return g.count == 0; }),
                groups_.end());
  if (groups_.empty()) throw BadInput("emulator: the samples hold no current to learn from");
  standardise();
  trainer_.initialise(config_.seed);
}

/// f_R of all columns from conductances and voltages.
EmulatorTraining::Group EmulatorTraining::geniexGroup(const EmulatorSample& sample) const {
  Group group;
  const Eigen::MatrixXd ideal = idealCurrents(technology_, sample);
  const double least = leastIdealCurrent(technology_);
  const AlignedVector<float> g = normalisedConductances(technology_, sample.conductance);
  group.matrix.assign(g.begin(), g.begin() + static_cast<std::ptrdiff_t>(sample.conductance.size()));
  group.count = static_cast<std::size_t>(sample.voltages.cols());
  for (Eigen::Index v = 0; v < sample.voltages.cols(); ++v) {
    for (Eigen::Index i = 0; i < sample.voltages.rows(); ++i)
      group.x.push_back(static_cast<float>(sample.voltages(i, v) / technology_.voltage));
    for (Eigen::Index j = 0; j < sample.current.rows(); ++j) {
      const bool counts = ideal(j, v) > least && sample.current(j, v) > 0.0;
      group.target.push_back(counts ? static_cast<float>(ideal(j, v) / sample.current(j, v)) : 1.0F);
      group.weight.push_back(counts ? 1.0F : 0.0F);
    }
  }
  return group;
}

/// eta = I0/I - 1 - s1 + s2 of every column by itself, weighted by what it means in f_R = (I_ideal/I0) I0/I.
EmulatorTraining::Group EmulatorTraining::residualGroup(const EmulatorSample& sample) const {
  Group group;
  const Eigen::MatrixXd ideal = idealCurrents(technology_, sample);
  const double least = leastIdealCurrent(technology_);
  const auto array = plainArray(technology_, sample.conductance);
  const std::vector<double> digits = digitsOf(sample, technology_.voltage);
  const ResidualSums sums(technology_, *array, digits);
  AlignedVector<float> raw(sums.stride()), features(ResidualSums::kFeatures * sums.columnStride());
  std::vector<std::uint16_t> row, digit;
  for (Eigen::Index v = 0; v < sample.voltages.cols(); ++v) {
    row.clear();
    digit.clear();
    for (Eigen::Index i = 0; i < sample.voltages.rows(); ++i) {
      if (sample.voltages(i, v) == 0.0) continue;
      row.push_back(static_cast<std::uint16_t>(i));
      digit.push_back(static_cast<std::uint16_t>(
          std::lower_bound(digits.begin(), digits.end(), sample.voltages(i, v)) - digits.begin()));
    }
    const Pulse pulse{row.data(), digit.data(), static_cast<int>(row.size())};
    sums.read({&pulse, 1}, raw.data());
    sums.features(raw.data(), features.data());
    for (Eigen::Index j = 0; j < sample.current.rows(); ++j) {
      if (!(ideal(j, v) > least) || !(sample.current(j, v) > 0.0)) continue;
      const auto feature = [&](std::size_t f) {
        return features[f * sums.columnStride() + static_cast<std::size_t>(j)];
      };
      const double rowCurrent = static_cast<double>(feature(2)) * sums.unitAmpere();
      const double ratio = ideal(j, v) / rowCurrent;
      for (std::size_t f = 0; f < ResidualSums::kFeatures; ++f) group.x.push_back(feature(f));
      group.target.push_back(static_cast<float>(rowCurrent / sample.current(j, v) - 1.0 -
                                                static_cast<double>(feature(0)) +
                                                static_cast<double>(feature(1))));
      group.weight.push_back(static_cast<float>(ratio * ratio));
      ++group.count;
    }
  }
  return group;
}

/// Inputs and target to mean 0 and deviation 1.
void EmulatorTraining::standardise() {
  const TwoLayerNetwork::Shape& s = trainer_.network().shape();
  mean_.assign(s.inputs, 0.0);
  scale_.assign(s.inputs, 1.0);
  double weight = 0.0, count = 0.0, squares = 0.0;
  for (const Group& g : groups_) {
    for (std::size_t i = 0; i < g.target.size(); ++i) {
      weight += static_cast<double>(g.weight[i]);
      targetMean_ += static_cast<double>(g.weight[i] * g.target[i]);
    }
    count += static_cast<double>(g.count);
  }
  targetMean_ /= std::max(weight, 1.0);
  std::vector<double> square(s.inputs, 0.0);
  for (const Group& g : groups_) {
    for (std::size_t i = 0; i < g.x.size(); ++i) mean_[i % s.inputs] += static_cast<double>(g.x[i]) / count;
  }
  for (const Group& g : groups_) {
    for (std::size_t i = 0; i < g.x.size(); ++i)
      square[i % s.inputs] += std::pow(static_cast<double>(g.x[i]) - mean_[i % s.inputs], 2) / count;
    for (std::size_t i = 0; i < g.target.size(); ++i)
      squares +=
          static_cast<double>(g.weight[i]) * std::pow(static_cast<double>(g.target[i]) - targetMean_, 2);
  }
  squares /= std::max(weight, 1.0);
  targetScale_ = squares > 0.0 ? std::sqrt(squares) : 1.0;
  for (std::size_t i = 0; i < s.inputs; ++i) scale_[i] = square[i] > 0.0 ? std::sqrt(square[i]) : 1.0;
  for (Group& g : groups_) {
    for (std::size_t i = 0; i < g.x.size(); ++i)
      g.x[i] = static_cast<float>((static_cast<double>(g.x[i]) - mean_[i % s.inputs]) / scale_[i % s.inputs]);
    for (float& t : g.target) t = static_cast<float>((static_cast<double>(t) - targetMean_) / targetScale_);
  }
}

/// The groups, shuffled by the epoch's own stream.
std::vector<std::size_t> EmulatorTraining::order() const {
  std::vector<std::size_t> order(groups_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const RandomStream stream({config_.seed, 0, 0, 0, static_cast<std::uint32_t>(epoch_)}, Purpose::sampling);
  for (std::size_t i = order.size(); i > 1; --i) {
    const auto other = static_cast<std::size_t>(stream.uniform(i) * static_cast<double>(i));
    std::swap(order[i - 1], order[std::min(other, i - 1)]);
  }
  return order;
}

double EmulatorTraining::runEpoch() {
  const std::vector<std::size_t> shuffled = order();
  const std::size_t batch = config_.kind == EmulatorKind::geniex ? kGeniexBatch : kResidualBatch;
  const std::size_t steps = (shuffled.size() + batch - 1) / batch;
  double loss = 0.0;
  std::vector<TrainingGroup> groups;
  for (std::size_t step = 0; step < steps; ++step) {
    groups.clear();
    for (std::size_t i = step * batch; i < std::min(shuffled.size(), (step + 1) * batch); ++i) {
      const Group& g = groups_[shuffled[i]];
      groups.push_back({g.matrix.data(), g.x.data(), g.target.data(), g.weight.data(), g.count});
    }
    const double progress =
        (epoch_ + static_cast<double>(step) / static_cast<double>(steps)) / std::max(1, config_.epochs);
    loss += trainer_.step(groups, config_.rate * 0.5 * (1.0 + std::cos(kPi * progress)));
  }
  ++epoch_;
  return std::sqrt(loss / static_cast<double>(steps)) * targetScale_;
}

std::string EmulatorTraining::save() const {
  const std::int32_t epoch = epoch_;
  std::string bytes(sizeof epoch, '\0');
  std::memcpy(bytes.data(), &epoch, sizeof epoch);
  return bytes + trainer_.save();
}

void EmulatorTraining::restore(std::string_view bytes) {
  std::int32_t epoch = 0;
  if (bytes.size() < sizeof epoch) throw BadInput("checkpoint: truncated");
  std::memcpy(&epoch, bytes.data(), sizeof epoch);
  trainer_.restore(bytes.substr(sizeof epoch));
  epoch_ = epoch;
}

/// The trained network with the standardisation folded into its weights.
Emulator EmulatorTraining::emulator() const {
  Emulator emulator{config_.kind, technology_, trainer_.network()};
  TwoLayerNetwork& n = emulator.network;
  const TwoLayerNetwork::Shape& s = n.shape();
  for (std::size_t h = 0; h < s.hidden; ++h) {
    double bias = static_cast<double>(n.at(n.hiddenBias())[h]);
    for (std::size_t i = 0; i < s.inputs; ++i) {
      float& w = n.at(n.inputWeights())[i * n.hiddenStride() + h];
      const double folded = static_cast<double>(w) / scale_[i];
      bias -= folded * mean_[i];
      w = static_cast<float>(folded);
    }
    n.at(n.hiddenBias())[h] = static_cast<float>(bias);
    for (std::size_t o = 0; o < s.outputs; ++o) {
      float& w = n.at(n.outputWeights())[h * n.outputStride() + o];
      w = static_cast<float>(static_cast<double>(w) * targetScale_);
    }
  }
  for (std::size_t o = 0; o < s.outputs; ++o) {
    float& b = n.at(n.outputBias())[o];
    b = static_cast<float>(static_cast<double>(b) * targetScale_ + targetMean_);
  }
  return emulator;
}

}  // namespace crosstile
