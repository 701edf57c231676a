// SPDX-License-Identifier: Apache-2.0
// Pools, and the windows that they share with convolutions.
#include <algorithm>
#include <tuple>
#include <utility>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

constexpr std::int64_t kMaxWindow = 1 << 16;

int bounded(const OnnxNode& node, const char* what, std::int64_t value, std::int64_t low) {
  if (value < low || value > kMaxWindow) {
    node.fail("{} = {}: must be an integer from {} to {}", what, value, low, kMaxWindow);
  }
  return static_cast<int>(value);
}

/// Padding before and after one dimension so that it has ceil(size / stride) positions.
std::pair<int, int> samePadding(int size, int kernel, int stride, bool moreAfter) {
  const int positions = (size + stride - 1) / stride;
  const int total = std::max((positions - 1) * stride + kernel - size, 0);
  return moreAfter ? std::pair{total / 2, total - total / 2} : std::pair{total - total / 2, total / 2};
}

/// Padding that the node itself adds to an image of height x width.
void readPadding(const OnnxNode& node, int height, int width, Window& w) {
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const bool upper = automatic == "SAME_UPPER";
    std::tie(w.padTop, w.padBottom) = samePadding(height, w.kernelH, w.strideH, upper);
    std::tie(w.padLeft, w.padRight) = samePadding(width, w.kernelW, w.strideW, upper);
    return;
  }
  if (automatic == "VALID") return;
  if (automatic != "NOTSET") {
    node.fail("auto_pad = \"{}\": allowed are NOTSET, VALID, SAME_UPPER, SAME_LOWER", printable(automatic));
  }
  const std::vector<std::int64_t> pads = node.integers("pads");
  if (pads.empty()) return;
  if (pads.size() != 4) node.fail("has {} pads: allowed are 4 (top, left, bottom, right)", pads.size());
  w.padTop = bounded(node, "pads", pads[0], 0);
  w.padLeft = bounded(node, "pads", pads[1], 0);
  w.padBottom = bounded(node, "pads", pads[2], 0);
  w.padRight = bounded(node, "pads", pads[3], 0);
}

/// Adds the padding behind that ceil_mode needs. @return how much it is
int extendForCeil(int size, int before, int& after, int kernel, int stride) {
  const int room = size + before + after - kernel;
  const int missing = room > 0 && room % stride != 0 ? stride - room % stride : 0;
  after += missing;
  return missing;
}

/// Every window must hold a part of the image.
void requireInside(const OnnxNode& node, int size, int before, int positions, int kernel, int stride) {
  if (before >= kernel || (positions - 1) * stride >= size + before) {
    node.fail("a window lies wholly in the padding: not supported");
  }
}

Activation imageInput(const OnnxNode& node, const OnnxGraph& graph, Activation in) {
  if (!in.batched || in.shape.size() != 3) {
    node.fail("input {}: allowed is batch x channels x height x width", dimensionsText(graph.dims(in)));
  }
  return in;
}

/// Whether zeros around the image count as elements of an average: those of a Pad always do.
bool countsPadding(const OnnxNode& node, const Activation& in, const Window& w) {
  const bool own = node.integer("count_include_pad", 0) != 0;
  if (own || !in.padding.any()) return own;
  const Padding& p = in.padding;
  if (w.padTop != p.top || w.padLeft != p.left || w.padBottom != p.bottom || w.padRight != p.right) {
    node.fail("follows a Pad and adds padding that doesn't count: not supported");
  }
  return true;
}

void importPool(OnnxGraph& graph, const OnnxNode& node, LayerKind kind) {
  const bool average = kind == LayerKind::averagePool;
  // Zeros never win a maximum of values that are never below 0.
  const bool takesPadding = average || graph.neverNegative(graph.value(node, 0).layer);
  const Activation in =
      imageInput(node, graph, takesPadding ? graph.paddedActivation(node, 0) : graph.activation(node, 0));
  const std::vector<std::int64_t> kernel = node.integers("kernel_shape");
  if (kernel.size() != 2) node.fail("kernel_shape must be height, width");
  Window w = windowOf(node, in, kernel);
  const bool padded = w.padTop + w.padLeft + w.padBottom + w.padRight > 0;
  const bool countPad = average && padded && countsPadding(node, in, w);
  if (node.integer("ceil_mode", 0) != 0) {
    const int extra = extendForCeil(in.shape[1], w.padTop, w.padBottom, w.kernelH, w.strideH) +
                      extendForCeil(in.shape[2], w.padLeft, w.padRight, w.kernelW, w.strideW);
    if (extra > 0 && countPad)
      node.fail("ceil_mode with count_include_pad and an incomplete window: not supported");
  }
  const int outH = outputPositions(in.shape[1], w.padTop, w.padBottom, w.kernelH, w.strideH);
  const int outW = outputPositions(in.shape[2], w.padLeft, w.padRight, w.kernelW, w.strideW);
  requireInside(node, in.shape[1], w.padTop, outH, w.kernelH, w.strideH);
  requireInside(node, in.shape[2], w.padLeft, outW, w.kernelW, w.strideW);
  const Activation out = graph.append(node, in, kind, {in.shape[0], outH, outW});
  graph.layer(out).window = w;
  graph.layer(out).countIncludePad = countPad;
  graph.define(node, out);
}

}  // namespace

Window windowOf(const OnnxNode& node, const Activation& image, const std::vector<std::int64_t>& kernel) {
  Window w;
  w.kernelH = bounded(node, "kernel_shape", kernel[0], 1);
  w.kernelW = bounded(node, "kernel_shape", kernel[1], 1);
  const std::vector<std::int64_t> strides = node.integers("strides");
  if (!strides.empty()) {
    if (strides.size() != 2) node.fail("has {} strides: allowed are 2", strides.size());
    w.strideH = bounded(node, "strides", strides[0], 1);
    w.strideW = bounded(node, "strides", strides[1], 1);
  }
  for (const std::int64_t dilation : node.integers("dilations")) {
    if (dilation != 1) node.fail("dilations = {}: not supported; allowed is 1", dilation);
  }
  const Padding& p = image.padding;
  readPadding(node, image.shape[1] + p.top + p.bottom, image.shape[2] + p.left + p.right, w);
  w.padTop += p.top;
  w.padLeft += p.left;
  w.padBottom += p.bottom;
  w.padRight += p.right;
  return w;
}

int outputPositions(int size, int padBefore, int padAfter, int kernel, int stride) {
  const int room = size + padBefore + padAfter - kernel;
  return room < 0 ? 0 : room / stride + 1;
}

void importMaxPool(OnnxGraph& graph, const OnnxNode& node) {
  importPool(graph, node, LayerKind::maxPool);
}

void importAveragePool(OnnxGraph& graph, const OnnxNode& node) {
  importPool(graph, node, LayerKind::averagePool);
}

void importGlobalAveragePool(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = imageInput(node, graph, graph.activation(node, 0));
  graph.define(node, graph.append(node, in, LayerKind::globalAveragePool, {in.shape[0], 1, 1}));
}

}  // namespace crosstile
