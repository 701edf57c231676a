// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/network_steps.h"

#include <algorithm>
#include <cmath>

namespace crosstile::learning {
namespace {

float activated(Activation a, float v) {
  switch (a) {
    case Activation::sigmoid:
      return 1.0F / (1.0F + std::exp(-v));
    case Activation::tanh:
      return std::tanh(v);
    case Activation::relu:
      return std::max(v, 0.0F);
  }
  return v;
}

/// The activation's slope, from its value.
float slope(Activation a, float y) {
  switch (a) {
    case Activation::sigmoid:
      return y * (1.0F - y);
    case Activation::tanh:
      return 1.0F - y * y;
    case Activation::relu:
      return y > 0.0F ? 1.0F : 0.0F;
  }
  return 1.0F;
}

}  // namespace

void activate(Activation activation, Span<float> y) {
  for (float& v : y) v = activated(activation, v);
}

void outputErrors(Span<float> output, int label, Span<float> error) {
  const float most = *std::max_element(output.begin(), output.end());
  float sum = 0.0F;
  for (float& v : output) sum += v = std::exp(v - most);
  for (float& v : output) v /= sum;
  for (std::size_t j = 0; j < output.size(); ++j)
    error[j] = (j == static_cast<std::size_t>(label) ? 1.0F : 0.0F) - output[j];
}

void timesSlope(Activation activation, Span<const float> y, Span<float> error) {
  for (std::size_t i = 0; i < error.size(); ++i) error[i] *= slope(activation, y[i]);
}

}  // namespace crosstile::learning
