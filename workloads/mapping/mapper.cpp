// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/mapper.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "models/base/error.h"
#include "workloads/mapping/buffering.h"
#include "workloads/mapping/column_layout.h"
#include "workloads/mapping/packing.h"
#include "workloads/mapping/placement.h"
#include "workloads/mapping/replication.h"
#include "workloads/mapping/row_split.h"
#include "workloads/mapping/stage_builder.h"
#include "workloads/mapping/weight_matrix.h"

namespace crosstile {
namespace {

/// Outputs that lie in one array each row block: their weights are never divided further.
struct OutputGroup {
  int outputBegin = 0, outputCount = 0;
  int firstRowBlock = 0, rowBlocks = 0;
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
    splitRows(program, {request_.array.rows, arraysPerTile() / together_, network()});
    for (Stage& stage : program.stages) placeStage(stage);
    if (request_.mapping.packing == "none") checkFits(program);
    chooseReplicas(program, request_.chip, request_.mapping);
    BufferingConfig buffering;
    buffering.bufferBytes = static_cast<std::int64_t>(request_.chip.bufferSize.value);
    buffering.lineBytes = request_.bufferAccessBits / 8;
    buffering.inputSlots = request_.inputSlots;
    findLeastBuffers(program, buffering);
    if (request_.mapping.packing == "tile") {
      nextTile_ = packStages(program, request_.chip);
      checkFits(program);
    }
    shareBuffers(program, buffering);
    const std::vector<int> nodes = placeTiles(program, nextTile_, request_.chip, request_.mapping);
    for (Stage& stage : program.stages) fill(stage, nodes);
    program.arrays = nextArray_;
    program.tiles = nextTile_;
    program.cores = cores_;
    return program;
  }

 private:
  int arraysPerTile() const { return request_.chip.coresPerTile * request_.chip.arraysPerCore; }

  /// Blocks of a stage, put on tiles of its own; contents come later, once everything is known to fit.
  void placeStage(Stage& stage) {
    if (stage.layer < 0) {
      stage.tiles.push_back(nextTile_++);
      return;
    }
    std::vector<OutputGroup> groups = divide(stage, network().layers[static_cast<std::size_t>(stage.layer)]);
    for (std::size_t first = 0; first < groups.size();) {
      std::size_t last = first;
      int arrays = 0;
      while (last < groups.size() && arrays + groups[last].rowBlocks * together_ <= arraysPerTile())
        arrays += groups[last++].rowBlocks * together_;
      placeOnTile(stage, {groups.begin() + static_cast<std::ptrdiff_t>(first), groups.begin() + static_cast<std::ptrdiff_t>(last)});
      first = last;
    }
  }

  /// Row blocks and groups of outputs of a stage. A grouped convolution is cut between its groups, so that arrays
  /// hold as few zeros as may be; where a group has a bias row or is larger than an array, it is one matrix.
  std::vector<OutputGroup> divide(Stage& stage, const Layer& layer) const {
    const int rows = stage.input.rows();
    std::vector<OutputGroup> groups;
    if (layer.groups > 1 && rows == layer.groups * (rows / layer.groups) && stage.input.rows() == stage.input.allRows() &&
        stage.input.biasCode == 0) {
      const int groupRows = rows / layer.groups, groupOutputs = stage.outputs / layer.groups;
      const int together = std::max(1, std::min(request_.array.rows / groupRows, perArray_ / groupOutputs));
      for (int first = 0; first < layer.groups; first += together) {
        const int count = std::min(together, layer.groups - first);
        divideMatrix(stage, first * groupRows, count * groupRows, first * groupOutputs, count * groupOutputs, groups);
      }
      return groups;
    }
    divideMatrix(stage, 0, rows, 0, stage.outputs, groups);
    return groups;
  }

  void divideMatrix(Stage& stage, int rowBegin, int rows, int outputBegin, int outputs,
                    std::vector<OutputGroup>& groups) const {
    OutputGroup group;
    group.firstRowBlock = static_cast<int>(stage.rowBlocks.size());
    for (int r = 0; r < rows; r += request_.array.rows)
      stage.rowBlocks.push_back({rowBegin + r, std::min(rows - r, request_.array.rows)});
    group.rowBlocks = static_cast<int>(stage.rowBlocks.size()) - group.firstRowBlock;
    for (int o = 0; o < outputs; o += perArray_) {
      group.outputBegin = outputBegin + o;
      group.outputCount = std::min(outputs - o, perArray_);
      groups.push_back(group);
    }
  }

