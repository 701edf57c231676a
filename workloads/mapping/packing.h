// SPDX-License-Identifier: Apache-2.0
// Several stages in one tile.
#pragma once

#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// Stages that one tile may hold.
inline constexpr int kStagesOfATile = 64;

/// Puts stages that take one tile together: in the order of the stages each goes to the tile of the last of
/// its producers that has room, else to the first tile that has, else to one of its own. A tile has room when
/// it has cores enough, and buffer for the least of all of its stages' streams (Stream::leastBytes). Stages
/// keep cores of their own, and share the rest. Sets tiles, slots, numbers of streams and cores.
/// @return tiles that are used now
int packStages(ChipProgram& program, const ChipShape& chip);

}  // namespace crosstile
