// SPDX-License-Identifier: Apache-2.0
// Nodes whose inputs are all constant: the values and shapes that exporters compute in the graph.
#include <algorithm>
#include <limits>

#include "workloads/network/onnx_constant.h"

namespace crosstile {

namespace {

using Inputs = std::vector<const Constant*>;
using Dims = std::vector<std::int64_t>;

std::string whereOf(const OnnxNode& node) {
  return node.file() + ": node \"" + node.name() + "\"";
}

const Constant& required(const OnnxNode& node, const Inputs& inputs, std::size_t i) {
  if (i >= inputs.size() || inputs[i] == nullptr) node.fail("has no input {}", i);
  return *inputs[i];
}

const Constant* optional(const Inputs& inputs, std::size_t i) {
  return i < inputs.size() ? inputs[i] : nullptr;
}

Constant withDims(const Constant& constant, Dims dims) {
  Constant result = constant;
  result.dims = std::move(dims);
  return result;
}

/// A tensor of shape `dims` whose element i is element source(i) of `constant`.
template <typename Source>
Constant gathered(const OnnxNode& node, const Constant& constant, Dims dims, Source source) {
  const std::int64_t count = checkedCount(dims, whereOf(node));
  Constant result;
  result.dims = std::move(dims);
  result.isFloat = constant.isFloat;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto from = static_cast<std::size_t>(source(i));
    if (constant.isFloat) {
      result.floats.push_back(constant.floats.at(from));
    } else {
      result.integers.push_back(constant.integers.at(from));
    }
  }
  return result;
}

std::int64_t product(const Dims& dims, std::size_t from, std::size_t to) {
  std::int64_t n = 1;
  for (std::size_t i = from; i < to; ++i) n *= dims[i];
  return n;
}

/// The shape that two tensors broadcast to. @throws BadInput when they don't
Dims broadcastDims(const OnnxNode& node, const Dims& a, const Dims& b) {
  Dims out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {  // from the last dimension
    const std::int64_t da = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t db = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (da != db && da != 1 && db != 1) {
      node.fail("shapes {} and {} don't broadcast", dimensionsText(a), dimensionsText(b));
    }
    out[out.size() - 1 - i] = da == 1 ? db : da;
  }
  return out;
}

/// Where element `index` of the broadcast shape `out` comes from in a tensor of shape `dims`.
std::int64_t broadcastSource(std::int64_t index, const Dims& out, const Dims& dims) {
  std::int64_t source = 0, stride = 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t coordinate = index % out[out.size() - 1 - i];
    index /= out[out.size() - 1 - i];
    if (i >= dims.size()) continue;
    const std::int64_t d = dims[dims.size() - 1 - i];
    if (d != 1) source += coordinate * stride;
    stride *= d;
  }
  return source;
}

float arithmetic(const OnnxNode& node, float a, float b) {
  switch (node.type()[0]) {
    case 'A':
      return a + b;
    case 'S':
      return a - b;
    case 'M':
      return a * b;
    default:
      return a / b;
  }
}

/// Modulo 2^64 and rounding towards zero, as integers do in ONNX.
std::int64_t arithmetic(const OnnxNode& node, std::int64_t a, std::int64_t b) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (node.type()[0]) {
    case 'A':
      return static_cast<std::int64_t>(ua + ub);
    case 'S':
      return static_cast<std::int64_t>(ua - ub);
    case 'M':
      return static_cast<std::int64_t>(ua * ub);
    default:
      if (b == 0) node.fail("divides an integer by 0");
      return b == -1 ? static_cast<std::int64_t>(0 - ua) : a / b;
  }
}

}  // namespace

Constant foldConstant(const OnnxNode& node, const Inputs&) {
  if (const onnx::TensorProto* value = node.tensor("value")) return readTensor(*value, whereOf(node));
  Constant result;
  if (node.has("value_float")) {
    result.floats = {node.number("value_float", 0)};
  } else if (node.has("value_floats")) {
    result.floats = node.numbers("value_floats");
    result.dims = {static_cast<std::int64_t>(result.floats.size())};
  } else if (node.has("value_int")) {
    result.isFloat = false;
    result.integers = {node.integer("value_int", 0)};
  } else if (node.has("value_ints")) {
    result.isFloat = false;
    result.integers = node.integers("value_ints");
    result.dims = {static_cast<std::int64_t>(result.integers.size())};
  } else {
    node.fail("holds neither a dense tensor nor numbers");
  }
  return result;
}

