// SPDX-License-Identifier: Apache-2.0
// Random networks with branches: residual adds (also pre-activated and projected), concats, depthwise and
// grouped convolutions, strides, pools, a dense tail; for tests that hold for all of them.
#pragma once

#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/mapping/random_network.h"
#include "workloads/encoding/quantise.h"

namespace crosstile::test {

/// Builds a network whose layers name what they read; every method returns its layer's index, -1 is the
/// input.
class GraphBuilder {
 public:
  explicit GraphBuilder(Shape input) {
    network_.name = "graph";
    network_.inputShape = std::move(input);
  }
  const Shape& shape(int of) const { return shapeOf(network_, of); }
  int last() const { return static_cast<int>(network_.layers.size()) - 1; }
  Layer& layer(int i) { return network_.layers.at(static_cast<std::size_t>(i)); }
  Network build() { return network_; }

  int append(LayerKind kind, std::vector<int> inputs, Shape out) {
    Layer layer;
    layer.kind = kind;
    layer.name = std::string(toString(kind)) + "_" + std::to_string(network_.layers.size());
    layer.inputShape = shape(inputs.at(0));
    layer.inputs = std::move(inputs);
    layer.outputShape = std::move(out);
    network_.layers.push_back(std::move(layer));
    return last();
  }

  int conv(int from, int outputs, const Window& window, int groups, Dice& dice) {
    const int channels = shape(from)[0] / groups;
    const int i = append(LayerKind::conv, {from}, windowed(from, outputs, window));
    layer(i).window = window;
    layer(i).groups = groups;
    fill(layer(i), {outputs, channels, window.kernelH, window.kernelW}, dice);
    return i;
  }

  int dense(int from, int outputs, Dice& dice) {
    if (shape(from).size() != 1)
      from = append(LayerKind::reshape, {from}, {static_cast<int>(elementCount(shape(from)))});
    const int i = append(LayerKind::dense, {from}, {outputs});
    fill(layer(i), {outputs, shape(from)[0]}, dice);
    return i;
  }

  int pool(LayerKind kind, int from, const Window& window, bool countIncludePad = false) {
    const int i = append(kind, {from}, windowed(from, shape(from)[0], window));
    layer(i).window = window;
    layer(i).countIncludePad = countIncludePad;
    return i;
  }

  int relu(int from) { return append(LayerKind::relu, {from}, shape(from)); }
  int globalAverage(int from) { return append(LayerKind::globalAveragePool, {from}, {shape(from)[0], 1, 1}); }
  int add(std::vector<int> inputs) {
    Shape out = shape(inputs.at(0));
    return append(LayerKind::add, std::move(inputs), std::move(out));
  }
  int concat(std::vector<int> inputs) {
    Shape out = shape(inputs.at(0));
    out[0] = 0;
    for (const int i : inputs) out[0] += shape(i)[0];
    return append(LayerKind::concat, std::move(inputs), std::move(out));
  }

 private:
  Shape windowed(int from, int channels, const Window& w) const {
    const Shape& in = shape(from);
    return {channels, (in[1] + w.padTop + w.padBottom - w.kernelH) / w.strideH + 1,
            (in[2] + w.padLeft + w.padRight - w.kernelW) / w.strideW + 1};
  }

  static void fill(Layer& layer, Shape weights, Dice& dice) {
    layer.weights.shape = std::move(weights);
    layer.weights.values.resize(static_cast<std::size_t>(elementCount(layer.weights.shape)));
    const auto fanIn =
        static_cast<float>(layer.weights.values.size()) / static_cast<float>(layer.weights.shape[0]);
    for (float& w : layer.weights.values) w = dice.normal() * std::sqrt(2.0F / fanIn);
    layer.bias.resize(static_cast<std::size_t>(layer.weights.shape[0]));
    for (float& b : layer.bias) b = 0.2F * dice.normal();
  }

