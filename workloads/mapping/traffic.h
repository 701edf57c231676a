// SPDX-License-Identifier: Apache-2.0
// What a stage moves for one image: counts that depend on the mapping, not on the data. The timed machine
// counts the same while it runs; `functional` takes them from here.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// Runs of neighbouring input-buffer elements (first, last) that the window at a position needs, ascending.
std::vector<std::pair<std::int32_t, std::int32_t>> windowRuns(const WindowMap& map, int position);

/// Lines of `line` bytes that some bytes of a buffer lie in.
inline std::int64_t linesTouched(std::int64_t firstByte, std::int64_t bytes, std::int64_t line) {
  return (firstByte + bytes - 1) / line - firstByte / line + 1;
}

/// Sizes of the machine that traffic depends on.
struct TrafficConfig {
  ChipShape chip;
  int bufferAccessBits = 256;
  int flitBits = 32;
  int hostPacketBytes = 64;  ///< of inputs, from the host
  bool multicast = true;     ///< one packet for all tiles of a stage
};

/// Of one image, all tiles of a stage together.
struct StageTraffic {
  std::int64_t bufferWrites = 0, bufferReads = 0;  ///< accesses
  std::int64_t busBits = 0;
  std::int64_t inputBytes = 0, outputBytes = 0;  ///< of the cores' input and output registers
  std::int64_t digitalOperations = 0;
  std::int64_t packets = 0,
               packetBytes = 0;  ///< sent by the stage's tiles (the host's are the first stage's)
  std::int64_t flitRouters = 0, flitLinks = 0;  ///< flits through routers and over router-to-router links
  std::int64_t hostBits = 0;                    ///< through the host interface
  std::int64_t mvms = 0;                        ///< vectors through one core
};

/// Outputs that a tile of a stage holds: [first, last).
std::pair<int, int> outputsOf(const Stage& stage, int tile);
/// Which of a tile's outputs go to a tile of another stage: all as the input of a matrix, of operands and
/// sums those that it holds itself. Empty: first >= last.
std::pair<int, int> outputsSent(const Stage& from, int tile, const Stream::Part& part, const Stage& to,
                                int toTile, bool operand);
/// The stream of the host's inputs; nullptr: nobody takes it in.
const Stream* hostStream(const ChipProgram& program);
/// Tiles that the host's inputs go to, those together that one packet serves: neighbours in the program with
/// the same room for the same stream of theirs.
std::vector<std::vector<int>> hostTargets(const ChipProgram& program, bool multicast);
/// Packets belong to layers: those of stages that have a layer's rows between them to the last one.
std::size_t packetsBookedAt(const ChipProgram& program, std::size_t stage);

/// One element a stage. The first stage also carries the host's input packets, the last one its results, each
/// stage the credits that it sends.
std::vector<StageTraffic> trafficPerImage(const ChipProgram& program, const TrafficConfig& config);

}  // namespace crosstile
