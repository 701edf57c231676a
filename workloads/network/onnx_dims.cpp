// SPDX-License-Identifier: Apache-2.0
// The shapes that Reshape, Flatten, Squeeze and Unsqueeze make, for constants and activations alike.
#include <algorithm>

#include "workloads/network/onnx_constant.h"

namespace crosstile {

namespace {

using Dims = std::vector<std::int64_t>;

std::int64_t count(const OnnxNode& node, const Dims& dims) {
  return checkedCount(dims, node.file() + ": node \"" + node.name() + "\"");
}

}  // namespace

Dims axesOf(const OnnxNode& node, const Constant* input) {
  return input != nullptr ? integersOf(node, *input, "axes") : node.integers("axes");
}

Dims targetOf(const OnnxNode& node, const Constant* input) {
  if (input != nullptr) return integersOf(node, *input, "the shape");
  if (!node.has("shape")) node.fail("has no shape");
  return node.integers("shape");
}

Dims reshapedDims(const OnnxNode& node, const Dims& dims, const Dims& target) {
  Dims out = target;
  std::int64_t known = 1;
  int open = -1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && node.integer("allowzero", 0) == 0) {
      if (i >= dims.size()) node.fail("copies dimension {} of a tensor of {}", i, dimensionsText(dims));
      out[i] = dims[i];
    }
    if (out[i] == -1) {
      if (open >= 0) node.fail("shape {} has more than one -1", dimensionsText(target));
      open = static_cast<int>(i);
      continue;
    }
    known = count(node, {known, out[i]});
  }
  const std::int64_t total = count(node, dims);
  if (open >= 0) out[open] = known > 0 ? total / known : 0;
  if (count(node, out) != total) {
    node.fail("a tensor of {} has no shape {}", dimensionsText(dims), dimensionsText(target));
  }
  return out;
}

Dims flattenedDims(const OnnxNode& node, const Dims& dims) {
  const std::int64_t given = node.integer("axis", 1);
  const int axis = given == static_cast<std::int64_t>(dims.size()) ? static_cast<int>(given)
                                                                   : node.axis(given, dims.size());
  return {count(node, Dims(dims.begin(), dims.begin() + axis)),
          count(node, Dims(dims.begin() + axis, dims.end()))};
}

Dims squeezedDims(const OnnxNode& node, const Dims& dims, const Dims& axes) {
  std::vector<bool> dropped(dims.size());
  for (const std::int64_t given : axes) {
    const int axis = node.axis(given, dims.size());
    if (dims[axis] != 1) node.fail("squeezes dimension {} of {}", axis, dimensionsText(dims));
    dropped[axis] = true;
  }
  Dims out;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (!dropped[i] && !(axes.empty() && dims[i] == 1)) out.push_back(dims[i]);
  }
  return out;
}

Dims unsqueezedDims(const OnnxNode& node, const Dims& dims, const Dims& axes) {
  const std::size_t rank = dims.size() + axes.size();
  std::vector<bool> added(rank);
  for (const std::int64_t given : axes) {
    const int axis = node.axis(given, rank);
    if (added[axis]) node.fail("names axis {} twice", axis);
    added[axis] = true;
  }
  Dims out;
  auto next = dims.begin();
  for (std::size_t i = 0; i < rank; ++i) out.push_back(added[i] ? 1 : *next++);
  return out;
}

}  // namespace crosstile