Constant foldConstantOfShape(const OnnxNode& node, const Inputs& inputs) {
  Constant element;
  element.floats = {0.0F};
  if (const onnx::TensorProto* value = node.tensor("value")) element = readTensor(*value, whereOf(node));
  if (element.size() != 1) node.fail("attribute value must be one number");
  return gathered(node, element, integersOf(node, required(node, inputs, 0), "the shape"),
                  [](auto) { return 0; });
}

Constant foldIdentity(const OnnxNode& node, const Inputs& inputs) {
  return required(node, inputs, 0);
}

Constant foldCast(const OnnxNode& node, const Inputs& inputs) {
  const Constant& in = required(node, inputs, 0);
  Constant out;
  out.dims = in.dims;
  switch (node.integer("to", onnx::TensorProto::UNDEFINED)) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::DOUBLE:
      out.floats = in.asFloats();
      return out;
    case onnx::TensorProto::INT32:
    case onnx::TensorProto::INT64:
      break;
    default:
      node.fail("casts to a type other than FLOAT, DOUBLE, INT32 and INT64: not supported");
  }
  out.isFloat = false;
  out.integers = in.integers;
  for (const float value : in.floats) {
    if (!(value > -0x1p31F && value < 0x1p31F)) node.fail("casts {} to an integer", value);
    out.integers.push_back(static_cast<std::int64_t>(value));
  }
  return out;
}

Constant foldArithmetic(const OnnxNode& node, const Inputs& inputs) {
  const Constant& a = required(node, inputs, 0);
  const Constant& b = required(node, inputs, 1);
  if (a.isFloat != b.isFloat) node.fail("its inputs are of different types");
  Constant out;
  out.isFloat = a.isFloat;
  out.dims = broadcastDims(node, a.dims, b.dims);
  const std::int64_t count = checkedCount(out.dims, whereOf(node));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t ia = broadcastSource(i, out.dims, a.dims), ib = broadcastSource(i, out.dims, b.dims);
    if (out.isFloat) {
      out.floats.push_back(arithmetic(node, a.floats[ia], b.floats[ib]));
    } else {
      out.integers.push_back(arithmetic(node, a.integers[ia], b.integers[ib]));
    }
  }
  return out;
}

Constant foldGather(const OnnxNode& node, const Inputs& inputs) {
  const Constant& data = required(node, inputs, 0);
  const Constant& chosen = required(node, inputs, 1);
  const std::vector<std::int64_t>& indices = integersOf(node, chosen, "indices");
  const int axis = node.axis(node.integer("axis", 0), data.dims.size());
  const std::int64_t length = data.dims[axis];
  const std::int64_t inner = product(data.dims, axis + 1, data.dims.size());
  for (const std::int64_t i : indices) {
    if (i < -length || i >= length) node.fail("index {} of a dimension of {}", i, length);
  }
  Dims dims(data.dims.begin(), data.dims.begin() + axis);
  dims.insert(dims.end(), chosen.dims.begin(), chosen.dims.end());
  dims.insert(dims.end(), data.dims.begin() + axis + 1, data.dims.end());
  const auto picks = static_cast<std::int64_t>(indices.size());
  return gathered(node, data, std::move(dims), [&](std::int64_t i) {
    const std::int64_t pick = indices[i / inner % picks];
    return (i / inner / picks * length + (pick < 0 ? pick + length : pick)) * inner + i % inner;
  });
}

Constant foldConcat(const OnnxNode& node, const Inputs& inputs) {
  const Constant& first = required(node, inputs, 0);
  const int axis = node.axis(node.integer("axis", 1), first.dims.size());
  Constant out;
  out.isFloat = first.isFloat;
  out.dims = first.dims;
  out.dims[axis] = 0;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    Dims others = required(node, inputs, k).dims;
    if (others.size() != first.dims.size() || inputs[k]->isFloat != first.isFloat) {
      node.fail("its inputs are of different types or dimensions");
    }
    out.dims[axis] += others[axis];
    others[axis] = first.dims[axis];
    if (others != first.dims) node.fail("its inputs differ in more than dimension {}", axis);
  }
  const std::int64_t outer = product(out.dims, 0, axis);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const Constant* in : inputs) {
      const std::int64_t run = product(in->dims, axis, in->dims.size());
      if (out.isFloat) {
        out.floats.insert(out.floats.end(), in->floats.begin() + o * run, in->floats.begin() + (o + 1) * run);
      } else {
        out.integers.insert(out.integers.end(), in->integers.begin() + o * run,
                            in->integers.begin() + (o + 1) * run);
      }
    }
  }
  return out;
}

