// SPDX-License-Identifier: Apache-2.0
// Files of faulty cells: measured conductances of stuck ones, maps of known ones.
#pragma once

#include <string>

#include "platform/hardware/hardware.h"

namespace crosstile::hardware {

/// Reads nonideality.stuck_distribution: a conductance (siemens) a line; empty lines and lines that start
/// with # are skipped. @param where  what named the file ("mine.toml:17: ..."), for when it can't be read
/// @throws BadInput naming file and line of what isn't a conductance
void readStuckDistribution(NonidealityConfig& nonideality, const std::string& where);

/// Reads nonideality.yield_map: a line a word line, an entry a bit line: 0 or `ok` (as programmed), `on`,
/// `off`, `open`, or a conductance in siemens. array.rows lines are the map of every array; k times as many
/// those of arrays 0 to k - 1, again and again. Lines have array.columns entries (reference and offset
/// columns are fine then) or one for each physical column.
/// @throws BadInput naming file and line of a wrong entry or shape
void readYieldMap(Hardware& hardware, const std::string& where);

}  // namespace crosstile::hardware
