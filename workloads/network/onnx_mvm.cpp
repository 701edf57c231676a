// SPDX-License-Identifier: Apache-2.0
// Conv, Gemm and MatMul: the layers that run on crossbars.
#include <algorithm>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

/// Weights {out, in} from a matrix {in, out}, or {out, in} when `transposed`, each times `factor`.
Tensor<float> denseWeights(const OnnxNode& node, const Constant& matrix, bool transposed, float factor,
                           int inputs) {
  if (matrix.dims.size() != 2) node.fail("weights of {} must be a matrix", dimensionsText(matrix.dims));
  const std::int64_t in = matrix.dims[transposed ? 1 : 0], out = matrix.dims[transposed ? 0 : 1];
  if (in != inputs || out == 0) {
    node.fail("weights of {} don't fit an input of {} values", dimensionsText(matrix.dims), inputs);
  }
  const std::vector<float> values = matrix.asFloats();
  Tensor<float> weights{{static_cast<int>(out), inputs}, std::vector<float>(values.size())};
  for (std::int64_t o = 0; o < out; ++o) {
    for (std::int64_t i = 0; i < in; ++i) {
      weights.values[o * in + i] = factor * values[transposed ? o * in + i : i * out + o];
    }
  }
  return weights;
}

/// A dense layer on `vector`.
Activation appendDense(OnnxGraph& graph, const OnnxNode& node, const Activation& vector,
                       Tensor<float> weights, std::vector<float> bias) {
  Activation out = graph.append(node, vector, LayerKind::dense, {weights.shape[0]});
  graph.layer(out).weights = std::move(weights);
  graph.layer(out).bias = std::move(bias);
  graph.layer(out).weightsName = node.input(1);
  out.mvm = out.layer;
  return out;
}

/// The input of a Gemm as a vector an image, transA applied.
Activation gemmInput(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  const bool transposed = node.integer("transA", 0) != 0;
  const std::vector<std::int64_t> dims = graph.dims(in);
  if (dims.size() != 2) node.fail("its input must be batch x features; found {}", dimensionsText(dims));
  if (in.batched && !transposed) return in;
  if (!in.batched && transposed && in.shape[1] == 1) {  // a column vector: one image
    Activation row = graph.reshaped(node, in, {in.shape[0]});
    row.batched = true;
    return row;
  }
  node.fail("multiplies {}{}: allowed is one vector an image", dimensionsText(dims),
            transposed ? " transposed" : "");
}

}  // namespace

std::vector<float> perChannel(const OnnxNode& node, const Constant& constant,
                              std::vector<std::int64_t> constantDims, std::size_t rank, int channelFromEnd,
                              int channels) {
  const bool fits = constantDims.size() <= rank;
  for (std::size_t i = 0; i < constantDims.size(); ++i) {
    const std::int64_t d = constantDims[constantDims.size() - 1 - i];
    const bool isChannel = static_cast<int>(i) == channelFromEnd;
    if (!fits || (d != 1 && !(isChannel && d == channels))) {
      node.fail("a constant of {} is neither one number nor one for each of {} channels",
                dimensionsText(constant.dims), channels);
    }
  }
  std::vector<float> values = constant.asFloats();
  if (values.size() == 1) values.assign(channels, values[0]);
  return values;
}

void importConv(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.paddedActivation(node, 0);
  const Constant& weights = graph.requiredConstant(node, 1, "weights");
  const Constant* bias = graph.constantInput(node, 2, "bias");
  if (!in.batched || in.shape.size() != 3 || weights.dims.size() != 4) {
    node.fail("input {} and weights {}: allowed are convolutions over height and width",
              dimensionsText(graph.dims(in)), dimensionsText(weights.dims));
  }
  const std::int64_t groups = node.integer("group", 1);
  const std::int64_t outChannels = weights.dims[0];
  if (groups < 1 || outChannels == 0 || outChannels % groups != 0 || in.shape[0] % groups != 0 ||
      in.shape[0] / groups != weights.dims[1]) {
    node.fail("weights of {} in {} groups don't fit an input of {}", dimensionsText(weights.dims), groups,
              toString(in.shape));
  }
  const std::vector<std::int64_t> given = node.integers("kernel_shape");
  const std::vector<std::int64_t> kernel(weights.dims.begin() + 2, weights.dims.end());
  if (!given.empty() && given != kernel) {
    node.fail("kernel_shape {} differs from the weights' {}", dimensionsText(given), dimensionsText(kernel));
  }
  const Window window = windowOf(node, in, kernel);
  const int outH =
      outputPositions(in.shape[1], window.padTop, window.padBottom, window.kernelH, window.strideH);
  const int outW =
      outputPositions(in.shape[2], window.padLeft, window.padRight, window.kernelW, window.strideW);
  const int channels = static_cast<int>(outChannels);
  Activation out = graph.append(node, in, LayerKind::conv, {channels, outH, outW});
  Layer& layer = graph.layer(out);
  layer.window = window;
  layer.groups = static_cast<int>(groups);
  layer.weightsName = node.input(1);
  layer.weights = {Shape(weights.dims.begin(), weights.dims.end()), weights.asFloats()};
  layer.bias.assign(channels, 0.0F);
  if (bias != nullptr) {
    if (bias->size() != layer.bias.size()) node.fail("has {} biases for {} channels", bias->size(), channels);
    layer.bias = bias->asFloats();
  }
  out.mvm = out.layer;
  out.channelFromEnd = 2;
  graph.define(node, out);
}

void importGemm(OnnxGraph& graph, const OnnxNode& node) {
  const Constant& matrix = graph.requiredConstant(node, 1, "the second matrix");
  const Constant* addend = graph.constantInput(node, 2, "the third matrix");
  const Activation vector = gemmInput(graph, node);
  Tensor<float> weights =
      denseWeights(node, matrix, node.integer("transB", 0) != 0, node.number("alpha", 1.0F), vector.shape[0]);
  const int outputs = weights.shape[0];
  std::vector<float> bias(outputs, 0.0F);
  if (addend != nullptr) {
    bias = perChannel(node, *addend, addend->dims, 2, 0, outputs);
    const float beta = node.number("beta", 1.0F);
    for (float& b : bias) b *= beta;
  }
  graph.define(node, appendDense(graph, node, vector, std::move(weights), std::move(bias)));
}

void importMatMul(OnnxGraph& graph, const OnnxNode& node) {
  if (!graph.isActivation(node.input(0))) {
    node.fail("multiplies a constant by an activation: allowed is an activation by a constant");
  }
  const Activation in = graph.activation(node, 0);
  const Constant& matrix = graph.requiredConstant(node, 1, "the second matrix");
  if (in.shape.empty()) node.fail("its input must have at least one dimension beside the batch");
  for (std::size_t d = 0; d + 1 < in.shape.size(); ++d) {
    if (in.shape[d] != 1) node.fail("multiplies {} an image: allowed is one vector", toString(in.shape));
  }
  Tensor<float> weights = denseWeights(node, matrix, false, 1.0F, in.shape.back());
  std::vector<float> bias(weights.shape[0], 0.0F);
  const Activation vector = graph.reshaped(node, in, {in.shape.back()});
  Activation out = appendDense(graph, node, vector, std::move(weights), std::move(bias));
  if (in.shape.size() > 1) {
    Shape shape(in.shape.size(), 1);
    shape.back() = out.shape[0];
    const int mvm = out.mvm;
    out = graph.reshaped(node, out, shape);
    out.mvm = mvm;  // a reshape by 1s keeps the channels last: an Add may follow
  }
  graph.define(node, out);
}

}  // namespace crosstile
