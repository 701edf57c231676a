// SPDX-License-Identifier: Apache-2.0
// Operations y = scale[c] x + shift[c] with constants: folded into the weights and biases of the layer before
// when these are its plain sums and nothing else reads them, else a depthwise convolution of 1x1.
#include <algorithm>
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

/// A constant's dimensions against an activation of `rank`: before opset 7, `axis` says where they begin.
std::vector<std::int64_t> alignedDims(const OnnxNode& node, const Constant& constant, std::size_t rank) {
  std::vector<std::int64_t> dims = constant.dims;
  if (node.opset() >= 7 || !node.has("axis")) return dims;
  const int axis = node.axis(node.integer("axis", 0), rank);
  while (dims.size() + axis < rank) dims.push_back(1);
  return dims;
}

/// Which dimension of an activation's shape a constant varies along; the channels' when not along a single
/// one.
int variedDimension(const std::vector<std::int64_t>& constantDims, const Activation& in, int channels) {
  const int rank = static_cast<int>(in.shape.size());
  int found = channels, count = 0;
  for (std::size_t i = 0; i < constantDims.size(); ++i) {  // from the last
    if (constantDims[constantDims.size() - 1 - i] == 1) continue;
    found = rank - 1 - static_cast<int>(i);
    ++count;
  }
  return count == 1 ? found : channels;
}

/// The dimension of an activation's shape that holds its channels.
int channelDimension(const Activation& in) {
  if (in.mvm >= 0) return static_cast<int>(in.shape.size()) - 1 - in.channelFromEnd;
  const auto first = std::find(in.order.begin(), in.order.end(), 0);
  return first == in.order.end() ? 0 : static_cast<int>(first - in.order.begin());
}

/// y = scale[c] x + shift[c] along one dimension of the shape.
Activation affineAlong(OnnxGraph& graph, const OnnxNode& node, const Activation& in, int channel,
                       const std::vector<float>& scale, const std::vector<float>& shift) {
  for (std::size_t c = 0; c < scale.size(); ++c) {
    if (!std::isfinite(scale[c]) || !std::isfinite(shift[c])) {
      node.fail("multiplies channel {} by {} and adds {}: must be finite", c, scale[c], shift[c]);
    }
  }
  if (in.mvm < 0 || !in.exclusive || channelDimension(in) != channel) {
    return graph.appendAffine(node, in, channel, scale, shift);
  }
  fold(graph.layer(in.mvm), scale, shift, node);
  return in;
}

/// Constants of Add, Sub, Mul and Div as factor and addend.
void scaleAndShift(const OnnxNode& node, bool constantSecond, std::vector<float> values,
                   std::vector<float>& scale, std::vector<float>& shift) {
  scale.assign(values.size(), 1.0F);
  shift.assign(values.size(), 0.0F);
  switch (node.type()[0]) {
    case 'A':
      shift = std::move(values);
      break;
    case 'M':
      scale = std::move(values);
      break;
    case 'S':  // x - v or v - x
      if (!constantSecond) {
        scale.assign(values.size(), -1.0F);
        shift = std::move(values);
      } else {
        for (std::size_t c = 0; c < values.size(); ++c) shift[c] = -values[c];
      }
      break;
    default:
      if (!constantSecond) node.fail("divides a constant by an activation: not supported");
      for (std::size_t c = 0; c < values.size(); ++c) scale[c] = 1.0F / values[c];
  }
}

}  // namespace

Activation affine(OnnxGraph& graph, const OnnxNode& node, const Activation& in, std::vector<float> scale,
                  std::vector<float> shift) {
  if (in.shape.empty()) node.fail("its input must have at least one dimension beside the batch");
  const int channel = channelDimension(in);
  scale.resize(in.shape[channel], scale.at(0));
  shift.resize(in.shape[channel], shift.at(0));
  return affineAlong(graph, node, in, channel, scale, shift);
}

void importArithmetic(OnnxGraph& graph, const OnnxNode& node) {
  const bool firstIsActivation = graph.isActivation(node.input(0));
  if (firstIsActivation && graph.isActivation(node.input(1))) {
    if (node.type() == "Add") {
      importSum(graph, node);
      return;
    }
    node.fail("combines two activations: not supported; allowed is a constant (and Add of two)");
  }
  const Constant& constant = graph.requiredConstant(node, firstIsActivation ? 1 : 0, "the other input");
  const Activation in = graph.orderedActivation(node, firstIsActivation ? 0 : 1);
  if (in.shape.empty()) node.fail("its input must have at least one dimension beside the batch");
  const std::size_t rank = graph.dims(in).size();
  const std::vector<std::int64_t> dims = alignedDims(node, constant, rank);
  const int channel = variedDimension(dims, in, channelDimension(in));
  if (channel < 0) node.fail("a constant of {} varies over the batch", dimensionsText(constant.dims));
  std::vector<float> scale, shift;
  scaleAndShift(node, firstIsActivation,
                perChannel(node, constant, dims, rank, static_cast<int>(in.shape.size()) - 1 - channel,
                           in.shape[channel]),
                scale, shift);
  graph.define(node, affineAlong(graph, node, in, channel, scale, shift));
}

void importBatchNormalization(OnnxGraph& graph, const OnnxNode& node) {
  if (node.integer("training_mode", 0) != 0) node.fail("training_mode = 1: allowed is 0 (inference)");
  if (node.integer("spatial", 1) != 1) node.fail("spatial = 0: not supported");
  const Activation in = graph.orderedActivation(node, 0);
  if (!in.batched || in.shape.empty())
    node.fail("its input {} has no channels", dimensionsText(graph.dims(in)));
  const std::size_t channels = in.shape[0];
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
  graph.define(node, affineAlong(graph, node, in, 0, scale, shift));
}

}  // namespace crosstile
