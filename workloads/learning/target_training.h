// SPDX-License-Identifier: Apache-2.0
// Software training of a two-layer network of comparators: the first half of target-weight tuning.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/learning/expected_accuracy.h"

namespace crosstile::learning {

/// Weights from -1 to 1 of 9 inputs (1 or -1), `hidden` comparators and one output comparator:
///     h_j = sgn(sum_i w_ij x_i - threshold)      y = sgn(sum_j v_j h_j)      first class where y > 0
/// A threshold of 0 makes the network odd: it gives an image and its negative different classes. That costs
/// nothing between two prototypes, where the likelier class is a matter of which pixels agree, and up to 2.6
/// points between pairs of them.
struct ThresholdWeights {
  int hidden = 0;
  double threshold = 0.0;      ///< of the hidden comparators; 1: what one full weight gives
  std::vector<double> first;   ///< w, [input][hidden]
  std::vector<double> second;  ///< v
  /// 1: first class, 0: second, 1/2: a comparator that decides has nothing to compare
  double decide(unsigned image) const;
};

struct SoftwareTraining {
  int hidden = 3;
  double threshold = 0.0;  ///< of the hidden comparators, fixed
  int epochs = 300;
  int restarts = 4;    ///< from other initial weights; the best counts
  double rate = 0.03;  ///< of Adam
  double flips = 0.1;  ///< noise of the inputs: probability of a pixel's flip
  double weightNoise =
      0.05;           ///< standard deviation of every weight, of the range from -1 to 1, new each epoch
  WeightError error;  ///< any: the mean accuracy under these errors is maximised instead
};

struct SoftwareResult {
  ThresholdWeights weights;
  std::vector<double>
      accuracy;  ///< exact, under the training's flips, without weight noise, after each epoch
};

/// Minimises the mean cross-entropy over all 512 images, weighted by their probability under the flips:
/// infinitely many noisy samples. Comparators are tanh's that grow steeper from epoch to epoch. An epoch is
/// one step of Adam (Kingma & Ba, ICLR 2015) at weights with noise; then weights are clipped to -1..1. In the
/// end the weights of a neuron without threshold are scaled until the largest is 1: a comparator doesn't see
/// it, and errors of conductance count least. Of the restarts the one with the highest mean accuracy at
/// weights without and with noise (8 draws) is taken.
///
/// With `error`, an epoch is a step up the exact mean accuracy under such errors (ExpectedAccuracy), at five
/// times the errors in the beginning, falling to their own within six tenths of the epochs: far from the
/// comparators' steps its slopes are 0. The restart with the highest one is taken, weights as they are.
/// Deterministic in `seed`.
SoftwareResult trainTargets(const PatternTask& task, const SoftwareTraining& config, std::uint64_t seed);

}  // namespace crosstile::learning
