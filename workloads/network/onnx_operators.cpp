// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/onnx_operators.h"

namespace crosstile {

namespace {

// Documented in docs/operators.md.
constexpr OnnxOperator kOperators[] = {
    // name, of an activation, of constants
    {"Add", importArithmetic, foldArithmetic},
    {"AveragePool", importAveragePool, nullptr},
    {"BatchNormalization", importBatchNormalization, nullptr},
    {"Cast", importCast, foldCast},
    {"Clip", importClip, nullptr},
    {"Concat", importConcat, foldConcat},
    {"Constant", nullptr, foldConstant},
    {"ConstantOfShape", nullptr, foldConstantOfShape},
    {"Conv", importConv, nullptr},
    {"Div", importArithmetic, foldArithmetic},
    {"Dropout", importDropout, foldIdentity},
    {"Flatten", importFlatten, foldFlatten},
    {"Gather", nullptr, foldGather},
    {"Gemm", importGemm, nullptr},
    {"GlobalAveragePool", importGlobalAveragePool, nullptr},
    {"HardSigmoid", importHardSigmoid, nullptr},
    {"Identity", importIdentity, foldIdentity},
    {"MatMul", importMatMul, nullptr},
    {"MaxPool", importMaxPool, nullptr},
    {"Mul", importArithmetic, foldArithmetic},
    {"Pad", importPad, nullptr},
    {"ReduceMean", importReduceMean, nullptr},
    {"Relu", importRelu, nullptr},
    {"Reshape", importReshape, foldReshape},
    {"Shape", importShape, nullptr},
    {"Sigmoid", importSigmoid, nullptr},
    {"Slice", nullptr, foldSlice},
    {"Softmax", importSoftmax, nullptr},
    {"Squeeze", importSqueeze, foldSqueeze},
    {"Sub", importArithmetic, foldArithmetic},
    {"Sum", importSum, nullptr},
    {"Tanh", importTanh, nullptr},
    {"Transpose", importTranspose, foldTranspose},
    {"Unsqueeze", importUnsqueeze, foldUnsqueeze},
};

}  // namespace

const OnnxOperator* findOperator(std::string_view name) {
  for (const OnnxOperator& entry : kOperators) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace crosstile
