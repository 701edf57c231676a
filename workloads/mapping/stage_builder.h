// SPDX-License-Identifier: Apache-2.0
// First half of mapping: the layers of a network, gathered into stages.
#pragma once

#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// Stages without arrays: every weighted layer begins one; activations and pools join it; reshapes and
/// transposes become the next stage's index map.
/// @throws BadInput naming the node when a layer has no place in a stage
ChipProgram buildStages(const IntegerNetwork& network, const EncodingConfig& encoding);

}  // namespace crosstile