Constant foldSlice(const OnnxNode& node, const Inputs& inputs) {
  Constant result = required(node, inputs, 0);
  const auto listed = [&](std::size_t i, const char* name) {
    const Constant* input = optional(inputs, i);
    return input != nullptr ? integersOf(node, *input, name) : node.integers(name);
  };
  const Dims starts = listed(1, "starts"), ends = listed(2, "ends");
  Dims axes = listed(3, "axes");
  const Dims steps = listed(4, "steps");
  if (axes.empty()) {
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (ends.size() != starts.size() || axes.size() != starts.size())
    node.fail("starts, ends and axes differ in length");
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const int axis = node.axis(axes[k], result.dims.size());
    const std::int64_t length = result.dims[axis];
    // One step beyond the length leaves the tensor like any longer one.
    const std::int64_t step =
        std::clamp<std::int64_t>(k < steps.size() ? steps[k] : 1, -length - 1, length + 1);
    if (step == 0) node.fail("has a step of 0");
    const std::int64_t lowest = step < 0 ? -1 : 0;  // backwards, places are -1 .. length - 1
    const auto clamped = [&](std::int64_t i) {
      return std::clamp<std::int64_t>(i < 0 ? i + length : i, lowest, length + lowest);
    };
    const std::int64_t begin = clamped(starts[k]), end = clamped(ends[k]);
    const std::int64_t count = std::max<std::int64_t>((end - begin + step - (step > 0 ? 1 : -1)) / step, 0);
    const std::int64_t inner = product(result.dims, axis + 1, result.dims.size());
    Dims dims = result.dims;
    dims[axis] = count;
    result = gathered(node, result, std::move(dims), [&](std::int64_t i) {
      const std::int64_t row = i / inner;
      return (row / count * length + begin + row % count * step) * inner + i % inner;
    });
  }
  return result;
}

Constant foldSqueeze(const OnnxNode& node, const Inputs& inputs) {
  const Constant& in = required(node, inputs, 0);
  return withDims(in, squeezedDims(node, in.dims, axesOf(node, optional(inputs, 1))));
}

Constant foldUnsqueeze(const OnnxNode& node, const Inputs& inputs) {
  const Constant& in = required(node, inputs, 0);
  return withDims(in, unsqueezedDims(node, in.dims, axesOf(node, optional(inputs, 1))));
}

Constant foldReshape(const OnnxNode& node, const Inputs& inputs) {
  const Constant& in = required(node, inputs, 0);
  return withDims(in, reshapedDims(node, in.dims, targetOf(node, optional(inputs, 1))));
}

Constant foldFlatten(const OnnxNode& node, const Inputs& inputs) {
  const Constant& in = required(node, inputs, 0);
  return withDims(in, flattenedDims(node, in.dims));
}

Constant foldTranspose(const OnnxNode& node, const Inputs& inputs) {
  const Constant& in = required(node, inputs, 0);
  const std::size_t rank = in.dims.size();
  Dims permutation = node.integers("perm");
  if (permutation.empty()) {
    for (std::size_t d = 0; d < rank; ++d) permutation.push_back(static_cast<std::int64_t>(rank - 1 - d));
  }
  Dims sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t d = 0; d < sorted.size() || d < rank; ++d) {
    if (sorted.size() != rank || sorted[d] != static_cast<std::int64_t>(d)) {
      node.fail("perm is not a permutation of {} dimensions", rank);
    }
  }
  Dims dims(rank), stride(rank);
  for (std::size_t d = 0; d < rank; ++d) {
    dims[d] = in.dims[permutation[d]];
    stride[d] = product(in.dims, permutation[d] + 1, rank);
  }
  return gathered(node, in, dims, [&](std::int64_t i) {
    std::int64_t source = 0;
    for (std::size_t d = rank; d-- > 0; i /= dims[d]) source += i % dims[d] * stride[d];
    return source;
  });
}

}  // namespace crosstile
