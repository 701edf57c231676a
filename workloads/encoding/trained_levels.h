// SPDX-License-Identifier: Apache-2.0
// Conductances that training chose, as levels of cells.
#pragma once

#include "workloads/encoding/encoding_config.h"
#include "workloads/network/integer_network.h"

namespace crosstile {

/// Takes a layer's trained conductances over as levels of pairs: out.plusLevels, out.minusLevels, and from
/// them out.weights and out.biasWeights. A level is (G - G_off)/(G_on - G_off) of the device that the network
/// was trained for times the top level.
/// @param in  format of the layer's inputs   @param out  biasInput is set already
/// @return what a weight of one level is worth
/// @throws BadInput naming the node: an encoding that isn't one pair a weight, a conductance that is no
/// level, an input format in which the bias row's 1 has no code
double takeTrainedLevels(const Layer& layer, const TrainedCells& cells, const EncodingConfig& encoding,
                         const TrainedDevice& device, const CodeFormat& in, IntegerLayer& out);

}  // namespace crosstile
