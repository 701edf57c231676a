// SPDX-License-Identifier: Apache-2.0
// Random networks of the layers that a chip maps, and random encodings, for tests that hold for all of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "workloads/encoding/encoding_config.h"
#include "workloads/network/network.h"

namespace crosstile::test {

/// Reproducible choices.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(engine_); }
  float normal() { return std::normal_distribution<float>()(engine_); }
  template <typename T>
  T oneOf(std::vector<T> choices) {
    return choices[static_cast<std::size_t>(between(0, static_cast<int>(choices.size()) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

/// Builds a chain of layers; every method appends one that fits what is there.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(Shape input) : shape_(std::move(input)) {
    network_.name = "built";
    network_.inputShape = shape_;
  }
  const Shape& shape() const { return shape_; }
  Network build() { return network_; }

  Layer& add(LayerKind kind, Shape out) {
    Layer layer;
    layer.kind = kind;
    layer.name = std::string(toString(kind)) + "_" + std::to_string(network_.layers.size());
    layer.inputs = {static_cast<int>(network_.layers.size()) - 1};
    layer.inputShape = shape_;
    layer.outputShape = shape_ = std::move(out);
    network_.layers.push_back(std::move(layer));
    return network_.layers.back();
  }

  Layer& conv(int outputs, const Window& window, int groups, Dice& dice) {
    const int channels = shape_[0] / groups;
    Layer& l = add(LayerKind::conv, windowed(outputs, window));
    l.window = window;
    l.groups = groups;
    fill(l, {outputs, channels, window.kernelH, window.kernelW}, dice);
    return l;
  }

  Layer& dense(int outputs, Dice& dice) {
    if (shape_.size() != 1) add(LayerKind::reshape, {static_cast<int>(elementCount(shape_))});
    const int inputs = shape_[0];
    Layer& l = add(LayerKind::dense, {outputs});
    fill(l, {outputs, inputs}, dice);
    return l;
  }

  void pool(LayerKind kind, const Window& window, bool countIncludePad) {
    Layer& l = add(kind, windowed(shape_[0], window));
    l.window = window;
    l.countIncludePad = countIncludePad;
  }

  void clip(float low, float high) {
    Layer& l = add(LayerKind::clip, shape_);
    l.clipLow = low;
    l.clipHigh = high;
  }

  void transpose(std::vector<int> permutation) {
    Shape out;
    for (const int p : permutation) out.push_back(shape_[static_cast<std::size_t>(p)]);
    add(LayerKind::transpose, std::move(out)).permutation = std::move(permutation);
  }

 private:
  Shape windowed(int channels, const Window& w) const {
    return {channels, (shape_[1] + w.padTop + w.padBottom - w.kernelH) / w.strideH + 1,
            (shape_[2] + w.padLeft + w.padRight - w.kernelW) / w.strideW + 1};
  }

  static void fill(Layer& layer, Shape weights, Dice& dice) {
    layer.weights.shape = std::move(weights);
    layer.weights.values.resize(static_cast<std::size_t>(elementCount(layer.weights.shape)));
    for (float& w : layer.weights.values) w = dice.normal();
    layer.bias.resize(static_cast<std::size_t>(layer.weights.shape[0]));
    for (float& b : layer.bias) b = dice.normal();
  }

  Network network_;
  Shape shape_;
};

/// A window smaller than {height, width}, with any strides and asymmetric pads that leave no place without an
/// element.
inline Window randomWindow(const Shape& shape, int largest, Dice& dice) {
  Window w;
  w.kernelH = dice.between(1, std::min(largest, shape[1]));
  w.kernelW = dice.between(1, std::min(largest, shape[2]));
  w.strideH = dice.between(1, 2);
  w.strideW = dice.between(1, 2);
  w.padTop = dice.between(0, w.kernelH - 1);
  w.padBottom = dice.between(0, w.kernelH - 1);
  w.padLeft = dice.between(0, w.kernelW - 1);
  w.padRight = dice.between(0, w.kernelW - 1);
  return w;
}

inline void randomActivation(NetworkBuilder& b, Dice& dice) {
  switch (dice.between(0, 5)) {
    case 0:
      b.add(LayerKind::relu, b.shape());
      break;
    case 1:
      b.clip(0.0F, 2.5F);
      break;
    case 2:
      b.clip(-1.0F, 1.5F);
      break;
    case 3:
      b.add(LayerKind::sigmoid, b.shape());
      break;
    case 4:
      b.add(LayerKind::tanh, b.shape());
      break;
    default:
      break;
  }
}

inline void randomConvolution(NetworkBuilder& b, Dice& dice) {
  const int groups = dice.chance(0.25) ? b.shape()[0] : 1;
  const int outputs = groups * dice.between(1, groups > 1 ? 2 : 6);
  b.conv(outputs, randomWindow(b.shape(), 3, dice), groups, dice);
  randomActivation(b, dice);
  if (!dice.chance(0.5)) return;
  const LayerKind kind = dice.chance(0.5) ? LayerKind::maxPool : LayerKind::averagePool;
  b.pool(kind, randomWindow(b.shape(), 3, dice), dice.chance(0.5));
  if (dice.chance(0.3)) b.add(LayerKind::relu, b.shape());
}

/// One to three convolutions with activations and pools, a transpose here and there, one or two dense layers.
inline Network randomNetwork(Dice& dice) {
  NetworkBuilder b({dice.between(1, 3), dice.between(4, 9), dice.between(4, 9)});
  if (dice.chance(0.15)) b.transpose({0, 2, 1});
  if (dice.chance(0.15)) randomActivation(b, dice);
  const int convolutions = dice.between(0, 3);
  bool moved = false;  // pooling straight after a transpose can't be mapped
  for (int i = 0; i < convolutions; ++i) {
    randomConvolution(b, dice);
    moved = dice.chance(0.2);
    if (moved) b.transpose(dice.oneOf<std::vector<int>>({{0, 2, 1}, {1, 0, 2}, {2, 0, 1}}));
  }
  if (convolutions > 0 && !moved && dice.chance(0.2)) {
    b.add(LayerKind::globalAveragePool, {b.shape()[0], 1, 1});
  }
  if (dice.chance(0.5)) {
    b.dense(dice.between(2, 20), dice);
    randomActivation(b, dice);
  }
  b.dense(dice.between(2, 10), dice);
  if (dice.chance(0.3)) b.add(LayerKind::softmax, b.shape());
  return b.build();
}

/// Images of normal values, without negative ones when not `isSigned`.
inline std::vector<float> randomImages(const Network& network, int count, bool isSigned, Dice& dice) {
  std::vector<float> x(static_cast<std::size_t>(elementCount(network.inputShape) * count));
  for (float& v : x) v = isSigned ? dice.normal() : std::abs(dice.normal());
  return x;
}

inline EncodingConfig randomEncoding(Dice& dice) {
  EncodingConfig e;
  e.inputBits = dice.between(2, 16);
  e.weightBits = dice.between(2, 16);
  e.pulseBits = dice.between(1, 8);
  e.cellBits = dice.between(1, 8);
  e.scheme = dice.chance(0.5) ? "offset" : "differential";
  e.flippedColumns = dice.chance(0.5);
  e.biasRow = dice.chance(0.3);
  if (dice.chance(0.2)) {  // pairs around the middle level: one cell each
    e.scheme = "average";
    e.cellBits = std::min(e.weightBits - 1, 8);
    e.weightBits = e.cellBits + 1;
  }
  return e;
}

}  // namespace crosstile::test
