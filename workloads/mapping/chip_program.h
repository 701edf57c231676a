// SPDX-License-Identifier: Apache-2.0
// The chip program: a network cut into stages, stages into blocks of arrays, blocks placed on cores and
// tiles. It is all that the machine is told; execution computes values from it, the platform time and energy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/encoding/slices.h"
#include "workloads/mapping/chip_shape.h"
#include "workloads/mapping/window_map.h"

namespace crosstile {

/// What one bit line holds: a slice of an output's weights.
struct ColumnCode {
  int column = 0;        ///< physical bit line
  int output = 0;        ///< of the layer
  int shift = 0;         ///< weight of the slice: 2^shift
  int sign = 1;          ///< -1: the negative cells of differential pairs
  bool flipped = false;  ///< stored inverted (maxLevel - level)
};

/// Levels of an array's cells, rows x physical columns; unused ones at level 0. Shared by all that pass them
/// on.
using Levels = std::shared_ptr<const std::vector<std::uint8_t>>;

/// One physical array: some rows of a layer's matrix by some of its outputs.
struct ArrayBlock {
  int id = 0;  ///< of the array on the chip, also its random streams'
  int tile = 0, core = 0, slot = 0;
  int replica = 0;   ///< which copy of its weights it is
  int rowBlock = 0;  ///< arrays of one row block see the same inputs
  int rowBegin = 0, rowCount = 0;
  int outputBegin = 0, outputCount = 0;
  std::vector<ColumnCode> columns;
  int offsetColumn = -1;  ///< every used row at level 1; -1: none
  int referenceColumn =
      -1;  ///< every cell at level 0; its current is subtracted from every other's; -1: none
  int physicalColumns = 0;
  Levels levels;
  /// Bit lines that are converted each read: the used columns and the offset column.
  int conversions() const { return static_cast<int>(columns.size()) + (offsetColumn >= 0 ? 1 : 0); }
  /// The same on hardware that does not skip unused ones (adc.skip_unused_columns = false).
  int conversions(bool skipUnused, int dataColumns) const {
    return skipUnused ? conversions() : dataColumns + (offsetColumn >= 0 ? 1 : 0);
  }
};

/// Codes that flow into a stage, position by position in the order of their producers' outputs, the channels
/// of a position together. A tile's buffer holds the last part of a stream: a ring.
struct Stream {
  struct Part {
    int stage = -1;        ///< its producer; -1: the host
    int channelBegin = 0;  ///< of all the producer's channels among those of the stream
  };
  std::vector<Part> parts;
  int channels = 1;   ///< of a position; the host's inputs: 1
  int positions = 1;  ///< of an image
  CodeFormat format;
  int bytes = 1;                 ///< of a code on the wire: 1, 2 or 8
  std::int64_t leastBytes = 0;   ///< that the buffer must hold of it at once, lest something waits for ever
  std::int64_t imageBytes = 0;   ///< from one image to the next in the stream: whole lines of the buffer
  std::int64_t ringBytes = 0;    ///< of which the buffer holds this many, the last ones
  std::int64_t creditBytes = 0;  ///< room is given back in pieces of this many, and at the end of an image
  std::int64_t elements() const { return std::int64_t{channels} * positions; }
  bool fromHost() const { return parts.front().stage < 0; }
};

/// One operation of a tile's digital unit on codes, channel by channel. Shapes are HWC positions.
struct DigitalOp {
  enum class Kind { clamp, table, maxPool, averagePool, add };
  /// Of an addition: a stream of the stage, and what its codes are multiplied by.
  struct Operand {
    int stream = 0;
    std::int64_t multiplier = 1;
  };
  Kind kind = Kind::clamp;
  int layer = 0;  ///< of the network
  int inHeight = 1, inWidth = 1, outHeight = 1, outWidth = 1;
  Window window;
  bool countIncludePad = false;
  std::int64_t low = 0, high = 0;
  std::vector<std::int32_t> table;
  std::int64_t tableLow = 0;
  /// add: clamp(floor((multiplier * code + sum of the operands' + 2^(shift-1)) / 2^shift), low, high)
  std::vector<Operand> operands;
  std::int64_t multiplier = 1;
  int shift = 0;
  int outPositions() const { return outHeight * outWidth; }
  bool isPool() const { return kind == Kind::maxPool || kind == Kind::averagePool; }
};

/// A weighted layer with the digital operations behind it: what a set of tiles does as one pipeline stage.
/// A stage without arrays (`layer` -1) passes its first stream to its digital operations. Streams come from
/// stages before it.
struct Stage {
  std::string name;
  int layer = -1;               ///< the weighted layer of the network
  int ledger = 0;               ///< the layer that time and energy are attributed to
  std::vector<int> layers;      ///< all layers it computes, in order
  std::vector<Stream> streams;  ///< the matrix's input; then operands of additions
  WindowMap input;
  std::vector<Plane> planes;
  int outputs = 0;                 ///< channels
  std::vector<std::int64_t> bias;  ///< one an output
  bool hasRequantise = false;
  Requantise requantise;
  /// Of a layer with more rows than a tile holds: this stage has some of them and hands its sums, as they
  /// are, to the next one, which takes them in as the stream `sumStream`.
  bool partial = false;
  int sumStream = -1;
  std::vector<DigitalOp> ops;
  int outPositions = 0;  ///< after all operations
  CodeFormat outputFormat;
  int outputBytes = 1;  ///< of one output code on the wire: 1, 2 or 8
  struct RowBlock {
    int begin = 0, count = 0;  ///< rows of the stage's matrix
  };
  std::vector<RowBlock> rowBlocks;
  int replicas = 1;  ///< copies of the weights; position p goes to copy p mod replicas
  std::vector<ArrayBlock> blocks;
  std::vector<int> tiles;  ///< that hold it, in order of their outputs
  int slot = 0;  ///< its number among the stages of its tile; several share one only where each has no other
  int firstStream = 0;  ///< number of its first stream among those of its tile

  int ledgerLayer() const { return ledger; }
  std::int64_t inputElements() const { return streams.front().elements(); }
  const CodeFormat& inputFormat() const { return streams.front().format; }
  int inputBytes() const { return streams.front().bytes; }
};

struct ChipProgram {
  std::vector<Stage> stages;
  std::vector<std::int32_t>
      inputElement;   ///< CHW index of the network's input -> element of the first stage's input buffer
  Shape outputShape;  ///< of the network's output
  std::vector<std::int32_t> outputElement;  ///< its CHW index -> element of the last stage's HWC output
  bool softmax = false;                     ///< the host applies a softmax to the dequantised outputs
  std::int64_t weightOffset = 0;            ///< weight code of level 0 in every slice, negated
  int maxLevel = 3;
  int pulseBits = 1;
  int arrays = 0, tiles = 0, cores = 0;  ///< used
};

}  // namespace crosstile
