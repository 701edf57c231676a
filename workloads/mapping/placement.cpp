// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/placement.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/base/random.h"

namespace crosstile {
namespace {

constexpr int kMovesATile = 400;
constexpr double kCooling = 0.98;
constexpr double kFlitBytes = 4.0, kHostPacket = 64.0;

/// What tiles send each other; the host is the last of the nodes.
class Flows {
 public:
  Flows(const ChipProgram& program, int tiles) : to_(static_cast<std::size_t>(tiles) + 1) {
    for (std::size_t s = 0; s < program.stages.size(); ++s) {
      const Stage& stage = program.stages[s];
      for (const Stream& stream : stage.streams) {
        for (const Stream::Part& part : stream.parts) {
          if (part.stage < 0)
            connect({tiles}, stage.tiles,
                    flits(static_cast<double>(stream.elements()) * stream.bytes, kHostPacket));
          else
            fromStage(program.stages[static_cast<std::size_t>(part.stage)], stage.tiles);
        }
      }
    }
    fromStage(program.stages.back(), {tiles});
  }
  const std::vector<std::pair<int, double>>& of(int tile) const {
    return to_[static_cast<std::size_t>(tile)];
  }

 private:
  /// Of `bytes` in packets of some bytes each, with their heads.
  static double flits(double bytes, double packet) { return bytes / kFlitBytes + bytes / packet; }
  void fromStage(const Stage& from, const std::vector<int>& to) {
    const double share =
        static_cast<double>(from.outputs) * from.outputBytes / static_cast<double>(from.tiles.size());
    connect(from.tiles, to, flits(share * from.outPositions, share));
  }
  void connect(const std::vector<int>& from, const std::vector<int>& to, double flits) {
    for (const int a : from) {
      for (const int b : to) {
        if (a == b) continue;  // stays in the tile
        to_[static_cast<std::size_t>(a)].emplace_back(b, flits);
        to_[static_cast<std::size_t>(b)].emplace_back(a, flits);
      }
    }
  }
  std::vector<std::vector<std::pair<int, double>>> to_;
};

class Annealing {
 public:
  Annealing(const Flows& flows, int tiles, const ChipShape& chip, std::uint64_t seed)
      : flows_(flows), chip_(chip), stream_({seed}, Purpose::sampling), host_(tiles) {
    const int places = std::min(chip.tiles(), tiles + tiles / 4 + chip.concentration);
    for (int k = 0; k < places; ++k) occupant_.push_back(k < tiles ? k : -1);
    for (int t = 0; t < tiles; ++t) place_.push_back(t);
  }

  std::vector<int> run() {
    const double begin = total();
    double now = begin, best = begin;
    std::vector<int> bestPlace = place_;
    const int tiles = static_cast<int>(place_.size());
    double temperature = begin / std::max(tiles, 1) * 0.1;
    for (int round = 0; round < kMovesATile; ++round, temperature *= kCooling) {
      for (int m = 0; m < tiles; ++m) {
        const int tile = pick(tiles);
        const int place = pick(static_cast<int>(occupant_.size()));
        const double change = move(tile, place);
        if (change > 0.0 && stream_.uniform(draw_++) >= std::exp(-change / temperature)) {
          move(tile, lastPlace_);
          continue;
        }
        now += change;
        if (now >= best * (1.0 - 1e-9)) continue;
        best = now;
        bestPlace = place_;
      }
    }
    return bestPlace;
  }

 private:
  int pick(int count) { return std::min(static_cast<int>(stream_.uniform(draw_++) * count), count - 1); }
  int routerOf(int tile) const {
    return tile == host_ ? 0 : snakeTile(chip_, place_[static_cast<std::size_t>(tile)]) / chip_.concentration;
  }
  double cost(int tile) const {
    const int router = routerOf(tile);
    double sum = 0.0;
    for (const auto& [other, flits] : flows_.of(tile)) {
      const int to = routerOf(other);
      const int hops = std::abs(router % chip_.meshColumns - to % chip_.meshColumns) +
                       std::abs(router / chip_.meshColumns - to / chip_.meshColumns);
      sum += flits * (hops + 1);
    }
    return sum;
  }
  double total() const {
    double sum = 0.0;
    for (std::size_t t = 0; t < place_.size(); ++t) sum += cost(static_cast<int>(t));
    return sum;
  }
  /// Puts a tile at a place, and whatever is there at the tile's own. @return what it costs more, both ways
  double move(int tile, int place) {
    lastPlace_ = place_[static_cast<std::size_t>(tile)];
    const int other = occupant_[static_cast<std::size_t>(place)];
    if (other == tile) return 0.0;
    const double before = cost(tile) + (other < 0 ? 0.0 : cost(other));
    occupant_[static_cast<std::size_t>(lastPlace_)] = other;
    occupant_[static_cast<std::size_t>(place)] = tile;
    place_[static_cast<std::size_t>(tile)] = place;
    if (other >= 0) place_[static_cast<std::size_t>(other)] = lastPlace_;
    return cost(tile) + (other < 0 ? 0.0 : cost(other)) - before;
  }

  const Flows& flows_;
  const ChipShape& chip_;
  RandomStream stream_;
  std::uint64_t draw_ = 0;
  int host_;
  std::vector<int> place_;     // of each tile
  std::vector<int> occupant_;  // of each place; -1: none
  int lastPlace_ = 0;
};

}  // namespace

int snakeTile(const ChipShape& chip, int k) {
  const int router = k / chip.concentration;
  const int row = router / chip.meshColumns;
  const int along = router % chip.meshColumns;
  const int column = row % 2 == 0 ? along : chip.meshColumns - 1 - along;
  return (row * chip.meshColumns + column) * chip.concentration + k % chip.concentration;
}

std::vector<int> placeTiles(const ChipProgram& program, int tiles, const ChipShape& chip,
                            const MappingConfig& config) {
  std::vector<int> place;
  for (int t = 0; t < tiles; ++t) place.push_back(t);
  if (config.placement == "annealed" && tiles > 1)
    place = Annealing(Flows(program, tiles), tiles, chip, config.placementSeed).run();
  for (int& p : place) p = snakeTile(chip, p);
  return place;
}

}  // namespace crosstile
