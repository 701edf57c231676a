// SPDX-License-Identifier: Apache-2.0
// Remembered transposes and pads: how they are made when a node needs the value itself.
#include <algorithm>
#include <numeric>

#include "workloads/network/onnx_graph.h"

namespace crosstile {

namespace {

std::vector<int> identityOrder(std::size_t rank) {
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// True when a permutation leaves the dimensions that aren't 1 in their order, and so every value where it
/// was.
bool movesNothing(const std::vector<int>& permutation, const Shape& shape) {
  int last = -1;
  for (const int d : permutation) {
    if (shape[d] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

/// A depthwise convolution of 1x1 on `image` (channels, height, width).
Activation appendDepthwise(OnnxGraph& graph, const OnnxNode& node, const Activation& image,
                           const Padding& padding, std::vector<float> scale, std::vector<float> shift) {
  const int channels = image.shape.at(0);
  const Shape out = {channels, image.shape.at(1) + padding.top + padding.bottom,
                     image.shape.at(2) + padding.left + padding.right};
  Activation result = graph.append(node, image, LayerKind::conv, out);
  Layer& layer = graph.layer(result);
  layer.groups = channels;
  layer.window.padTop = padding.top;
  layer.window.padLeft = padding.left;
  layer.window.padBottom = padding.bottom;
  layer.window.padRight = padding.right;
  layer.weights = {{channels, 1, 1, 1}, std::move(scale)};
  layer.bias = std::move(shift);
  return result;
}

}  // namespace

Activation OnnxGraph::baseOf(const Activation& value) {
  Activation base = value;
  for (std::size_t i = 0; i < value.order.size(); ++i) base.shape[value.order[i]] = value.shape[i];
  base.order.clear();
  return base;
}

Activation OnnxGraph::inOrder(const OnnxNode& node, const Activation& value, const std::vector<int>& order) {
  const std::vector<int> identity = identityOrder(value.shape.size());
  const std::vector<int>& has = value.order.empty() ? identity : value.order;
  const std::vector<int>& wanted = order.empty() ? identity : order;
  if (has == wanted) return value;
  const Activation base = baseOf(value);
  std::vector<int> permutation(has.size());
  Shape shape(has.size());
  for (std::size_t i = 0; i < has.size(); ++i) {
    permutation[wanted[i]] = has[i];
    shape[wanted[i]] = value.shape[i];
  }
  Activation out;
  if (movesNothing(permutation, base.shape)) {
    out = reshaped(node, base, shape);
  } else {
    out = append(node, base, LayerKind::transpose, shape);
    layer(out).permutation = permutation;
  }
  out.exclusive = value.exclusive;
  out.shape = value.shape;
  out.order = wanted == identity ? std::vector<int>{} : wanted;
  out.mvm = -1;
  return out;
}

Activation OnnxGraph::withFirst(const OnnxNode& node, const Activation& value, int first) {
  const int has = value.order.empty() ? first : value.order[first];
  if (has == 0) return value;
  std::vector<int> order(value.shape.size());
  int next = 1;
  for (int d = 0; d < static_cast<int>(order.size()); ++d) order[d] = d == first ? 0 : next++;
  return inOrder(node, value, order);
}

Activation OnnxGraph::appendElementwise(const OnnxNode& node, const Activation& in, LayerKind kind) {
  const Activation base = baseOf(in);
  Activation out = append(node, base, kind, base.shape);
  out.shape = in.shape;
  out.order = in.order;
  return out;
}

Activation OnnxGraph::appendAffine(const OnnxNode& node, const Activation& in, int channel,
                                   const std::vector<float>& scale, const std::vector<float>& shift) {
  const auto all = [](const std::vector<float>& values, float wanted) {
    return std::all_of(values.begin(), values.end(), [&](float v) { return v == wanted; });
  };
  if (all(scale, 1.0F) && all(shift, 0.0F)) return in;
  const Activation ordered = withFirst(node, in, channel);
  const Activation base = baseOf(ordered);
  const int channels = base.shape[0];
  const Shape image = base.shape.size() == 3
                          ? base.shape
                          : Shape{channels, static_cast<int>(elementCount(base.shape)) / channels, 1};
  const Activation conv = appendDepthwise(*this, node, reshaped(node, base, image), {}, scale, shift);
  Activation out = reshaped(node, conv, base.shape);
  out.shape = ordered.shape;
  out.order = ordered.order;
  out.exclusive = true;
  out.mvm = conv.layer;  // a reshape to a vector keeps the channels: what follows may be folded, too
  out.channelFromEnd = static_cast<int>(out.shape.size()) - 1 - channel;
  return out;
}

Activation OnnxGraph::unpadded(const OnnxNode& node, const std::string& name, const Activation& value) {
  if (!value.padding.any()) return value;
  const auto made = unpadded_.find(name);
  if (made != unpadded_.end()) return made->second;
  Activation base = baseOf(value);
  base.padding = {};
  const std::vector<float> ones(base.shape.at(0), 1.0F), zeros(base.shape.at(0), 0.0F);
  Activation out = appendDepthwise(*this, node, base, value.padding, ones, zeros);
  out.exclusive = value.exclusive;
  const Shape shape = out.shape;
  for (std::size_t i = 0; i < value.order.size(); ++i) out.shape[i] = shape[value.order[i]];
  out.order = value.order;
  return unpadded_[name] = out;
}

Activation OnnxGraph::plain(const OnnxNode& node, const std::string& name, const Activation& value) {
  if (!value.padding.any() && value.order.empty()) return value;
  const auto made = plain_.find(name);
  if (made != plain_.end()) return made->second;
  return plain_[name] = inOrder(node, unpadded(node, name, value), {});
}

Activation OnnxGraph::paddedActivation(const OnnxNode& node, int i) {
  const Activation& found = value(node, i);
  return found.order.empty() ? found : plain(node, node.input(i), found);
}

}  // namespace crosstile
