// SPDX-License-Identifier: Apache-2.0
// Weights that a file declares by their shape alone (graph inputs without an initialiser, initialisers
// without data), and random values for them: enough for mapping, cost and timing, which depend on shapes and
// distributions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/network/onnx_constant.h"

namespace crosstile {

/// Names of the weights that have no values. Their initialisers, if any, become graph inputs of the same
/// shape.
/// @param image  the graph input that isn't a weight   @param external  whether data in another file are none
std::vector<std::string> takeDeclaredWeights(onnx::GraphProto& graph, const std::string& image,
                                             bool external);

/// Values for a declared weight, from what its reader does with it: for weights normal ones of variance
/// 2/fan_in (He et al., ICCV 2015), for addends and means 0, for factors and variances 1. A value depends on
/// the seed, the weight's name and its index only.
/// @throws BadInput naming the file and the weight: open dimensions, a type that isn't floating point
Constant drawWeight(const onnx::GraphProto& graph, const std::string& name, std::uint64_t seed,
                    const std::string& path);

}  // namespace crosstile
