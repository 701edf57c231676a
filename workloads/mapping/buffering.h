// SPDX-License-Identifier: Apache-2.0
// How much of each stream the tiles' buffers hold, so that nothing ever waits for room that can't come.
#pragma once

#include "workloads/mapping/chip_program.h"

namespace crosstile {

struct BufferingConfig {
  std::int64_t bufferBytes = 65536;  ///< of a tile
  std::int64_t lineBytes = 32;       ///< of a buffer access
  int inputSlots = 2;                ///< images of which a buffer holds a stream, if it can
  int hostPacketBytes = 64;
};

/// Sets imageBytes, ringBytes and creditBytes of every stream. Where `inputSlots` whole images of all streams of a
/// tile don't fit, each stream gets the least that it needs, and an equal share of what is left.
///
/// The least of a stream, over the positions p of its stage: from the first element still needed before p to the
/// last that p needs, or that its producers send before that one. Where two streams (or two producers of one) come
/// from one stage A, the one that comes sooner must hold all that A gives until the other has what p needs: what
/// has been sent after A's first a(p) results, a(p) being those without which p can't be.
/// @throws BadInput naming the node whose streams don't fit
void assignBuffers(ChipProgram& program, const BufferingConfig& config);

}  // namespace crosstile
