// SPDX-License-Identifier: Apache-2.0
// What a tile is told over the network, for each stage that it holds: the stage, its share of the outputs,
// where inputs come from and results go.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/execution/analog_array.h"
#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// One tile's part of a stage of the chip program. On the wire a tile gets a list of them, each a CBOR map
/// with these members (docs/architecture.md).
struct TileProgram {
  /// Who sends codes of a stream.
  struct Source {
    int node = 0;
    int stream = 0;        ///< of the stage
    int firstChannel = 0;  ///< of its share of a position of the stream
  };
  /// Where outputs go.
  struct Target {
    std::vector<int> nodes;            ///< several: a multicast
    int stream = 0;                    ///< of the target's tile
    int firstOutput = 0, outputs = 0;  ///< of the stage, those that are sent
    int channelBegin = 0;              ///< of the first of them among ...
    int channels = 0;                  ///< ... the channels of a position of the stream
    std::uint64_t imageBytes = 0;      ///< of the stream
    std::uint64_t ringBytes = 0;       ///< that the target holds; 0: it takes everything
  };
  Stage stage;                 ///< its blocks are this tile's, without levels
  std::vector<AdcTrim> trims;  ///< one a block
  int outputBegin = 0, outputCount = 0;
  std::vector<Source> sources;
  std::vector<Target> targets;
  bool toHost = false;
  std::uint64_t seed = 0;  ///< of the arrays' random streams
  std::uint32_t draw = 0;
};

std::vector<std::uint8_t> toWire(const std::vector<TileProgram>& programs);
/// @throws BadInput when the bytes are no tile programs, or none
std::vector<TileProgram> tileProgramsFromWire(const std::vector<std::uint8_t>& bytes);

}  // namespace crosstile
