// SPDX-License-Identifier: Apache-2.0
// Maps an integer network onto the arrays, cores and tiles of a chip.
#pragma once

#include "models/crossbar/array_config.h"
#include "workloads/mapping/chip_program.h"
#include "workloads/mapping/mapping_config.h"

namespace crosstile {

struct MappingRequest {
  const IntegerNetwork* network = nullptr;
  EncodingConfig encoding;
  ArrayConfig array;
  ChipShape chip;
  MappingConfig mapping;
  int inputSlots = 2;          ///< images of which a tile's buffer holds inputs at once, if it can
  int bufferAccessBits = 256;  ///< of a line of the buffer
};

/// Cuts every weighted layer into row blocks (array rows) and groups of outputs (array columns); puts all row
/// blocks of a group into one tile, so that partial sums never leave it (a layer with more rows than a tile
/// holds becomes several stages, row_split.h); fills cores row block by row block, so that a core's arrays
/// share inputs; gives every stage tiles of its own (placement.h) or, if they are small, a share of one
/// (packing.h), copies of its weights (replication.h) and parts of its streams in the buffers (buffering.h).
/// @throws BadInput when a layer or the network doesn't fit (with the chip that would hold it), or the graph
/// has a form that has no mapping (naming the node)
ChipProgram mapNetwork(const MappingRequest& request);

}  // namespace crosstile
