// SPDX-License-Identifier: Apache-2.0
// Training of two-layer networks: mean square error, mini-batches, Adam (Kingma and Ba, ICLR 2015).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/span.h"
#include "models/crossbar/two_layer_network.h"

namespace crosstile {

/// Samples that share their matrix input, so that its part of the hidden layer and of the gradient is
/// computed once.
struct TrainingGroup {
  const float* matrix = nullptr;  ///< matrixInputs values
  const float* x = nullptr;       ///< [count][inputs]
  const float* target = nullptr;  ///< [count][outputs]
  const float* weight = nullptr;  ///< [count][outputs], of the squared errors; null: all 1
  std::size_t count = 0;
};

/// Loss = sum w (y - t)^2 / sum w over the groups of a step.
/// The groups of a step are computed in parallel, each by itself, and added in order: the number of threads
/// changes nothing.
class TwoLayerTrainer {
 public:
  explicit TwoLayerTrainer(TwoLayerNetwork network);

  /// Normal weights of variance 2/inputs in the first layer (a tenth of its deviation for the matrix's part)
  /// and 1/hidden in the second (He et al. 2015); the biases stay.
  void initialise(std::uint64_t seed);
  /// One step down the gradient. The rate of the matrix's weights is lower by sqrt(matrixInputs): Adam moves
  /// them all alike, and the hidden layer feels the sum. @return the loss before it
  double step(Span<const TrainingGroup> groups, double rate);
  /// @param gradient  as TwoLayerNetwork::parameters() (out)   @return the loss
  double gradient(Span<const TrainingGroup> groups, AlignedVector<float>& gradient);

  const TwoLayerNetwork& network() const { return network_; }
  TwoLayerNetwork& network() { return network_; }
  /// Everything that the next steps depend on, as bytes of this machine. restore() throws BadInput for bytes
  /// of another network.
  std::string save() const;
  void restore(std::string_view bytes);

 private:
  struct GroupGradient {
    AlignedVector<float> hidden, y, deltaOut, deltaHidden;
    AlignedVector<float> gradient;  ///< from inputWeights() on; its hidden bias is the sum for `matrix`
    double loss = 0.0, weight = 0.0;
  };
  double backward(Span<const TrainingGroup> groups);
  void computeBases(Span<const TrainingGroup> groups);
  void backward(const TrainingGroup& group, const float* base, GroupGradient& out) const;
  /// Gradient of the sum of w (y - t)^2 by parameters [from, to), out of the groups'.
  void collect(Span<const TrainingGroup> groups, std::size_t from, std::size_t to, float* gradient) const;

  TwoLayerNetwork network_;
  AlignedVector<float> outputTransposed_;  ///< [outputs][hidden]
  AlignedVector<float> mean_, square_;     ///< Adam's moments
  std::uint64_t steps_ = 0;
  std::vector<GroupGradient> groups_;
  AlignedVector<float> matrices_, bases_;  ///< [group][matrixInputs], [group][hidden]
};

}  // namespace crosstile
