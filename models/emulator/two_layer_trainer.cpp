// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/two_layer_trainer.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/base/error.h"
#include "models/base/random.h"
#include "models/emulator/adam_kernel.h"

namespace crosstile {
namespace {

/// Parameters that are updated at a time: a row of moments and gradients in the L1 cache.
constexpr std::size_t kBlock = 2048;
/// Columns of the first layer that a thread computes at a time.
constexpr std::size_t kBaseColumns = 64;
/// Of a layer's usual deviation: random projections of thousands of conductances would be learnt by heart.
constexpr double kMatrixStart = 0.1;

}  // namespace

TwoLayerTrainer::TwoLayerTrainer(TwoLayerNetwork network) : network_(std::move(network)) {
  outputTransposed_.resize(network_.shape().outputs * network_.hiddenStride(), 0.0F);
  mean_.assign(network_.parameters().size(), 0.0F);
  square_.assign(network_.parameters().size(), 0.0F);
}

void TwoLayerTrainer::initialise(std::uint64_t seed) {
  const TwoLayerNetwork::Shape& s = network_.shape();
  const RandomStream stream({seed}, Purpose::weights);
  const auto fill = [&](std::size_t offset, std::size_t rows, std::size_t columns, std::size_t stride,
                        double sigma, std::uint32_t part) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c)
        network_.parameters()[offset + r * stride + c] =
            static_cast<float>(sigma * stream.normal(r * columns + c, part));
    }
  };
  const double first = std::sqrt(2.0 / static_cast<double>(s.matrixInputs + s.inputs));
  fill(network_.matrixWeights(), s.matrixInputs, s.hidden, network_.hiddenStride(), kMatrixStart * first, 0);
  fill(network_.inputWeights(), s.inputs, s.hidden, network_.hiddenStride(), first, 1);
  fill(network_.outputWeights(), s.hidden, s.outputs, network_.outputStride(),
       std::sqrt(1.0 / static_cast<double>(s.hidden)), 2);
}

/// Gradients of one group's sum of w (y - t)^2.
void TwoLayerTrainer::backward(const TrainingGroup& group, const float* base, GroupGradient& out) const {
  const TwoLayerNetwork::Shape& s = network_.shape();
  const std::size_t hs = network_.hiddenStride(), os = network_.outputStride(), n = group.count;
  const std::size_t first = network_.inputWeights();
  out.hidden.resize(n * hs);
  out.y.resize(n * os);
  out.deltaOut.assign(n * os, 0.0F);
  out.deltaHidden.assign(n * hs, 0.0F);
  out.gradient.assign(network_.parameters().size() - first, 0.0F);
  out.loss = out.weight = 0.0;
  network_.forward(base, group.x, s.inputs, n, out.hidden.data(), out.y.data());
  float* outputBias = out.gradient.data() + (network_.outputBias() - first);
  for (std::size_t b = 0; b < n; ++b) {
    for (std::size_t o = 0; o < s.outputs; ++o) {
      const float weight = group.weight == nullptr ? 1.0F : group.weight[b * s.outputs + o];
      const float error = out.y[b * os + o] - group.target[b * s.outputs + o];
      out.loss += static_cast<double>(weight * error * error);
      out.weight += static_cast<double>(weight);
      outputBias[o] += out.deltaOut[b * os + o] = 2.0F * weight * error;
    }
  }
  addProduct({out.hidden.data(), 1, hs}, s.hidden, n, out.deltaOut.data(), os,
             out.gradient.data() + (network_.outputWeights() - first), os, os);
  addProduct({out.deltaOut.data(), os}, n, s.outputs, outputTransposed_.data(), hs, out.deltaHidden.data(),
             hs, hs);
  float* hiddenBias = out.gradient.data() + (network_.hiddenBias() - first);
  for (std::size_t b = 0; b < n; ++b) {
    for (std::size_t h = 0; h < hs; ++h) {
      float& delta = out.deltaHidden[b * hs + h];
      delta = out.hidden[b * hs + h] > 0.0F ? delta : 0.0F;
      hiddenBias[h] += delta;
    }
  }
  addProduct({group.x, 1, s.inputs}, s.inputs, n, out.deltaHidden.data(), hs, out.gradient.data(), hs, hs);
}

/// The matrix inputs' part of the hidden layer, all groups in one pass over the weights.
void TwoLayerTrainer::computeBases(Span<const TrainingGroup> groups) {
  const std::size_t inputs = network_.shape().matrixInputs, hs = network_.hiddenStride();
  matrices_.resize(groups.size() * inputs);
  bases_.resize(groups.size() * hs);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::copy_n(groups[g].matrix, inputs, matrices_.data() + g * inputs);
    std::copy_n(network_.at(network_.hiddenBias()), hs, bases_.data() + g * hs);
  }
  if (inputs == 0) return;
  tbb::parallel_for(std::size_t{0}, (hs + kBaseColumns - 1) / kBaseColumns, [&](std::size_t block) {
    const std::size_t from = block * kBaseColumns;
    addProduct({matrices_.data(), inputs}, groups.size(), inputs,
               network_.at(network_.matrixWeights()) + from, hs, bases_.data() + from, hs,
               std::min(kBaseColumns, hs - from));
  });
}

