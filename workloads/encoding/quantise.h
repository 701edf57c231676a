// SPDX-License-Identifier: Apache-2.0
// Post-training quantisation: a float network and calibration images -> the integer network that the arrays
// compute.
#pragma once

#include "workloads/encoding/encoding_config.h"
#include "workloads/network/integer_network.h"

namespace crosstile {

/// Scales every activation to `inputBits` codes and every weight to `weightBits`, symmetric and one scale a
/// tensor:
///     q = round(x / s),  s = range / (2^(bits-1) - 1) signed, range / (2^bits - 1) for activations that
///     never go below 0.
/// An activation's range is the given percentile of |x| over the calibration images, read where the code is
/// next used (after the ReLU or Clip that alone follows a layer). Inputs of a concat share one format
/// (activation_formats.h); an add rescales each of its inputs to its own. A last weighted layer, with nothing
/// but pools and the like behind it, keeps its exact sums. Jacob et al., CVPR 2018.
/// @param images  `count` inputs of elementCount(network.inputShape) values
/// @throws BadInput when a weight or a calibration value is not finite, or a layer cannot be put into
/// integers
IntegerNetwork quantise(const Network& network, const EncodingConfig& encoding, const float* images,
                        int count);

/// Codes of one input: clamp(round(x / scale)). @throws BadInput when a value is not a number
void quantiseInput(const CodeFormat& format, const float* x, std::int64_t* codes, std::size_t count);

}  // namespace crosstile
