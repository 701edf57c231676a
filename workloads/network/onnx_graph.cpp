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

const Activation& OnnxGraph::value(const OnnxNode& node, int i) const {
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
  std::string name = wanted;
  for (int i = 2; names_.count(name) != 0; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

Activation OnnxGraph::append(const OnnxNode& node, const std::vector<Activation>& inputs, LayerKind kind,
                             Shape outputShape) {
  std::int64_t count = 1;
  for (const int d : outputShape) {
    if (d <= 0) node.fail("its output would be {}", toString(outputShape));
    count *= d;
    if (count > kMaxActivations) node.fail("its output of {} is too large", toString(outputShape));
  }
  Layer layer;
  layer.name = uniqueName(node.name());
  layer.kind = kind;
  for (const Activation& in : inputs) layer.inputs.push_back(in.layer);
  layer.inputShape = inputs.at(0).shape;
  layer.outputShape = outputShape;
  names_.insert(layer.name);
  layers_.push_back(std::move(layer));
  Activation out;
  out.layer = static_cast<int>(layers_.size()) - 1;
  out.shape = std::move(outputShape);
  out.batched = inputs.at(0).batched;
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

bool OnnxGraph::neverNegative(int layer) const {
  std::vector<bool> never(layers_.size());
  for (int i = 0; i <= layer; ++i) {
    const Layer& l = layers_[i];
    switch (l.kind) {
      case LayerKind::relu:
      case LayerKind::sigmoid:
      case LayerKind::softmax:
        never[i] = true;
        break;
      case LayerKind::clip:
        never[i] = l.clipLow >= 0.0F;
        break;
      case LayerKind::conv:
      case LayerKind::dense:
      case LayerKind::tanh:
        break;
      default:  // sums, averages, and what picks values
        never[i] =
            std::all_of(l.inputs.begin(), l.inputs.end(), [&](int in) { return in >= 0 && never[in]; });
        break;
    }
  }
  return layer >= 0 && never[layer];
}

std::vector<Layer> OnnxGraph::takeLayers(const Activation& output) {
  std::vector<int> place(layers_.size(), -1);  // where a needed layer goes
  if (output.layer >= 0) place[output.layer] = 0;
  for (int i = static_cast<int>(layers_.size()) - 1; i >= 0; --i) {
    if (place[i] < 0) continue;
    for (const int in : layers_[i].inputs) {
      if (in >= 0) place[in] = 0;
    }
  }
  std::vector<Layer> needed;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (place[i] < 0) continue;
    place[i] = static_cast<int>(needed.size());
    for (int& in : layers_[i].inputs) in = in < 0 ? -1 : place[in];
    needed.push_back(std::move(layers_[i]));
  }
  return needed;
}

}  // namespace crosstile