  Network network_;
};

/// A square window that keeps height and width at stride 1.
inline Window sameWindow(int kernel, int stride = 1) {
  const int pad = kernel / 2;
  return {kernel, kernel, stride, stride, pad, pad, pad, pad};
}

/// conv - relu - conv beside the identity or, where shapes differ, a 1x1 projection; pre-activated: relu
/// first.
inline int residualBlock(GraphBuilder& b, int from, Dice& dice) {
  const int stride = b.shape(from)[1] > 3 && b.shape(from)[2] > 3 ? dice.between(1, 2) : 1;
  const int channels = dice.chance(0.5) ? b.shape(from)[0] : dice.between(2, 8);
  const bool preActivated = dice.chance(0.3);
  const int start = preActivated ? b.relu(from) : from;
  const int middle = b.relu(b.conv(start, channels, sameWindow(3, stride), 1, dice));
  const int branch = b.conv(middle, channels, sameWindow(dice.chance(0.5) ? 3 : 1), 1, dice);
  const bool same = stride == 1 && channels == b.shape(from)[0];
  const int shortcut = same ? from : b.conv(start, channels, sameWindow(1, stride), 1, dice);
  std::vector<int> terms = {branch, shortcut};
  if (dice.chance(0.5)) std::swap(terms[0], terms[1]);
  if (dice.chance(0.2)) terms.push_back(b.conv(middle, channels, sameWindow(1), 1, dice));
  const int sum = b.add(terms);
  return preActivated ? sum : b.relu(sum);
}

/// DenseNet's: what comes in and new channels, once or twice.
inline int denseBlock(GraphBuilder& b, int from, Dice& dice) {
  for (int i = dice.between(1, 2); i > 0; --i) {
    const int start = dice.chance(0.5) ? b.relu(from) : from;
    from = b.concat({from, b.conv(start, dice.between(1, 4), sameWindow(3), 1, dice)});
  }
  return from;
}

/// Inception's: branches of 1x1, 3x3 and a pool side by side.
inline int inceptionBlock(GraphBuilder& b, int from, Dice& dice) {
  std::vector<int> branches = {b.relu(b.conv(from, dice.between(1, 4), sameWindow(1), 1, dice)),
                               b.conv(from, dice.between(1, 4), sameWindow(3), 1, dice)};
  if (dice.chance(0.5)) branches.push_back(b.append(LayerKind::sigmoid, {branches[1]}, b.shape(branches[1])));
  if (dice.chance(0.5)) branches.push_back(b.pool(LayerKind::maxPool, from, sameWindow(3)));
  if (dice.chance(0.3))
    branches.push_back(b.pool(LayerKind::averagePool, from, sameWindow(3), dice.chance(0.5)));
  const int joined = b.concat(branches);
  return dice.chance(0.4) ? b.relu(joined) : joined;
}

/// MobileNet's: a depthwise convolution (or one in two groups), ReLU6, 1x1.
inline int separableBlock(GraphBuilder& b, int from, Dice& dice) {
  const int channels = b.shape(from)[0];
  const int groups = channels % 2 == 0 && dice.chance(0.3) ? 2 : channels;
  const int multiplier = dice.between(1, 2);
  const int depthwise = b.conv(from, channels * multiplier, sameWindow(3), groups, dice);
  const int clip = b.append(LayerKind::clip, {depthwise}, b.shape(depthwise));
  b.layer(clip).clipHigh = 6.0F;
  return b.relu(b.conv(clip, dice.between(2, 6), sameWindow(1), 1, dice));
}

/// Two or three vectors added or joined, then perhaps a last dense layer and softmax.
inline void denseTail(GraphBuilder& b, int from, Dice& dice) {
  if (dice.chance(0.3)) {
    const int left = b.dense(from, 6, dice), right = b.dense(from, 6, dice);
    from = dice.chance(0.5) ? b.add({left, right}) : b.concat({b.relu(left), right});
  }
  if (dice.chance(0.15) && b.shape(from).size() == 1) return;
  const int last = b.dense(from, dice.between(2, 8), dice);
  if (dice.chance(0.2)) b.append(LayerKind::softmax, {last}, b.shape(last));
}

/// A stem, two to four blocks, a pool and the tail; now and then it ends in a block.
inline Network randomGraph(Dice& dice) {
  GraphBuilder b({dice.between(1, 3), dice.between(5, 9), dice.between(5, 9)});
  int at = -1;
  if (dice.chance(0.85)) at = b.relu(b.conv(-1, dice.between(2, 5), sameWindow(3), 1, dice));
  for (int block = dice.between(2, 4); block > 0; --block) {
    switch (dice.between(0, 4)) {
      case 0:
        at = denseBlock(b, at, dice);
        break;
      case 1:
        at = inceptionBlock(b, at, dice);
        break;
      case 2:
        at = separableBlock(b, at, dice);
        break;
      default:
        at = residualBlock(b, at, dice);
        break;
    }
    if (dice.chance(0.3) && b.shape(at)[1] > 2 && b.shape(at)[2] > 2) {
      at = b.pool(dice.chance(0.5) ? LayerKind::maxPool : LayerKind::averagePool, at,
                  {2, 2, 2, 2, 0, 0, 0, 0});
    }
  }
  if (dice.chance(0.1)) return b.build();
  if (dice.chance(0.6)) at = b.globalAverage(at);
  denseTail(b, at, dice);
  return b.build();
}

/// A network with branches, images for it, and the integer network that they calibrate.
struct RandomGraph {
  std::unique_ptr<Network> network;  ///< stays where it is: `integer` refers to it
  std::vector<float> images;         ///< [image][element]
  int imageCount = 0;
  IntegerNetwork integer;

  std::vector<std::int64_t> codes(int image) const {
    std::vector<std::int64_t> result(static_cast<std::size_t>(elementCount(network->inputShape)));
    quantiseInput(integer.input, images.data() + static_cast<std::size_t>(image) * result.size(),
                  result.data(), result.size());
    return result;
  }
};

inline RandomGraph randomIntegerGraph(std::uint64_t seed, const EncodingConfig& encoding,
                                      int imageCount = 3) {
  Dice dice(seed);
  RandomGraph graph;
  graph.network = std::make_unique<Network>(randomGraph(dice));
  graph.images = randomImages(*graph.network, imageCount, dice.chance(0.5), dice);
  graph.imageCount = imageCount;
  graph.integer = quantise(*graph.network, encoding, graph.images.data(), imageCount);
  return graph;
}

}  // namespace crosstile::test
