// SPDX-License-Identifier: Apache-2.0
// Operations y = scale[c] x + shift[c] with constants: folded into the weights and biases of the layer
// before.
#include <cmath>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

/// Multiplies the sums of a layer's channel c by scale[c] and adds shift[c].
void fold(Layer& layer, const std::vector<float>& scale, const std::vector<float>& shift,
          const OnnxNode& node) {
  const std::size_t channels = layer.bias.size();
  const std::size_t perChannelWeights = layer.weights.values.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < perChannelWeights; ++i)
      layer.weights.values[c * perChannelWeights + i] *= scale[c];
    layer.bias[c] = layer.bias[c] * scale[c] + shift[c];
  }
  layer.folded.push_back(node.name());
}

/// The layer that a node on `in` may be folded into. @throws BadInput when there is none
Layer& foldable(OnnxGraph& graph, const OnnxNode& node, const Activation& in) {
  if (in.mvm < 0) node.fail("must follow a Conv, Gemm or MatMul, to be folded into it");
  if (!in.exclusive) node.fail("can't be folded: something else reads its input, too");
  return graph.layer(in.mvm);
}

/// A constant's dimensions against an activation of `rank`: before opset 7, `axis` says where they begin.
std::vector<std::int64_t> alignedDims(const OnnxNode& node, const Constant& constant, std::size_t rank) {
  std::vector<std::int64_t> dims = constant.dims;
  if (node.opset() >= 7 || !node.has("axis")) return dims;
  const int axis = node.axis(node.integer("axis", 0), rank);
  while (dims.size() + axis < rank) dims.push_back(1);
  return dims;
}

}  // namespace

void importArithmetic(OnnxGraph& graph, const OnnxNode& node) {
  const bool firstIsActivation = graph.isActivation(node.input(0));
  if (firstIsActivation && graph.isActivation(node.input(1))) {
    node.fail("combines two activations: not supported; allowed is a constant");
  }
  const Activation in = graph.activation(node, firstIsActivation ? 0 : 1);
  const Constant& constant = graph.requiredConstant(node, firstIsActivation ? 1 : 0, "the other input");
  Layer& layer = foldable(graph, node, in);
  const std::size_t rank = graph.dims(in).size();
  std::vector<float> scale(layer.bias.size(), 1.0F), shift(layer.bias.size(), 0.0F);
  const std::vector<float> values = perChannel(node, constant, alignedDims(node, constant, rank), rank,
                                               in.channelFromEnd, static_cast<int>(layer.bias.size()));
  for (std::size_t c = 0; c < values.size(); ++c) {
    switch (node.type()[0]) {
      case 'A':
        shift[c] = values[c];
        break;
      case 'M':
        scale[c] = values[c];
        break;
      case 'S':  // x - v or v - x
        scale[c] = firstIsActivation ? 1.0F : -1.0F;
        shift[c] = firstIsActivation ? -values[c] : values[c];
        break;
      default:
        if (!firstIsActivation) node.fail("divides a constant by an activation: not supported");
        scale[c] = 1.0F / values[c];
    }
  }
  fold(layer, scale, shift, node);
  graph.define(node, in);
}

void importBatchNormalization(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  if (node.integer("training_mode", 0) != 0) node.fail("training_mode = 1: allowed is 0 (inference)");
  if (node.integer("spatial", 1) != 1) node.fail("spatial = 0: not supported");
  Layer& layer = foldable(graph, node, in);
  if (static_cast<int>(graph.dims(in).size()) - 1 - in.channelFromEnd != 1) {
    node.fail("normalises over a dimension that isn't the channels of the layer before");
  }
  const std::size_t channels = layer.bias.size();
  const char* const names[] = {"input", "scale", "bias", "mean", "variance"};
  std::vector<float> values[5];
  for (int i = 1; i < 5; ++i) {
    values[i] = graph.requiredConstant(node, i, names[i]).asFloats();
    if (values[i].size() != channels) {
      node.fail("{} has {} values for {} channels", names[i], values[i].size(), channels);
    }
  }
  const float epsilon = node.number("epsilon", 1e-5F);
  std::vector<float> scale(channels), shift(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    scale[c] = values[1][c] / std::sqrt(values[4][c] + epsilon);
    shift[c] = values[2][c] - values[3][c] * scale[c];
  }
  fold(layer, scale, shift, node);
  graph.define(node, in);
}

}  // namespace crosstile
