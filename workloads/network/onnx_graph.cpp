// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/onnx_graph.h"

#include <algorithm>
#include <limits>

namespace crosstile {

namespace {
constexpr std::int64_t kMaxActivations = std::int64_t{1} << 28;
}

void OnnxGraph::define(const std::string& name, Activation activation) {
  const auto uses = uses_.find(name);
  activation.exclusive = activation.exclusive && uses != uses_.end() && uses->second == 1;
  activations_[name] = std::move(activation);
}

const Constant* OnnxGraph::constant(const std::string& name) const {
  const auto found = constants_.find(name);
  return found != constants_.end() ? found->second.get() : nullptr;
}

const Constant* OnnxGraph::constantInput(const OnnxNode& node, int i, const char* what) const {
  if (!node.hasInput(i)) return nullptr;
  const Constant* found = constant(node.input(i));
  if (found == nullptr) node.fail("{} (\"{}\") must be constant", what, printable(node.input(i)));
  return found;
}

const Constant& OnnxGraph::requiredConstant(const OnnxNode& node, int i, const char* what) const {
  const Constant* found = constantInput(node, i, what);
  if (found == nullptr) node.fail("has no input {} ({})", i, what);
  return *found;
}

const Activation* OnnxGraph::activation(const std::string& name) const {
  const auto found = activations_.find(name);
  return found != activations_.end() ? &found->second : nullptr;
}

const Activation& OnnxGraph::activation(const OnnxNode& node, int i) const {
  const Activation& value = paddedActivation(node, i);
  if (value.padding.any()) node.fail("follows a Pad: allowed are Conv and AveragePool");
  return value;
}

const Activation& OnnxGraph::paddedActivation(const OnnxNode& node, int i) const {
  const Activation* found = activation(node.input(i));
  if (found == nullptr) {
    node.fail("input \"{}\" {}", printable(node.input(i)),
              constant(node.input(i)) != nullptr ? "is constant: not supported here"
                                                 : "is not computed: only a node's first output is");
  }
  return *found;
}

std::vector<std::int64_t> OnnxGraph::dims(const Activation& value) const {
  std::vector<std::int64_t> dims(value.shape.begin(), value.shape.end());
  if (value.batched) dims.insert(dims.begin(), batch_);
  return dims;
}

std::string OnnxGraph::uniqueName(const std::string& wanted) const {
  const auto taken = [&](const std::string& name) {
    return std::any_of(layers_.begin(), layers_.end(), [&](const Layer& l) { return l.name == name; });
  };
  std::string name = wanted;
  for (int i = 2; taken(name); ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

Activation OnnxGraph::append(const OnnxNode& node, const Activation& in, LayerKind kind, Shape outputShape) {
  std::int64_t count = 1;
  for (const int d : outputShape) {
    if (d <= 0) node.fail("its output would be {}", toString(outputShape));
    count *= d;
    if (count > kMaxActivations) node.fail("its output of {} is too large", toString(outputShape));
  }
  Layer layer;
  layer.name = uniqueName(node.name());
  layer.kind = kind;
  layer.inputs = {in.layer};
  layer.inputShape = in.shape;
  layer.outputShape = outputShape;
  layers_.push_back(std::move(layer));
  Activation out;
  out.layer = static_cast<int>(layers_.size()) - 1;
  out.shape = std::move(outputShape);
  out.batched = in.batched;
  return out;
}

Activation OnnxGraph::reshaped(const OnnxNode& node, const Activation& in, const Shape& shape) {
  Activation out = in;
  out.mvm = -1;
  out.shape = shape;
  if (shape == in.shape) {
    out.mvm = in.mvm;
    return out;
  }
  // The probabilities that a softmax gives are the result whatever their shape.
  if (in.layer >= 0 && layer(in).kind == LayerKind::softmax) return out;
  if (in.layer >= 0 && layer(in).kind == LayerKind::reshape && in.exclusive) {
    layer(in).outputShape = shape;
    layer(in).folded.push_back(node.name());
    return out;
  }
  return append(node, in, LayerKind::reshape, shape);
}

}  // namespace crosstile
