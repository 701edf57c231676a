// SPDX-License-Identifier: Apache-2.0
// The ONNX operators that can be imported. A new one is a function and a line in onnx_operators.cpp.
#pragma once

#include <string_view>

#include "workloads/network/onnx_graph.h"

namespace crosstile {

/// Makes layers of a node that reads an activation and defines its output.
using Importer = void (*)(OnnxGraph& graph, const OnnxNode& node);

struct OnnxOperator {
  std::string_view name;
  Importer import;  ///< null: for constants only
  Folder fold;      ///< null: for activations only
};

/// The operator of that name, null when it is not supported.
const OnnxOperator* findOperator(std::string_view name);

// onnx_mvm.cpp: matrix-vector products
void importConv(OnnxGraph& graph, const OnnxNode& node);
void importGemm(OnnxGraph& graph, const OnnxNode& node);
void importMatMul(OnnxGraph& graph, const OnnxNode& node);
// onnx_join.cpp: several activations
void importSum(OnnxGraph& graph, const OnnxNode& node);
void importConcat(OnnxGraph& graph, const OnnxNode& node);
// onnx_affine.cpp: folded into the product before them, or a product of their own
void importArithmetic(OnnxGraph& graph, const OnnxNode& node);
void importBatchNormalization(OnnxGraph& graph, const OnnxNode& node);
// onnx_pool.cpp
void importMaxPool(OnnxGraph& graph, const OnnxNode& node);
void importAveragePool(OnnxGraph& graph, const OnnxNode& node);
void importPad(OnnxGraph& graph, const OnnxNode& node);
void importGlobalAveragePool(OnnxGraph& graph, const OnnxNode& node);
void importReduceMean(OnnxGraph& graph, const OnnxNode& node);
// onnx_elementwise.cpp
void importRelu(OnnxGraph& graph, const OnnxNode& node);
void importSigmoid(OnnxGraph& graph, const OnnxNode& node);
void importTanh(OnnxGraph& graph, const OnnxNode& node);
void importClip(OnnxGraph& graph, const OnnxNode& node);
void importHardSigmoid(OnnxGraph& graph, const OnnxNode& node);
void importSoftmax(OnnxGraph& graph, const OnnxNode& node);
void importIdentity(OnnxGraph& graph, const OnnxNode& node);
void importCast(OnnxGraph& graph, const OnnxNode& node);
void importDropout(OnnxGraph& graph, const OnnxNode& node);
// onnx_shape.cpp: the same values, elsewhere
void importReshape(OnnxGraph& graph, const OnnxNode& node);
void importFlatten(OnnxGraph& graph, const OnnxNode& node);
void importSqueeze(OnnxGraph& graph, const OnnxNode& node);
void importUnsqueeze(OnnxGraph& graph, const OnnxNode& node);
void importTranspose(OnnxGraph& graph, const OnnxNode& node);
void importShape(OnnxGraph& graph, const OnnxNode& node);

/// y = scale[c] x + shift[c] over the channels of `in` (its padding made); a single number goes for all of
/// them.
Activation affine(OnnxGraph& graph, const OnnxNode& node, const Activation& in, std::vector<float> scale,
                  std::vector<float> shift);

/// A constant as one number for each of `channels` channels of `value`.
/// @param channelFromEnd  which dimension the channels are, counted from the last
/// @throws BadInput when it varies over anything else
std::vector<float> perChannel(const OnnxNode& node, const Constant& constant,
                              std::vector<std::int64_t> constantDims, std::size_t rank, int channelFromEnd,
                              int channels);

/// Window of a Conv or pool node over an image, whose padding it takes over. @param kernel  {height, width}
Window windowOf(const OnnxNode& node, const Activation& image, const std::vector<std::int64_t>& kernel);
/// Output positions along one dimension.
int outputPositions(int size, int padBefore, int padAfter, int kernel, int stride);

}  // namespace crosstile