  /// Row block by row block: the arrays of a core share inputs wherever possible.
  void placeOnTile(Stage& stage, const std::vector<OutputGroup>& groups) {
    const int tile = nextTile_++;
    stage.tiles.push_back(tile);
    int place = 0;
    for (int rowBlock = 0; rowBlock < static_cast<int>(stage.rowBlocks.size()); ++rowBlock) {
      for (const OutputGroup& group : groups) {
        if (rowBlock < group.firstRowBlock || rowBlock >= group.firstRowBlock + group.rowBlocks) continue;
        for (int a = 0; a < together_; ++a, ++place) {
          ArrayBlock block;
          block.tile = tile;
          block.core = place / request_.chip.arraysPerCore;
          block.slot = place % request_.chip.arraysPerCore;
          block.rowBlock = rowBlock;
          block.rowBegin = stage.rowBlocks[static_cast<std::size_t>(rowBlock)].begin;
          block.rowCount = stage.rowBlocks[static_cast<std::size_t>(rowBlock)].count;
          block.outputBegin = group.outputBegin;
          block.outputCount = group.outputCount;
          stage.blocks.push_back(std::move(block));
        }
      }
    }
    nextArray_ += place;
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

  void fill(Stage& stage, const std::vector<int>& nodes) {
    for (int& tile : stage.tiles) tile = nodes[static_cast<std::size_t>(tile)];
    if (stage.layer < 0) return;
    const auto index = static_cast<std::size_t>(stage.layer);
    const WeightMatrix weights(network().layers[index], request_.network->layers[index], request_.encoding,
                               stage.input.firstRow);
    std::set<std::pair<int, int>> cores;
    for (std::size_t b = 0; b < stage.blocks.size(); ++b) {
      ArrayBlock& block = stage.blocks[b];
      block.id = filled_++;
      block.tile = nodes[static_cast<std::size_t>(block.tile)];
      cores.insert({block.tile, block.core});
      // Arrays that hold a weight together follow each other, one slice each.
      const std::size_t own = b % static_cast<std::size_t>(together_);
      fillBlock(block, weights, together_ > 1 ? std::vector<SliceSpec>{slices_[own]} : slices_);
    }
    nextArray_ = filled_;
    cores_ += static_cast<int>(cores.size());
  }

  void fillBlock(ArrayBlock& block, const WeightMatrix& weights, const std::vector<SliceSpec>& slices) const {
    block.physicalColumns = layout_.total();
    block.offsetColumn = layout_.offset;
    block.referenceColumn = layout_.reference;
    std::vector<std::uint8_t> levels(
        static_cast<std::size_t>(request_.array.rows) * static_cast<std::size_t>(layout_.total()), 0);
    int column = 0;
    for (int o = 0; o < block.outputCount; ++o) {
      for (const SliceSpec& slice : slices) {
        ColumnCode code;
        code.column = layout_.physical(column++);
        code.output = block.outputBegin + o;
        code.shift = slice.shift;
        code.sign = slice.sign;
        fillColumn(block, code, slice, weights, levels);
        block.columns.push_back(code);
      }
    }
    for (int r = 0; block.offsetColumn >= 0 && r < block.rowCount; ++r) cell(levels, r, block.offsetColumn) = 1;
    block.levels = std::make_shared<const std::vector<std::uint8_t>>(std::move(levels));
  }

  /// A column whose worst-case sum (all inputs at their largest) exceeds half of what its rows could give is
  /// stored inverted, so that no column ever exceeds half: ISAAC's encoding, one ADC bit less.
  void fillColumn(ArrayBlock& block, ColumnCode& code, const SliceSpec& slice,
                  const WeightMatrix& weights, std::vector<std::uint8_t>& levels) const {
    const int top = maxLevel(request_.encoding);
    std::vector<std::uint8_t> column;
    weights.column(block.rowBegin, block.rowCount, code.output, slice, column);
    const auto sum = std::accumulate(column.begin(), column.end(), std::int64_t{0});
    code.flipped =
        request_.encoding.flippedColumns && 2 * sum > static_cast<std::int64_t>(block.rowCount) * top;
    for (int r = 0; r < block.rowCount; ++r) {
      const std::uint8_t level = column[static_cast<std::size_t>(r)];
      cell(levels, r, code.column) = code.flipped ? static_cast<std::uint8_t>(top - level) : level;
    }
  }

  std::uint8_t& cell(std::vector<std::uint8_t>& levels, int row, int column) const {
    return levels[static_cast<std::size_t>(row * layout_.total() + column)];
  }
  const Network& network() const { return *request_.network->network; }

  const MappingRequest& request_;
  std::vector<SliceSpec> slices_;
  ColumnLayout layout_;
  int together_;      // arrays that hold a weight
  int perArray_ = 0;  // outputs
  int nextTile_ = 0, nextArray_ = 0, cores_ = 0, filled_ = 0;
};

}  // namespace

ChipProgram mapNetwork(const MappingRequest& request) {
  return Mapper(request).map();
}

}  // namespace crosstile