double TwoLayerTrainer::backward(Span<const TrainingGroup> groups) {
  const TwoLayerNetwork::Shape& s = network_.shape();
  const float* w2 = network_.at(network_.outputWeights());
  for (std::size_t h = 0; h < s.hidden; ++h) {
    for (std::size_t o = 0; o < s.outputs; ++o)
      outputTransposed_[o * network_.hiddenStride() + h] = w2[h * network_.outputStride() + o];
  }
  computeBases(groups);
  if (groups_.size() < groups.size()) groups_.resize(groups.size());
  tbb::parallel_for(std::size_t{0}, groups.size(), [&](std::size_t g) {
    backward(groups[g], bases_.data() + g * network_.hiddenStride(), groups_[g]);
  });
  double loss = 0.0, weight = 0.0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    loss += groups_[g].loss;
    weight += groups_[g].weight;
  }
  return weight > 0.0 ? loss / weight : 0.0;
}

void TwoLayerTrainer::collect(Span<const TrainingGroup> groups, std::size_t from, std::size_t to,
                              float* gradient) const {
  const std::size_t first = network_.inputWeights(), hs = network_.hiddenStride();
  const std::size_t bias = network_.hiddenBias() - first;
  std::fill_n(gradient, to - from, 0.0F);
  for (std::size_t p = from; p < std::min(to, first);) {  // matrix weights: m_k delta_h
    const std::size_t row = p / hs, end = std::min({(row + 1) * hs, to, first});
    for (std::size_t g = 0; g < groups.size(); ++g)
      addScaled(groups_[g].gradient.data() + bias + (p - row * hs), groups[g].matrix[row],
                gradient + (p - from), end - p);
    p = end;
  }
  const std::size_t rest = std::max(from, first);
  for (std::size_t g = 0; g < groups.size() && rest < to; ++g)
    addScaled(groups_[g].gradient.data() + (rest - first), 1.0F, gradient + (rest - from), to - rest);
}

double TwoLayerTrainer::gradient(Span<const TrainingGroup> groups, AlignedVector<float>& gradient) {
  const double loss = backward(groups);
  double weight = 0.0;
  for (std::size_t g = 0; g < groups.size(); ++g) weight += groups_[g].weight;
  gradient.resize(network_.parameters().size());
  collect(groups, 0, gradient.size(), gradient.data());
  for (float& g : gradient) g *= static_cast<float>(1.0 / weight);
  return loss;
}

double TwoLayerTrainer::step(Span<const TrainingGroup> groups, double rate) {
  const double loss = backward(groups);
  double weight = 0.0;
  for (std::size_t g = 0; g < groups.size(); ++g) weight += groups_[g].weight;
  if (!(weight > 0.0)) return loss;
  ++steps_;
  const double t = static_cast<double>(steps_);
  const auto scale = static_cast<float>(1.0 / weight);
  const auto stepSize =
      static_cast<float>(rate * std::sqrt(1.0 - std::pow(kAdamBeta2, t)) / (1.0 - std::pow(kAdamBeta1, t)));
  const std::size_t inputs = std::max<std::size_t>(1, network_.shape().matrixInputs);
  const float matrixStep = stepSize / std::sqrt(static_cast<float>(inputs));
  const auto update = [&](std::size_t from, std::size_t to, const float* g, float factor, float change) {
    adamUpdate(g, factor, change, network_.parameters().data() + from, mean_.data() + from,
               square_.data() + from, to - from);
  };
  const std::size_t size = network_.parameters().size(), blocks = (size + kBlock - 1) / kBlock;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, blocks, 8), [&](const auto& range) {
    alignas(64) float gradient[kBlock];
    for (std::size_t block = range.begin(); block < range.end(); ++block) {
      const std::size_t from = block * kBlock, to = std::min(size, from + kBlock);
      collect(groups, from, to, gradient);
      const std::size_t matrixEnd = std::clamp(network_.inputWeights(), from, to);
      update(from, matrixEnd, gradient, scale, matrixStep);
      update(matrixEnd, to, gradient + (matrixEnd - from), scale, stepSize);
    }
  });
  return loss;
}

std::string TwoLayerTrainer::save() const {
  std::string bytes(sizeof steps_ + 3 * mean_.size() * sizeof(float), '\0');
  char* to = bytes.data();
  std::memcpy(to, &steps_, sizeof steps_);
  to += sizeof steps_;
  for (const AlignedVector<float>* v : {&network_.parameters(), &mean_, &square_}) {
    std::memcpy(to, v->data(), v->size() * sizeof(float));
    to += v->size() * sizeof(float);
  }
  return bytes;
}

void TwoLayerTrainer::restore(std::string_view bytes) {
  if (bytes.size() != sizeof steps_ + 3 * mean_.size() * sizeof(float))
    throw BadInput("checkpoint: {} bytes of a training that has another network", bytes.size());
  const char* from = bytes.data();
  std::memcpy(&steps_, from, sizeof steps_);
  from += sizeof steps_;
  for (AlignedVector<float>* v : {&network_.parameters(), &mean_, &square_}) {
    std::memcpy(v->data(), from, v->size() * sizeof(float));
    from += v->size() * sizeof(float);
  }
}

}  // namespace crosstile
