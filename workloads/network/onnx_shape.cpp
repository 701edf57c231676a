// SPDX-License-Identifier: Apache-2.0
// Reshape and its kin, and Transpose: the batch stays the first dimension.
#include <algorithm>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

using Dims = std::vector<std::int64_t>;

/// `in` with the ONNX dimensions `dims`, of the same number of elements.
void defineReshaped(OnnxGraph& graph, const OnnxNode& node, const Activation& in, const Dims& dims) {
  const bool batched = dims.size() > 1 && dims[0] == graph.batch();
  if (dims.empty() || (!batched && graph.batch() != 1)) {
    node.fail("its output of {} mixes the images of a batch of {}", dimensionsText(dims), graph.batch());
  }
  const Shape shape(dims.begin() + (batched ? 1 : 0), dims.end());
  Activation out = graph.reshaped(node, in, shape);
  out.batched = batched;
  graph.define(node, out);
}

/// ONNX dimensions of a value, its padding included.
Dims paddedDims(const OnnxGraph& graph, const Activation& value) {
  Dims dims = graph.dims(value);
  if (!value.padding.any()) return dims;
  const int growth[] = {0, value.padding.top + value.padding.bottom,
                        value.padding.left + value.padding.right};
  for (std::size_t d = 0; d < value.shape.size(); ++d) {
    dims[dims.size() - value.shape.size() + d] += growth[value.order.empty() ? d : value.order[d]];
  }
  return dims;
}

/// perm of a Transpose without the batch, which must stay first.
std::vector<int> imagePermutation(const OnnxNode& node, const Activation& in) {
  const std::size_t skipped = in.batched ? 1 : 0, rank = in.shape.size() + skipped;
  Dims given = node.integers("perm");
  if (given.empty()) {
    for (std::size_t d = 0; d < rank; ++d) given.push_back(static_cast<std::int64_t>(rank - 1 - d));
  }
  std::vector<bool> seen(rank);
  for (const std::int64_t d : given) {
    if (given.size() != rank || d < 0 || d >= static_cast<std::int64_t>(rank) || seen[d]) {
      node.fail("perm is not a permutation of {} dimensions", rank);
    }
    seen[d] = true;
  }
  if (in.batched && given[0] != 0) node.fail("moves the batch from the first dimension: not supported");
  std::vector<int> permutation;
  for (std::size_t d = skipped; d < rank; ++d)
    permutation.push_back(static_cast<int>(given[d]) - static_cast<int>(skipped));
  return permutation;
}

}  // namespace

void importReshape(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  const Dims target = targetOf(node, graph.constantInput(node, 1, "the shape"));
  defineReshaped(graph, node, in, reshapedDims(node, graph.dims(in), target));
}

void importFlatten(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  defineReshaped(graph, node, in, flattenedDims(node, graph.dims(in)));
}

void importSqueeze(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  const Dims axes = axesOf(node, graph.constantInput(node, 1, "axes"));
  if (axes.empty() && in.batched && graph.batch() == 1)
    node.fail("without axes it drops the batch: not supported");
  defineReshaped(graph, node, in, squeezedDims(node, graph.dims(in), axes));
}

void importUnsqueeze(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.activation(node, 0);
  const Dims axes = axesOf(node, graph.constantInput(node, 1, "axes"));
  defineReshaped(graph, node, in, unsqueezedDims(node, graph.dims(in), axes));
}

void importTranspose(OnnxGraph& graph, const OnnxNode& node) {
  const Activation in = graph.value(node, 0);
  const std::vector<int> permutation = imagePermutation(node, in);
  const int rank = static_cast<int>(permutation.size());
  Activation out = in;
  out.order.resize(rank);
  bool ordered = true;
  for (int d = 0; d < rank; ++d) {
    const int from = permutation[d];
    out.shape[d] = in.shape[from];
    out.order[d] = in.order.empty() ? from : in.order[from];
    ordered = ordered && out.order[d] == d;
    if (from == rank - 1 - in.channelFromEnd) out.channelFromEnd = rank - 1 - d;
  }
  if (ordered) out.order.clear();
  graph.define(node, out);
}

void importShape(OnnxGraph& graph, const OnnxNode& node) {
  const Constant* known = graph.constant(node.input(0));
  const Dims dims = known != nullptr ? known->dims : paddedDims(graph, graph.value(node, 0));
  const auto rank = static_cast<std::int64_t>(dims.size());
  const auto position = [&](const char* name, std::int64_t fallback) {
    const std::int64_t i = node.integer(name, fallback);
    return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  const std::int64_t start = position("start", 0), end = std::max(start, position("end", rank));
  auto shape = std::make_shared<Constant>();
  shape->isFloat = false;
  shape->integers.assign(dims.begin() + start, dims.begin() + end);
  shape->dims = {end - start};
  graph.define(node.output(), std::move(shape));
}

}  // namespace crosstile
