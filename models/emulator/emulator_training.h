// SPDX-License-Identifier: Apache-2.0
// Emulators from solved samples: what each kind is shown, and the epochs of the training.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/crossbar/emulator.h"
#include "models/emulator/draws.h"
#include "models/emulator/two_layer_trainer.h"

namespace crosstile {

struct TrainingConfig {
  EmulatorKind kind = EmulatorKind::residual;
  int hidden = 0;     ///< units; 0: 500 for geniex, 16 for residual
  int epochs = 0;     ///< 0: 40
  double rate = 0.0;  ///< of Adam, falls to 0 with half a cosine; 0: 3e-3 for geniex, 5e-3 for residual
  std::uint64_t seed = 1;
};
/// The same with its zeros filled in.
TrainingConfig effective(TrainingConfig config);

/// A training in progress. The same samples, configuration and number of epochs give the same bits, with any
/// number of threads and however often it was saved and restored between epochs.
class EmulatorTraining {
 public:
  /// @param samples  solved; what is needed of them is copied
  EmulatorTraining(const EmulatorTechnology& technology, const TrainingConfig& config,
                   const std::vector<EmulatorSample>& samples);

  int epoch() const { return epoch_; }
  int epochs() const { return config_.epochs; }
  bool finished() const { return epoch_ >= config_.epochs; }
  /// One pass over all samples in an order of its own. @return the root mean square error of f_R over it
  double runEpoch();
  /// State between epochs, as bytes of this machine; restore() throws BadInput for another training's.
  std::string save() const;
  void restore(std::string_view bytes);
  /// The emulator as trained so far.
  Emulator emulator() const;

 private:
  /// What one array's vectors come to.
  struct Group {
    AlignedVector<float> matrix, x, target, weight;
    std::size_t count = 0;
  };
  Group geniexGroup(const EmulatorSample& sample) const;
  Group residualGroup(const EmulatorSample& sample) const;
  void standardise();
  std::vector<std::size_t> order() const;

  EmulatorTechnology technology_;
  TrainingConfig config_;
  std::vector<Group> groups_;
  TwoLayerTrainer trainer_;
  // x is trained as (x - mean) / scale, the target as (t - targetMean) / targetScale.
  std::vector<double> mean_, scale_;
  double targetMean_ = 0.0, targetScale_ = 1.0;
  int epoch_ = 0;
};

}  // namespace crosstile
