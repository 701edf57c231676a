// SPDX-License-Identifier: Apache-2.0
// The mean accuracy of a network of comparators whose conductances have errors: exact, not sampled.
#pragma once

#include <vector>

#include "workloads/learning/pattern_task.h"

namespace crosstile::learning {

/// Independent Gaussian errors of conductances, standard deviations: of G and of G_on - G_off. As a weight
/// w = (G - G_ref)/half, half = (G_on - G_off)/2:
///     sd(w)^2 = (of_g (w + G_ref/half))^2 + (2 of_range)^2
/// References and thresholds, fixed resistors, have none. Conductances below 0 aren't cut here.
struct WeightError {
  double ofG = 0.0, ofRange = 0.0;
  double reference = 1.0;  ///< G_ref/half, above 1
  bool any() const { return ofG > 0.0 || ofRange > 0.0; }
};

/// A sum of inputs +-1 times such weights is Gaussian, so a hidden comparator is 1 with
///     p_j(x) = Phi((sum_i w_ij x_i - threshold)/sqrt(sum_i sd(w_ij)^2))
/// and so is the output for hidden outputs h, q(h) = Phi(sum_j v_j h_j/sqrt(sum_j sd(v_j)^2)). Errors of
/// different neurons are independent:
///     P(first class | x) = sum over the 2^hidden h of q(h) prod_j [h_j = 1 ? p_j : 1 - p_j]
/// The mean of the accuracy is linear in it, image by image.
class ExpectedAccuracy {
 public:
  static constexpr int kMostHidden = 10;
  /// @throws BadInput for more than kMostHidden hidden neurons, or without error
  ExpectedAccuracy(const ImageOdds& odds, int hidden, double threshold, const WeightError& error);

  /// @param weights   w [input][hidden], then v [hidden]
  /// @param factor    on all errors
  /// @param gradient  of the accuracy, by weight; set
  double at(const std::vector<double>& weights, double factor, std::vector<double>& gradient) const;

 private:
  double variance(double w, double factor) const;
  /// Adds factor times the gradient by w of Phi(mean/sd), mean = sum_i w_i sign(i) - a constant.
  template <typename Sign>
  void addGradient(double factor, double mean, double sd, double errorFactor, const double* w,
                   std::size_t count, std::size_t stride, Sign sign, double* gradient) const;

  ImageOdds odds_;
  std::size_t hidden_;
  double threshold_;
  WeightError error_;
};

}  // namespace crosstile::learning
