// SPDX-License-Identifier: Apache-2.0
// Pad, and ReduceMean over an image: their dimensions in whatever order an exporter has them.
#include <algorithm>
#include <set>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

constexpr std::int64_t kMaxPad = 1 << 16;

/// Zeros before and after each dimension of a value's shape (without the batch).
struct Pads {
  std::vector<int> before, after;
  bool pad(std::size_t d) const { return before[d] + after[d] > 0; }
};

/// The pads of a node, its mode and value checked.
std::vector<std::int64_t> givenPads(const OnnxGraph& graph, const OnnxNode& node, std::size_t rank) {
  const std::string mode = node.text("mode", "constant");
  if (mode != "constant") node.fail("mode = \"{}\": not supported; allowed is constant", printable(mode));
  std::vector<std::int64_t> pads = node.integers(node.has("pads") ? "pads" : "paddings");
  float value = node.number("value", 0.0F);
  if (node.opset() >= 11) {
    pads = integersOf(node, graph.requiredConstant(node, 1, "pads"), "pads");
    const Constant* given = graph.constantInput(node, 2, "the value");
    if (given != nullptr && given->size() == 1) value = given->asFloats()[0];
    if (node.hasInput(3)) node.fail("pads chosen axes: not supported; allowed are pads of all");
  }
  if (value != 0) node.fail("pads with {}: not supported; allowed is 0", value);
  if (pads.size() != 2 * rank) node.fail("has {} pads for {} dimensions", pads.size(), rank);
  for (const std::int64_t pad : pads) {
    if (pad < 0 || pad > kMaxPad) node.fail("pads = {}: must be an integer from 0 to {}", pad, kMaxPad);
  }
  return pads;
}

Pads readPads(const OnnxGraph& graph, const OnnxNode& node, const Activation& in) {
  const std::size_t rank = in.shape.size() + 1;
  const std::vector<std::int64_t> pads = givenPads(graph, node, rank);
  if (pads[0] != 0 || pads[rank] != 0) node.fail("pads the batch: not supported");
  Pads result;
  for (std::size_t d = 1; d < rank; ++d) {
    result.before.push_back(static_cast<int>(pads[d]));
    result.after.push_back(static_cast<int>(pads[rank + d]));
  }
  return result;
}

/// Channels of zeros before and after those of an image: a convolution of 1x1 whose weights are 0 and 1.
Activation padChannels(OnnxGraph& graph, const OnnxNode& node, const Activation& in, int before, int after) {
  const Activation base = OnnxGraph::baseOf(in);
  const int channels = base.shape[0], outputs = before + channels + after;
  Activation out = graph.append(node, base, LayerKind::conv, {outputs, base.shape[1], base.shape[2]});
  Layer& layer = graph.layer(out);
  layer.weights = {{outputs, channels, 1, 1},
                   std::vector<float>(static_cast<std::size_t>(outputs) * channels, 0.0F)};
  for (int c = 0; c < channels; ++c)
    layer.weights.values[static_cast<std::size_t>(before + c) * channels + c] = 1.0F;
  layer.bias.assign(outputs, 0.0F);
  const Shape shape = out.shape;
  out.order = in.order;
  for (std::size_t d = 0; d < in.order.size(); ++d) out.shape[d] = shape[in.order[d]];
  return out;
}

}  // namespace

void importPad(OnnxGraph& graph, const OnnxNode& node) {
  Activation in = graph.value(node, 0);
  if (!in.batched || in.shape.size() != 3) {
    node.fail("input {}: allowed is batch x channels x height x width", dimensionsText(graph.dims(in)));
  }
  const Pads pads = readPads(graph, node, in);
  if (in.order.empty() && !pads.pad(2) && pads.pad(0) && pads.pad(1)) {
    in = graph.withFirst(node, graph.orderedActivation(node, 0), 2);  // height, width, channels
  }
  const auto dimension = [&](int wanted) {
    for (std::size_t d = 0; d < in.order.size(); ++d) {
      if (in.order[d] == wanted) return d;
    }
    return static_cast<std::size_t>(wanted);
  };
  const std::size_t c = dimension(0), h = dimension(1), w = dimension(2);
  if (pads.pad(c)) {
    if (in.padding.any()) in = graph.orderedActivation(node, 0);
    in = padChannels(graph, node, in, pads.before[c], pads.after[c]);
  }
  in.padding.top += pads.before[h];
  in.padding.bottom += pads.after[h];
  in.padding.left += pads.before[w];
  in.padding.right += pads.after[w];
  if (in.padding.any()) in.mvm = -1;
  graph.define(node, in);
}

void importReduceMean(OnnxGraph& graph, const OnnxNode& node) {
  Activation in = graph.orderedActivation(node, 0);
  const Constant* given = node.opset() >= 18 ? graph.constantInput(node, 1, "axes") : nullptr;
  std::set<int> axes;
  const std::vector<std::int64_t> dims = graph.dims(in);
  for (const std::int64_t axis : axesOf(node, given)) axes.insert(node.axis(axis, dims.size()));
  const bool image = in.batched && in.shape.size() == 3 && axes.size() == 2 && axes.count(0) == 0;
  if (!image) {
    node.fail(
        "averages {} dimensions of {}: allowed are height and width of batch x channels x height x width",
        axes.size(), dimensionsText(dims));
  }
  const int channel = axes.count(1) == 0 ? 0 : axes.count(2) == 0 ? 1 : 2;
  in = graph.withFirst(node, in, channel);
  const int channels = in.shape[channel];
  Activation out = graph.append(node, OnnxGraph::baseOf(in), LayerKind::globalAveragePool, {channels, 1, 1});
  if (node.integer("keepdims", 1) == 0) {
    out = graph.reshaped(node, out, {channels});
  } else {
    out.order = in.order;
    if (!out.order.empty()) out.shape.assign(3, 1);
    out.shape[channel] = channels;
  }
  graph.define(node, out);
}

}  // namespace crosstile
