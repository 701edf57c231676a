// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/expected_accuracy.h"

#include <cmath>

#include "models/base/error.h"

namespace crosstile::learning {
namespace {

double normalBelow(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

double normalDensity(double z) {
  return std::exp(-0.5 * z * z) / std::sqrt(2.0 * 3.14159265358979323846);
}

/// The multilinear interpolation of `corners` (bit j of a corner's number: h_j is 1) at probabilities p, with
/// p_j = `value` where j is `fixed`.
double interpolated(std::vector<double> corners, const std::vector<double>& p, std::size_t fixed,
                    double value) {
  for (std::size_t j = p.size(); j-- > 0;) {
    const double high = j == fixed ? value : p[j];
    const std::size_t half = std::size_t{1} << j;
    for (std::size_t k = 0; k < half; ++k) corners[k] = high * corners[k + half] + (1.0 - high) * corners[k];
  }
  return corners[0];
}

double signOf(std::size_t corner, std::size_t j) {
  return (corner >> j & 1U) != 0 ? 1.0 : -1.0;
}

}  // namespace

ExpectedAccuracy::ExpectedAccuracy(const ImageOdds& odds, int hidden, double threshold,
                                   const WeightError& error)
    : odds_(odds), hidden_(static_cast<std::size_t>(hidden)), threshold_(threshold), error_(error) {
  if (hidden > kMostHidden)
    throw BadInput("network.sizes: {} hidden neurons: must be at most {} with software.error_of_*", hidden,
                   kMostHidden);
  if (!error.any()) throw BadInput("software.error_of_*: one must be above 0");
}

double ExpectedAccuracy::variance(double w, double factor) const {
  return factor * factor *
         (std::pow(error_.ofG * (w + error_.reference), 2) + std::pow(2.0 * error_.ofRange, 2));
}

template <typename Sign>
void ExpectedAccuracy::addGradient(double factor, double mean, double sd, double errorFactor, const double* w,
                                   std::size_t count, std::size_t stride, Sign sign, double* gradient) const {
  const double density = factor * normalDensity(mean / sd);
  const double ofG = errorFactor * error_.ofG;
  for (std::size_t i = 0; i < count; ++i) {
    const double sdSlope = ofG * ofG * (w[i * stride] + error_.reference) / sd;
    gradient[i * stride] += density * (sign(i) - mean / sd * sdSlope) / sd;
  }
}

double ExpectedAccuracy::at(const std::vector<double>& weights, double factor,
                            std::vector<double>& gradient) const {
  const double* const first = weights.data();
  const double* const second = first + kPixels * hidden_;
  gradient.assign(weights.size(), 0.0);
  std::vector<double> sd(hidden_), mean(hidden_), p(hidden_), q(std::size_t{1} << hidden_), dq(q.size());
  double outputVariance = 0.0;
  for (std::size_t j = 0; j < hidden_; ++j) {
    double sum = 0.0;
    for (std::size_t i = 0; i < kPixels; ++i) sum += variance(first[i * hidden_ + j], factor);
    sd[j] = std::sqrt(sum);
    outputVariance += variance(second[j], factor);
  }
  const double outputSd = std::sqrt(outputVariance);
  std::vector<double> output(q.size());
  for (std::size_t k = 0; k < q.size(); ++k) {
    for (std::size_t j = 0; j < hidden_; ++j) output[k] += second[j] * signOf(k, j);
    q[k] = normalBelow(output[k] / outputSd);
  }
  double accuracy = 0.0;
  for (unsigned image = 0; image < kImages; ++image) {
    const double gain = odds_.first[image] - odds_.second[image];
    accuracy += odds_.second[image];
    if (gain == 0.0) continue;
    const auto pixel = [image](std::size_t i) { return pixelOf(image, static_cast<int>(i)); };
    for (std::size_t j = 0; j < hidden_; ++j) {
      mean[j] = -threshold_;
      for (std::size_t i = 0; i < kPixels; ++i) mean[j] += first[i * hidden_ + j] * pixel(i);
      p[j] = normalBelow(mean[j] / sd[j]);
    }
    accuracy += gain * interpolated(q, p, hidden_, 0.0);
    for (std::size_t j = 0; j < hidden_; ++j) {
      const double slope = gain * (interpolated(q, p, j, 1.0) - interpolated(q, p, j, 0.0));
      addGradient(slope, mean[j], sd[j], factor, first + j, kPixels, hidden_, pixel, gradient.data() + j);
    }
    for (std::size_t k = 0; k < q.size(); ++k) {
      double product = gain;
      for (std::size_t j = 0; j < hidden_; ++j) product *= (k >> j & 1U) != 0 ? p[j] : 1.0 - p[j];
      dq[k] += product;
    }
  }
  for (std::size_t k = 0; k < q.size(); ++k)
    addGradient(
        dq[k], output[k], outputSd, factor, second, hidden_, 1, [k](std::size_t j) { return signOf(k, j); },
        gradient.data() + kPixels * hidden_);
  return accuracy;
}

}  // namespace crosstile::learning
