// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/packing.h"

#include <algorithm>

namespace crosstile {
namespace {

/// What of a tile is taken.
struct Tile {
  bool shared = false;  ///< by stages that take one tile each
  int cores = 0, stages = 0, streams = 0;
  std::int64_t bytes = 0;
};

class Packer {
 public:
  Packer(ChipProgram& program, const ChipShape& chip) : program_(program), chip_(chip) {}

  int pack() {
    for (Stage& stage : program_.stages) {
      const Tile needs = needsOf(stage);
      if (stage.tiles.size() == 1) {
        const std::size_t tile = tileFor(stage, needs);
        join(stage, tile, needs);
      } else {
        move(stage);
      }
    }
    return static_cast<int>(tiles_.size());
  }

 private:
  static Tile needsOf(const Stage& stage) {
    Tile needs;
    needs.stages = 1;
    needs.streams = static_cast<int>(stage.streams.size());
    for (const ArrayBlock& block : stage.blocks) needs.cores = std::max(needs.cores, block.core + 1);
    for (const Stream& stream : stage.streams) needs.bytes += stream.leastBytes;
    return needs;
  }

  bool hasRoom(const Tile& tile, const Tile& needs) const {
    return tile.shared && tile.cores + needs.cores <= chip_.coresPerTile && tile.stages < kStagesOfATile &&
           static_cast<double>(tile.bytes + needs.bytes) <= chip_.bufferSize.value;
  }

  std::size_t tileFor(const Stage& stage, const Tile& needs) {
    int producer = -1;
    for (const Stream& stream : stage.streams) {
      for (const Stream::Part& part : stream.parts) {
        if (part.stage <= producer) continue;
        const Stage& from = program_.stages[static_cast<std::size_t>(part.stage)];
        if (hasRoom(tiles_[static_cast<std::size_t>(from.tiles.front())], needs)) producer = part.stage;
      }
    }
    if (producer >= 0)
      return static_cast<std::size_t>(program_.stages[static_cast<std::size_t>(producer)].tiles.front());
    const auto first =
        std::find_if(tiles_.begin(), tiles_.end(), [&](const Tile& t) { return hasRoom(t, needs); });
    if (first != tiles_.end()) return static_cast<std::size_t>(first - tiles_.begin());
    tiles_.push_back({});
    tiles_.back().shared = true;
    return tiles_.size() - 1;
  }

  void join(Stage& stage, std::size_t to, const Tile& needs) {
    Tile& tile = tiles_[to];
    stage.tiles = {static_cast<int>(to)};
    stage.slot = tile.stages;
    stage.firstStream = tile.streams;
    for (ArrayBlock& block : stage.blocks) {
      block.tile = static_cast<int>(to);
      block.core += tile.cores;
    }
    tile.cores += needs.cores;
    tile.stages += needs.stages;
    tile.streams += needs.streams;
    tile.bytes += needs.bytes;
  }

  /// A stage of several tiles keeps them to itself; they may have other numbers.
  void move(Stage& stage) {
    const std::vector<int> before = stage.tiles;
    for (int& tile : stage.tiles) {
      tile = static_cast<int>(tiles_.size());
      tiles_.push_back({});
    }
    for (ArrayBlock& block : stage.blocks) {
      const auto place = std::find(before.begin(), before.end(), block.tile) - before.begin();
      block.tile = stage.tiles[static_cast<std::size_t>(place)];
    }
  }

  ChipProgram& program_;
  const ChipShape& chip_;
  std::vector<Tile> tiles_;
};

}  // namespace

int packStages(ChipProgram& program, const ChipShape& chip) {
  return Packer(program, chip).pack();
}

}  // namespace crosstile
