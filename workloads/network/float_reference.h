// SPDX-License-Identifier: Apache-2.0
// The network in single precision: what the simulated accelerator's accuracy is compared with, and what
// calibration reads its ranges from.
#pragma once

#include <cstddef>
#include <vector>

#include "workloads/network/network.h"

namespace crosstile {

/// Outputs of every layer for one input. Convolutions by im2col and Eigen products; safe to call from many
/// threads.
/// @param input  elementCount(network.inputShape) values
/// @return outputs[i] belongs to network.layers[i]
std::vector<std::vector<float>> runFloatAllLayers(const Network& network, const float* input);

/// Output of the last layer only.
std::vector<float> runFloat(const Network& network, const float* input);

}  // namespace crosstile
