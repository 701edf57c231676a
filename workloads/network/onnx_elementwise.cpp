// SPDX-License-Identifier: Apache-2.0
// Activation functions, and nodes that do nothing at inference.
#include <limits>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

void importFunction(OnnxGraph& graph, const OnnxNode& node, LayerKind kind) {
  graph.define(node, graph.appendElementwise(node, graph.orderedActivation(node, 0), kind));
}

void importClip(OnnxGraph& graph, const OnnxNode& node, const Activation& in, float low, float high) {
  const Activation out = graph.appendElementwise(node, in, LayerKind::clip);
  graph.layer(out).clipLow = low;
  graph.layer(out).clipHigh = high;
  graph.define(node, out);
}

/// A bound of Clip: an attribute before opset 11, then an input.
float bound(const OnnxGraph& graph, const OnnxNode& node, int input, const char* name, float fallback) {
  if (node.opset() < 11) return node.number(name, fallback);
  const Constant* constant = graph.constantInput(node, input, name);
  if (constant == nullptr) return fallback;
  const std::vector<float> values = constant->asFloats();
  if (values.size() != 1) node.fail("{} must be one number", name);
  return values[0];
}

/// {leading dimensions, elements normalised together} of a softmax.
Shape softmaxShape(const OnnxGraph& graph, const OnnxNode& node, const Activation& in) {
  const std::vector<std::int64_t> dims = graph.dims(in);
  const bool flattens = node.opset() < 13;  // then everything from the axis on is one dimension
  const int axis = node.axis(node.integer("axis", flattens ? 1 : -1), dims.size());
  if (axis == 0 && in.batched) node.fail("axis 0 is the batch: not supported");
  Shape shape;
  std::int64_t together = dims[axis];
  for (std::size_t d = in.batched ? 1 : 0; d < dims.size(); ++d) {
    if (static_cast<int>(d) < axis && dims[d] != 1) shape.push_back(static_cast<int>(dims[d]));
    if (static_cast<int>(d) > axis && flattens) together *= dims[d];
    if (static_cast<int>(d) > axis && !flattens && dims[d] != 1) {
      node.fail("axis {} of {}: allowed is the last dimension that isn't 1", axis, dimensionsText(dims));
    }
  }
  shape.push_back(static_cast<int>(together));
  return shape;
}

}  // namespace

void importRelu(OnnxGraph& graph, const OnnxNode& node) {
  importFunction(graph, node, LayerKind::relu);
}

void importSigmoid(OnnxGraph& graph, const OnnxNode& node) {
  importFunction(graph, node, LayerKind::sigmoid);
}

void importTanh(OnnxGraph& graph, const OnnxNode& node) {
  importFunction(graph, node, LayerKind::tanh);
}

void importClip(OnnxGraph& graph, const OnnxNode& node) {
  constexpr float kNoLow = std::numeric_limits<float>::lowest(), kNoHigh = std::numeric_limits<float>::max();
  const float low = std::max(bound(graph, node, 1, "min", kNoLow), kNoLow);
  const float high = std::min(bound(graph, node, 2, "max", kNoHigh), kNoHigh);
  if (!(low <= high)) node.fail("min = {} is above max = {}", low, high);
  if (low == 0.0F && high == kNoHigh) {
    importRelu(graph, node);
    return;
  }
  importClip(graph, node, graph.orderedActivation(node, 0), low, high);
}

void importHardSigmoid(OnnxGraph& graph, const OnnxNode& node) {
  const std::vector<float> alpha = {node.number("alpha", 0.2F)}, beta = {node.number("beta", 0.5F)};
  importClip(graph, node, affine(graph, node, graph.orderedActivation(node, 0), alpha, beta), 0.0F, 1.0F);
}

void importSoftmax(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  const Shape shape = softmaxShape(graph, node, in);
  Activation out = graph.append(node, graph.reshaped(node, in, shape), LayerKind::softmax, shape);
  out.shape = in.shape;  // for what follows; the layer's own may leave out dimensions of 1
  graph.define(node, out);
}

void importIdentity(OnnxGraph& graph, const OnnxNode& node) {
  graph.define(node, graph.value(node, 0));
}

void importCast(OnnxGraph& graph, const OnnxNode& node) {
  switch (node.integer("to", onnx::TensorProto::UNDEFINED)) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::FLOAT16:
      importIdentity(graph, node);
      return;
    default:
      node.fail("casts an activation to a type that isn't floating point: not supported");
  }
}

void importDropout(OnnxGraph& graph, const OnnxNode& node) {
  const Constant* training = node.opset() >= 12 ? graph.constantInput(node, 2, "training_mode") : nullptr;
  if (training != nullptr && training->size() == 1 && training->asFloats()[0] != 0) {
    node.fail("training_mode = true: allowed is false (inference)");
  }
  importIdentity(graph, node);
}

}  // namespace crosstile
