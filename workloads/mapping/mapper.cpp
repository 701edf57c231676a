// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/mapper.h"

#include <algorithm>

#include "models/base/error.h"
#include "workloads/mapping/column_layout.h"
#include "workloads/mapping/stage_builder.h"

namespace crosstile {
namespace {

/// Weight code of a layer's matrix at (row, output), the bias row last; a grouped convolution is zero outside
/// its group.
class WeightMatrix {
 public:
  WeightMatrix(const Layer& layer, const IntegerLayer& values, const EncodingConfig& encoding)
      : layer_(values),
        encoding_(encoding),
        values_(values.weights),
        kernel_(layer.kind == LayerKind::conv ? layer.window.kernelH * layer.window.kernelW : 1) {
    outputs_ = layer.weights.shape[0];
    channels_ = layer.weights.shape[1];
    groupOutputs_ = outputs_ / std::max(layer.groups, 1);
    biasRow_ = channels_ * std::max(layer.groups, 1) * kernel_;
    plain_ = kernel_ == 1 && layer.groups <= 1;
    isOffset_ = !isPaired(encoding);
    offset_ = weightOffset(encoding);
    top_ = maxLevel(encoding);
  }
  /// Level of a weight's cell.
  std::uint16_t level(int row, int output, const SliceSpec& slice) const {
    if (layer_.plusLevels.empty()) {
      const std::int64_t w = at(row, output);
      // levelOf() without its choice of scheme: this is called for every cell of the chip.
      if (isOffset_) return static_cast<std::uint16_t>(((w + offset_) >> slice.shift) & top_);
      return levelOf(w, slice, encoding_);
    }
    const auto& levels = slice.sign > 0 ? layer_.plusLevels : layer_.minusLevels;
    return levels[static_cast<std::size_t>(row * outputs_ + output)];
  }

 private:
  std::int64_t at(int row, int output) const {
    if (row == biasRow_) return layer_.biasWeights[static_cast<std::size_t>(output)];
    if (plain_) return values_[static_cast<std::size_t>(output * channels_ + row)];
    const int channel = row / kernel_ - output / groupOutputs_ * channels_;
    if (channel < 0 || channel >= channels_) return 0;
    return values_[static_cast<std::size_t>((output * channels_ + channel) * kernel_ + row % kernel_)];
  }

  const IntegerLayer& layer_;
  const EncodingConfig& encoding_;
  const std::vector<std::int32_t>& values_;
  int kernel_, outputs_ = 0, channels_ = 0, groupOutputs_ = 1, biasRow_ = 0;
  bool plain_ = false;  // one position, one group: rows are channels
  bool isOffset_ = false;
  std::int64_t offset_ = 0;
  int top_ = 0;
};

class Mapper {
 public:
  explicit Mapper(const MappingRequest& request)
      : request_(request),
        slices_(slicesOf(request.encoding)),
        layout_(request.array, request.encoding),
        together_(arraysPerWeight(request.encoding)) {
    perArray_ = request.array.columns * together_ / static_cast<int>(slices_.size());
    if (perArray_ < 1) {
      throw BadInput("array.columns = {}: must be at least {} to hold one weight of {} bits in {}-bit cells",
                     request.array.columns, slices_.size(), request.encoding.weightBits,
                     request.encoding.cellBits);
    }
  }

  ChipProgram map() {
    ChipProgram program = buildStages(*request_.network, request_.encoding);
    for (Stage& stage : program.stages) place(stage);
    checkFits(program);
    for (Stage& stage : program.stages) fill(stage);
    program.arrays = nextArray_;
    program.tiles = nextTile_;
    program.cores = cores_;
    return program;
  }

 private:
  /// Blocks of a stage, put on tiles of its own; contents come later, once everything is known to fit.
  void place(Stage& stage) {
    const Layer* layer = stage.layer < 0 ? nullptr : &network().layers[static_cast<std::size_t>(stage.layer)];
    checkBuffer(stage);
    if (layer == nullptr) {
      stage.tiles.push_back(nextTile_++);
      return;
    }
    const int rows = stage.input.rows();
    stage.rowBlocks = (rows + request_.array.rows - 1) / request_.array.rows;
    const int groups = (stage.outputs + perArray_ - 1) / perArray_;
    const int arraysPerTile = request_.chip.coresPerTile * request_.chip.arraysPerCore;
    const int groupsPerTile = arraysPerTile / (stage.rowBlocks * together_);
    if (groupsPerTile < 1) {
      throw BadInput(
          "node \"{}\": its {} rows need {} arrays in one tile, a tile has {}; more tile.cores or array.rows "
          "would hold it",
          layer->name, rows, stage.rowBlocks * together_, arraysPerTile);
    }
    for (int first = 0; first < groups; first += groupsPerTile) {
      placeOnTile(stage, first, std::min(groups - first, groupsPerTile), rows);
    }
  }

