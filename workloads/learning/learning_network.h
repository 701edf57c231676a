// SPDX-License-Identifier: Apache-2.0
// A network of fully connected layers trained in place, sample by sample: forward reads, softmax and
// cross-entropy, backward reads, updates by pulses. Activations, softmax and products with slopes are
// digital.
#pragma once

#include <functional>
#include <vector>

#include "workloads/learning/network_steps.h"

namespace crosstile::learning {

/// Vectors with their classes, values about 0 to 1.
struct LabelledSet {
  std::size_t inputs = 0;
  std::vector<float> values;  ///< [sample][input]
  std::vector<int> labels;
  std::size_t size() const { return labels.size(); }
  const float* sample(std::size_t i) const { return values.data() + i * inputs; }
};

class LearningNetwork {
 public:
  /// @throws BadInput as checkLearning()
  explicit LearningNetwork(const LearningConfig& config);
  LearningNetwork(const LearningNetwork&) = delete;
  LearningNetwork& operator=(const LearningNetwork&) = delete;

  /// Who carries out the steps of training from now on, on layers(); outlives its use.
  void trainOn(NetworkSteps& steps) { steps_ = &steps; }
  std::vector<LearningLayer>& layers() { return layers_; }
  const std::vector<LearningLayer>& layers() const { return layers_; }
  /// One step of training. @param index  number of the sample since the beginning   @return cross-entropy,
  /// nat
  double learn(const float* x, int label, double rateFactor, std::uint64_t index);
  /// Had the sample that was learned last the largest output at its label?
  bool wasRight(int label) const;
  /// The class with the largest output; ties go to the lower one.
  int classify(const float* x, std::uint64_t index);

 private:
  void forward(NetworkSteps& steps, const float* x, const ReadMoment& moment);

  std::vector<LearningLayer> layers_;
  DirectSteps direct_;
  NetworkSteps* steps_;
  std::vector<std::vector<float>> values_;  ///< of each layer's outputs, after its activation
  std::vector<std::vector<float>> errors_;
};

struct EpochResult {
  double testAccuracy = 0.0;
  double trainAccuracy = 0.0;    ///< share of samples that were right just before they were learned
  double loss = 0.0;             ///< mean cross-entropy of the same
  std::vector<Activity> layers;  ///< since the beginning
};

/// Trains for the configured epochs, every epoch in an order of its own, and tests after each.
/// @param done     called after each sample of a few with epoch and samples done in it; may be empty
/// @param machine  what carries out the training steps of the network that it is given; null: its layers
///                 themselves, and always in tests
/// @throws BadInput when data and network don't fit
std::vector<EpochResult> train(const LearningConfig& config, const LabelledSet& training,
                               const LabelledSet& test,
                               const std::function<void(int, std::size_t)>& done = {},
                               const std::function<NetworkSteps&(LearningNetwork&)>& machine = {});

}  // namespace crosstile::learning
