// SPDX-License-Identifier: Apache-2.0
// Layers with more rows than a tile holds.
#pragma once

#include "workloads/mapping/chip_program.h"

namespace crosstile {

struct RowSplit {
  int arrayRows = 128;
  int arraysPerTile = 96;
  const Network& network;
};

/// Divides every stage whose rows need more arrays than a tile has (those of one output must lie in one tile)
/// into stages of some of the rows each: all take in the same stream; each adds its sums to those of the one
/// before and hands them on, the last one goes on as the layer would.
void splitRows(ChipProgram& program, const RowSplit& config);

}  // namespace crosstile
