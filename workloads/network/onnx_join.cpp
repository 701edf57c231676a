// SPDX-License-Identifier: Apache-2.0
// Nodes that join activations: sums and concatenations.
#include <algorithm>

#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

/// All inputs of a node, in the order of dimensions that the first one has.
std::vector<Activation> joinedInputs(OnnxGraph& graph, const OnnxNode& node) {
  std::vector<Activation> inputs;
  for (int i = 0; i < node.inputCount(); ++i) {
    inputs.push_back(graph.orderedActivation(node, i));
    if (inputs.back().batched != inputs[0].batched || inputs.back().shape.size() != inputs[0].shape.size()) {
      node.fail("joins {} and {}: must be of as many dimensions", dimensionsText(graph.dims(inputs[0])),
                dimensionsText(graph.dims(inputs.back())));
    }
  }
  if (inputs.empty()) node.fail("has no inputs");
  return inputs;
}

std::vector<Activation> basesOf(const std::vector<Activation>& inputs) {
  std::vector<Activation> bases;
  for (const Activation& in : inputs) bases.push_back(OnnxGraph::baseOf(in));
  return bases;
}

}  // namespace

void importSum(OnnxGraph& graph, const OnnxNode& node) {
  std::vector<Activation> inputs = joinedInputs(graph, node);
  for (Activation& in : inputs) {
    if (in.shape != inputs[0].shape) {
      node.fail("adds {} and {}: must be of equal shape", dimensionsText(graph.dims(inputs[0])),
                dimensionsText(graph.dims(in)));
    }
    in = graph.inOrder(node, in, inputs[0].order);
  }
  if (inputs.size() == 1) {
    graph.define(node, inputs[0]);
    return;
  }
  const std::vector<Activation> bases = basesOf(inputs);
  Activation out = graph.append(node, bases, LayerKind::add, bases[0].shape);
  out.shape = inputs[0].shape;
  out.order = inputs[0].order;
  graph.define(node, out);
}

void importConcat(OnnxGraph& graph, const OnnxNode& node) {
  std::vector<Activation> inputs = joinedInputs(graph, node);
  const std::vector<std::int64_t> dims = graph.dims(inputs[0]);
  const int axis = node.axis(node.integer("axis", 1), dims.size()) - (inputs[0].batched ? 1 : 0);
  if (axis < 0) node.fail("joins images along the batch: not supported; allowed are the channels");
  const Activation first = graph.withFirst(node, inputs[0], axis);
  Shape joined = first.shape;
  joined[axis] = 0;
  for (Activation& in : inputs) {
    Shape other = in.shape;
    joined[axis] += other[axis];
    other[axis] = first.shape[axis];
    if (other != first.shape) {
      node.fail("joins {} and {}: may differ in dimension {} only", dimensionsText(dims),
                dimensionsText(graph.dims(in)), axis + (in.batched ? 1 : 0));
    }
    in = graph.inOrder(node, in, first.order);
  }
  if (inputs.size() == 1) {
    graph.define(node, inputs[0]);
    return;
  }
  Activation out = inputs[0];
  out.shape = joined;
  const Shape base = OnnxGraph::baseOf(out).shape;
  out = graph.append(node, basesOf(inputs), LayerKind::concat, base);
  out.shape = joined;
  out.order = first.order;
  graph.define(node, out);
}

}  // namespace crosstile
