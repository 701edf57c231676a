// SPDX-License-Identifier: Apache-2.0
// The chip program: a network cut into stages, stages into blocks of arrays, blocks placed on cores and
// tiles. It is all that the machine is told; execution computes values from it, the platform time and energy.
#pragma once

#include <cstdint>
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

/// One physical array: some rows of a layer's matrix by some of its outputs.
struct ArrayBlock {
  int id = 0;  ///< of the array on the chip, also its random streams'
  int tile = 0, core = 0, slot = 0;
  int rowBlock = 0;  ///< arrays of one row block see the same inputs
  int rowBegin = 0, rowCount = 0;
  int outputBegin = 0, outputCount = 0;
  std::vector<ColumnCode> columns;
  int offsetColumn = -1;  ///< every used row at level 1; -1: none
  int referenceColumn =
      -1;  ///< every cell at level 0; its current is subtracted from every other's; -1: none
  int physicalColumns = 0;
  std::vector<std::uint8_t> levels;  ///< array rows x physicalColumns; unused cells at level 0
  /// Bit lines that are converted each read: the used columns and the offset column.
  int conversions() const { return static_cast<int>(columns.size()) + (offsetColumn >= 0 ? 1 : 0); }
  /// The same on hardware that does not skip unused ones (adc.skip_unused_columns = false).
  int conversions(bool skipUnused, int dataColumns) const {
    return skipUnused ? conversions() : dataColumns + (offsetColumn >= 0 ? 1 : 0);
  }
};

/// One operation of a tile's digital unit on codes, channel by channel. Shapes are HWC positions.
struct DigitalOp {
  enum class Kind { clamp, table, maxPool, averagePool };
  Kind kind = Kind::clamp;
  int layer = 0;  ///< of the network
  int inHeight = 1, inWidth = 1, outHeight = 1, outWidth = 1;
  Window window;
  bool countIncludePad = false;
  std::int64_t low = 0, high = 0;
  std::vector<std::int32_t> table;
  std::int64_t tableLow = 0;
  int outPositions() const { return outHeight * outWidth; }
};

/// A weighted layer with the digital operations behind it: what a set of tiles does as one pipeline stage.
/// A stage without arrays (`layer` -1) passes its input to its digital operations.
struct Stage {
  std::string name;
  int layer = -1;           ///< the weighted layer of the network
  std::vector<int> layers;  ///< all layers it computes, in order
  int source = -1;          ///< the stage its input comes from; -1: the host
  WindowMap input;
  CodeFormat inputFormat;
  std::vector<Plane> planes;
  int outputs = 0;                 ///< channels
  std::vector<std::int64_t> bias;  ///< one an output
  bool hasRequantise = false;
  Requantise requantise;
  std::vector<DigitalOp> ops;
  int outPositions = 0;  ///< after all operations
  CodeFormat outputFormat;
  int outputBytes = 1;  ///< of one output code on the wire: 1, 2 or 8
  int inputBytes = 1;   ///< of one input code
  int rowBlocks = 0;
  std::vector<ArrayBlock> blocks;
  std::vector<int> tiles;  ///< that hold it, in order of their outputs

  /// The layer that time and energy of the stage are attributed to.
  int ledgerLayer() const { return layer >= 0 ? layer : layers.front(); }
  std::int64_t inputElements() const { return static_cast<std::int64_t>(input.elementOf.size()); }
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