  void placeOnTile(Stage& stage, int firstGroup, int groups, int rows) {
    const int tile = nextTile_++;
    stage.tiles.push_back(tile);
    int place = 0;
    for (int rowBlock = 0; rowBlock < stage.rowBlocks; ++rowBlock) {
      for (int a = 0; a < groups * together_; ++a, ++place) {
        ArrayBlock block;
        block.id = nextArray_++;
        block.tile = tile;
        block.core = place / request_.chip.arraysPerCore;
        block.slot = place % request_.chip.arraysPerCore;
        block.rowBlock = rowBlock;
        block.rowBegin = rowBlock * request_.array.rows;
        block.rowCount = std::min(rows - block.rowBegin, request_.array.rows);
        block.outputBegin = (firstGroup + a / together_) * perArray_;
        block.outputCount = std::min(stage.outputs - block.outputBegin, perArray_);
        stage.blocks.push_back(std::move(block));
      }
    }
    cores_ += (place + request_.chip.arraysPerCore - 1) / request_.chip.arraysPerCore;
  }

  void checkBuffer(const Stage& stage) const {
    const double need = static_cast<double>(stage.inputElements()) * stage.inputBytes * request_.inputSlots;
    if (need > request_.chip.bufferSize.value) {
      throw BadInput(
          "node \"{}\": the inputs of {} images need {:.0f} B of buffer, a tile has {:.0f} B (buffer.size)",
          stage.name, request_.inputSlots, need, request_.chip.bufferSize.value);
    }
  }

  void checkFits(const ChipProgram& program) const {
    if (nextTile_ <= request_.chip.tiles()) return;
    int widest = 0;
    for (const Stage& stage : program.stages) widest = std::max(widest, static_cast<int>(stage.tiles.size()));
    throw BadInput(
        "{}: needs {} tiles ({} arrays; its widest layer {} tiles), the chip has {}; a mesh of {} routers "
        "with "
        "{} tiles each would hold it",
        network().name, nextTile_, nextArray_, widest, request_.chip.tiles(),
        (nextTile_ + request_.chip.concentration - 1) / request_.chip.concentration,
        request_.chip.concentration);
  }

  void fill(Stage& stage) {
    for (int& tile : stage.tiles) tile = snakeTile(request_.chip, tile);
    if (stage.layer < 0) return;
    const auto index = static_cast<std::size_t>(stage.layer);
    const WeightMatrix weights(network().layers[index], request_.network->layers[index], request_.encoding);
    for (std::size_t b = 0; b < stage.blocks.size(); ++b) {
      ArrayBlock& block = stage.blocks[b];
      block.tile = snakeTile(request_.chip, block.tile);
      // Arrays that hold a weight together follow each other, one slice each.
      const std::size_t own = b % static_cast<std::size_t>(together_);
      fillBlock(block, weights, together_ > 1 ? std::vector<SliceSpec>{slices_[own]} : slices_);
    }
  }

  void fillBlock(ArrayBlock& block, const WeightMatrix& weights, const std::vector<SliceSpec>& slices) const {
    block.physicalColumns = layout_.total();
    block.offsetColumn = layout_.offset;
    block.referenceColumn = layout_.reference;
    block.levels.assign(
        static_cast<std::size_t>(request_.array.rows) * static_cast<std::size_t>(layout_.total()), 0);
    int column = 0;
    for (int o = 0; o < block.outputCount; ++o) {
      for (const SliceSpec& slice : slices) {
        ColumnCode code;
        code.column = layout_.physical(column++);
        code.output = block.outputBegin + o;
        code.shift = slice.shift;
        code.sign = slice.sign;
        fillColumn(block, code, slice, weights);
        block.columns.push_back(code);
      }
    }
    if (block.offsetColumn < 0) return;
    for (int r = 0; r < block.rowCount; ++r) cell(block, r, block.offsetColumn) = 1;
  }

  /// A column whose worst-case sum (all inputs at their largest) exceeds half of what its rows could give is
  /// stored inverted, so that no column ever exceeds half: ISAAC's encoding, one ADC bit less.
  void fillColumn(ArrayBlock& block, ColumnCode& code, const SliceSpec& slice,
                  const WeightMatrix& weights) const {
    const int top = maxLevel(request_.encoding);
    std::int64_t sum = 0;
    for (int r = 0; r < block.rowCount; ++r) {
      const std::uint16_t level = weights.level(block.rowBegin + r, code.output, slice);
      cell(block, r, code.column) = static_cast<std::uint8_t>(level);
      sum += level;
    }
    code.flipped =
        request_.encoding.flippedColumns && 2 * sum > static_cast<std::int64_t>(block.rowCount) * top;
    if (!code.flipped) return;
    for (int r = 0; r < block.rowCount; ++r) {
      std::uint8_t& level = cell(block, r, code.column);
      level = static_cast<std::uint8_t>(top - level);
    }
  }

  static std::uint8_t& cell(ArrayBlock& block, int row, int column) {
    return block.levels[static_cast<std::size_t>(row * block.physicalColumns + column)];
  }
  const Network& network() const { return *request_.network->network; }

  const MappingRequest& request_;
  std::vector<SliceSpec> slices_;
  ColumnLayout layout_;
  int together_;      // arrays that hold a weight
  int perArray_ = 0;  // outputs
  int nextTile_ = 0, nextArray_ = 0, cores_ = 0;
};

}  // namespace

int snakeTile(const ChipShape& chip, int k) {
  const int router = k / chip.concentration;
  const int row = router / chip.meshColumns;
  const int along = router % chip.meshColumns;
  const int column = row % 2 == 0 ? along : chip.meshColumns - 1 - along;
  return (row * chip.meshColumns + column) * chip.concentration + k % chip.concentration;
}

ChipProgram mapNetwork(const MappingRequest& request) {
  return Mapper(request).map();
}

}  // namespace crosstile
