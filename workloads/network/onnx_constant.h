// SPDX-License-Identifier: Apache-2.0
// Constants of an ONNX graph (initialisers and what is computed from them alone) and their evaluation.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/network/onnx_node.h"

namespace crosstile {

/// A constant tensor: floating-point types as float, integers and booleans as 64-bit integers.
struct Constant {
  std::vector<std::int64_t> dims;
  bool isFloat = true;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;

  std::size_t size() const { return isFloat ? floats.size() : integers.size(); }
  /// The values whatever their type.
  std::vector<float> asFloats() const;
};
using ConstantPointer = std::shared_ptr<const Constant>;

/// Product of dimensions. @throws BadInput "`where` ..." when one is negative or the product is absurd
std::int64_t checkedCount(const std::vector<std::int64_t>& dims, const std::string& where);

/// @param where  start of an error message: file and initialiser or node
/// @throws BadInput: type, missing or surplus data, data in another file
Constant readTensor(const onnx::TensorProto& tensor, const std::string& where);

/// The values of an integer constant. @throws BadInput naming the node and `what` when it holds floats
const std::vector<std::int64_t>& integersOf(const OnnxNode& node, const Constant& constant, const char* what);

/// Evaluates a node whose inputs are all constant (null: an input left out).
using Folder = Constant (*)(const OnnxNode& node, const std::vector<const Constant*>& inputs);

Constant foldConstant(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldConstantOfShape(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldIdentity(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldCast(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldArithmetic(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldGather(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldConcat(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldSlice(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldSqueeze(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldUnsqueeze(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldReshape(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldFlatten(const OnnxNode& node, const std::vector<const Constant*>& inputs);
Constant foldTranspose(const OnnxNode& node, const std::vector<const Constant*>& inputs);

/// Shapes that Reshape, Flatten, Squeeze and Unsqueeze give a tensor of shape `dims`; also used for
/// activations.
std::vector<std::int64_t> reshapedDims(const OnnxNode& node, const std::vector<std::int64_t>& dims,
                                       const std::vector<std::int64_t>& target);
std::vector<std::int64_t> flattenedDims(const OnnxNode& node, const std::vector<std::int64_t>& dims);
std::vector<std::int64_t> squeezedDims(const OnnxNode& node, const std::vector<std::int64_t>& dims,
                                       const std::vector<std::int64_t>& axes);
std::vector<std::int64_t> unsqueezedDims(const OnnxNode& node, const std::vector<std::int64_t>& dims,
                                         const std::vector<std::int64_t>& axes);
/// Axes of Squeeze and Unsqueeze: an attribute before opset 13, then an input.
std::vector<std::int64_t> axesOf(const OnnxNode& node, const Constant* input);
/// Target of Reshape: an attribute before opset 5, then an input.
std::vector<std::int64_t> targetOf(const OnnxNode& node, const Constant* input);

}  // namespace crosstile
