// SPDX-License-Identifier: Apache-2.0
// Maps an integer network onto the arrays, cores and tiles of a chip.
#pragma once

#include "models/crossbar/array_config.h"
#include "workloads/mapping/chip_program.h"

namespace crosstile {

struct MappingRequest {
  const IntegerNetwork* network = nullptr;
  EncodingConfig encoding;
  ArrayConfig array;
  ChipShape chip;
  int inputSlots = 2;  ///< images of which a tile's buffer holds inputs at once
};

/// Cuts every weighted layer into row blocks (array rows) and groups of outputs (array columns); puts all row
/// blocks of a group into one tile, so that partial sums never leave it; fills cores row block by row block,
/// so that a core's arrays share inputs; gives every stage tiles of its own, along a snake over the mesh, so
/// that neighbours in the pipeline are neighbours on the chip.
/// @throws BadInput when a layer or the network doesn't fit (with the chip that would hold it), or the graph
/// has a form that has no mapping (naming the node)
ChipProgram mapNetwork(const MappingRequest& request);

/// The tile at place k of the snake over the mesh.
int snakeTile(const ChipShape& chip, int k);

}  // namespace crosstile
