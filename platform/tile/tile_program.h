// SPDX-License-Identifier: Apache-2.0
// What a tile is told over the network: its stage, its share of the outputs, where inputs come from and
// results go.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/execution/analog_array.h"
#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// One tile's part of a chip program. On the wire it is a CBOR map with these members (docs/architecture.md).
struct TileProgram {
  Stage stage;                 ///< its blocks are this tile's, without levels
  std::vector<AdcTrim> trims;  ///< one a block
  int outputBegin = 0, outputCount = 0;
  int inputChannels = 1;       ///< codes a producer sends for one of its positions, all producers together
  std::vector<int> producers;  ///< nodes that send inputs
  std::vector<int> consumers;  ///< nodes that the outputs go to; the host for the last stage
  bool toHost = false;
  int inputSlots = 2;           ///< images whose inputs the buffer holds
  int consumerSlots = 2;        ///< images of which every consumer takes outputs before it gives credit
  std::uint64_t slotBytes = 0;  ///< of one image's inputs in this tile's buffer
  std::uint64_t consumerSlotBytes = 0;
  int consumerChannels = 1;  ///< outputs of the whole stage, the consumers' inputChannels
  std::uint64_t seed = 0;    ///< of the arrays' random streams
  std::uint32_t draw = 0;
};

std::vector<std::uint8_t> toWire(const TileProgram& program);
/// @throws BadInput when the bytes are no tile program
TileProgram tileProgramFromWire(const std::vector<std::uint8_t>& bytes);

}  // namespace crosstile
