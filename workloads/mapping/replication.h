// SPDX-License-Identifier: Apache-2.0
// Copies of a layer's weights, so that several of its positions are computed at once.
#pragma once

#include "workloads/mapping/chip_program.h"
#include "workloads/mapping/mapping_config.h"

namespace crosstile {

/// Copies lie in the cores that a stage's tiles have to spare; each copy has cores of its own. `balanced`:
/// with P positions and room for R copies, every stage gets the fewest copies with which it needs no longer
/// than max(ceil(P/R)) positions, the shortest period that this chip allows. Copies named by hand count
/// first.
/// @throws BadInput naming the node: unknown, or without room for as many
void chooseReplicas(ChipProgram& program, const ChipShape& chip, const MappingConfig& config);

}  // namespace crosstile
