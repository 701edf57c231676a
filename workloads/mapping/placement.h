// SPDX-License-Identifier: Apache-2.0
// Where on the mesh the tiles of the stages lie.
#pragma once

#include <vector>

#include "workloads/mapping/chip_program.h"
#include "workloads/mapping/mapping_config.h"

namespace crosstile {

/// The tile at place k of the snake over the mesh: places k and k + 1 are at most one hop apart.
int snakeTile(const ChipShape& chip, int k);

/// A node of the mesh for each of `tiles` tiles, numbered in the order of the stages. `snake`: one after the
/// other along the snake. `annealed`: from there, swaps of two places that make sum(flits sent x routers
/// passed) smaller, by simulated annealing; the snake where nothing better is found.
std::vector<int> placeTiles(const ChipProgram& program, int tiles, const ChipShape& chip,
                            const MappingConfig& config);

}  // namespace crosstile
