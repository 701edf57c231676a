// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/learning_layer.h"

#include <algorithm>
#include <cmath>

#include "workloads/learning/read_kernel.h"

namespace crosstile::learning {
namespace {

/// To the nearest of 2^bits - 1 levels from -bound to bound.
float quantised(float value, int bits, double bound) {
  const auto steps = static_cast<float>((1 << (bits - 1)) - 1);
  const auto limit = static_cast<float>(bound);
  return std::round(std::min(std::max(value, -limit), limit) / limit * steps) / steps * limit;
}

std::vector<float> initialWeights(std::size_t rows, std::size_t columns, double range,
                                  const StreamOwner& owner) {
  const RandomStream stream(owner, Purpose::initialWeights);
  std::vector<float> w(rows * columns);
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = static_cast<float>(range * (2.0 * stream.uniform(i) - 1.0));
  return w;
}

}  // namespace

LearningLayer::LearningLayer(const LearningConfig& config, std::size_t inputs, std::size_t outputs,
                             const StreamOwner& owner)
    : read_(config.read),
      weights_(config.device, inputs + 1, outputs, owner),
      rule_(makeRule(config, inputs + 1, outputs, owner)),
      noise_(owner, Purpose::learningNoise),
      x_(paddedFloats(inputs + 1), 0.0F),
      driven_(std::max(paddedFloats(inputs + 1), weights_.stride()), 0.0F),
      out_(driven_.size(), 0.0F),
      normal_(driven_.size(), 0.0F),
      delta_(weights_.stride(), 0.0F) {
  const double range = config.network.initialRange;
  weights_.set(
      initialWeights(inputs + 1, outputs, range > 0.0 ? range : 1.0 / std::sqrt(double(inputs)), owner));
}

void LearningLayer::prepareInputs(Kind kind, const ReadMoment& moment, std::size_t driven) {
  if (read_.inputBits > 0) {
    for (std::size_t i = 0; i < driven; ++i) driven_[i] = quantised(driven_[i], read_.inputBits, 1.0);
  }
  if (!moment.training || read_.inputNoise <= 0.0) return;
  fillNormals(noise_.key(), static_cast<std::uint32_t>(moment.index),
              static_cast<std::uint32_t>(moment.index >> 32), kInputs + kind, normal_.data(), driven);
  const auto sigma = static_cast<float>(read_.inputNoise);
  for (std::size_t i = 0; i < driven; ++i) {
    if (driven_[i] != 0.0F) driven_[i] += sigma * normal_[i];
  }
}

bool LearningLayer::convert(Product product, const ReadMoment& moment, std::size_t driven, std::size_t read,
                            double bound, float scale) {
  std::fill(out_.begin(), out_.end(), 0.0F);
  product(weights_.weights(), weights_.rows(), weights_.stride(), driven_.data(), scale, out_.data());
  if (const StepCells* also = rule_->readAlong(); also != nullptr)
    product(also->weights(), also->rows(), also->stride(), driven_.data(), scale * rule_->share(),
            out_.data());
  double variance = read_.outputNoise * read_.outputNoise;
  if (moment.training && read_.weightNoise > 0.0) {
    // Independent noise of every cell in a sum is one Gaussian of the same variance.
    for (std::size_t i = 0; i < driven; ++i)
      variance += std::pow(read_.weightNoise * static_cast<double>(scale * driven_[i]), 2);
  }
  if (variance > 0.0) {
    const auto sigma = static_cast<float>(std::sqrt(variance));
    for (std::size_t j = 0; j < read; ++j) out_[j] += sigma * normal_[j];
  }
  bool inside = true;
  for (std::size_t j = 0; j < read && bound > 0.0; ++j) {
    inside = inside && std::abs(out_[j]) < bound;
    out_[j] = read_.outputBits > 0
                  ? quantised(out_[j], read_.outputBits, bound)
                  : std::min(std::max(out_[j], static_cast<float>(-bound)), static_cast<float>(bound));
  }
  for (std::size_t j = 0; j < read; ++j) out_[j] /= scale;
  activity_.conversions += moment.training ? read : 0;
  return inside;
}

void LearningLayer::read(Product product, Kind kind, const ReadMoment& moment, std::size_t driven,
                         std::size_t read, double bound) {
  float largest = 1.0F;
  if (read_.noiseManagement) {
    largest = 0.0F;
    for (std::size_t i = 0; i < driven; ++i) largest = std::max(largest, std::abs(driven_[i]));
    if (largest == 0.0F) largest = 1.0F;
    for (std::size_t i = 0; i < driven; ++i) driven_[i] /= largest;
  }
  prepareInputs(kind, moment, driven);
  std::uint64_t lines = 0, tries = 0;
  for (std::size_t i = 0; i < driven; ++i) lines += driven_[i] != 0.0F ? 1 : 0;
  float scale = 1.0F;
  for (bool inside = false; !inside; scale *= 0.5F) {
    const std::uint64_t part = static_cast<std::uint64_t>(kind) + 16 * (1 + tries);
    if (read_.outputNoise > 0.0 || read_.weightNoise > 0.0)
      fillNormals(noise_.key(), static_cast<std::uint32_t>(moment.index),
                  static_cast<std::uint32_t>(moment.index >> 32), static_cast<std::uint32_t>(part),
                  normal_.data(), read);
    ++tries;
    inside = convert(product, moment, driven, read, bound, scale) ||
             tries > static_cast<std::uint64_t>(read_.boundManagement);
  }
  if (largest != 1.0F) {
    for (std::size_t j = 0; j < read; ++j) out_[j] *= largest;
  }
  if (!moment.training) return;
  activity_.drivenLines += tries * lines;
  activity_.drivenCells += tries * lines * read;
  (kind == kForward    ? activity_.forwardReads
   : kind == kBackward ? activity_.backwardReads
                       : activity_.transferReads) += tries;
}

void LearningLayer::forward(const float* x, const ReadMoment& moment, float* y) {
  std::copy_n(x, inputs(), x_.begin());
  x_[inputs()] = 1.0F;
  std::copy(x_.begin(), x_.end(), driven_.begin());
  read(addForward, kForward, moment, weights_.rows(), outputs(), read_.outputBound);
  std::copy_n(out_.begin(), outputs(), y);
}

void LearningLayer::backward(const float* delta, const ReadMoment& moment, float* dx) {
  std::fill(driven_.begin(), driven_.end(), 0.0F);
  std::copy_n(delta, outputs(), driven_.begin());
  read(addBackward, kBackward, moment, outputs(), weights_.rows(), read_.outputBound);
  std::copy_n(out_.begin(), inputs(), dx);
}

void LearningLayer::learn(const float* delta, double rateFactor, std::uint64_t index) {
  std::copy_n(delta, outputs(), delta_.begin());
  const Update update{{x_.data(), weights_.rows()}, {delta_.data(), outputs()}, rateFactor, index};
  rule_->apply(weights_, update, *this, activity_);
}

void LearningLayer::readRow(const StepCells& cells, std::size_t row, std::uint64_t index,
                            std::vector<float>& out) {
  const double bound = read_.transferBound > 0.0 ? read_.transferBound : read_.outputBound;
  const float* const w = cells.weights() + row * cells.stride();
  out.assign(w, w + cells.columns());
  if (read_.outputNoise > 0.0)
    fillNormals(noise_.key(), static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                kTransfer + 16, normal_.data(), out.size());
  // The amplifier that spreads the smaller range over the ADC's sees the noise spread as well.
  const double share = bound > 0.0 && read_.outputBound > 0.0 ? bound / read_.outputBound : 1.0;
  for (std::size_t j = 0; j < out.size(); ++j) {
    if (read_.outputNoise > 0.0) out[j] += static_cast<float>(share * read_.outputNoise) * normal_[j];
    if (bound > 0.0) out[j] = read_.outputBits > 0 ? quantised(out[j], read_.outputBits, bound) : out[j];
  }
  ++activity_.transferReads;
  ++activity_.drivenLines;
  activity_.drivenCells += out.size();
  activity_.conversions += out.size();
}

}  // namespace crosstile::learning
