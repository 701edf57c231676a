// SPDX-License-Identifier: Apache-2.0
// First half of mapping: the layers of a network, gathered into stages.
#pragma once

#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// Stages without blocks. A weighted layer begins one; activations, pools and additions join it as long as
/// nobody else reads what lies between; reshapes, transposes and concats become the index maps and streams of
/// those who read them. What has no stage to join gets one without arrays.
ChipProgram buildStages(const IntegerNetwork& network, const EncodingConfig& encoding);

}  // namespace crosstile
