// SPDX-License-Identifier: Apache-2.0
// An ONNX file: read, checked by libonnx, its metadata.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>

#include "workloads/network/network.h"

namespace crosstile {

struct OnnxFile {
  onnx::ModelProto model;
  std::uint64_t hash = 0;  ///< FNV-1a of the file's bytes
};

/// @throws BadInput: missing, not an ONNX model, no graph
OnnxFile readOnnx(const std::string& path);

/// libonnx's checker and shape inference. @throws BadInput with the first line of what they say
void checkOnnx(onnx::ModelProto& model, const std::string& path);

/// Version of the default operator set. @throws BadInput when too old
std::int64_t opsetOf(const onnx::ModelProto& model, const std::string& path);

/// Reads input_scale, input_mean and input_std, when there. @throws BadInput
void readPreprocessing(const onnx::ModelProto& model, const std::string& path, Network& network);

/// Attaches the conductances that training left in the file (initialisers W.g_plus, W.g_minus, W.k_g beside a
/// layer's weights W; metadata crosstile.*), when there are any. @throws BadInput: shape, sign, or weights
/// that disagree
void readTrainedCells(const onnx::ModelProto& model, const std::string& path, Network& network);

}  // namespace crosstile
