// SPDX-License-Identifier: Apache-2.0
// Power and area of cores, tiles and the chip, added up from the parts of the cost table.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/cost/cost_table.h"

namespace crosstile {

/// How many of everything there are.
struct Population {
  int rowsPerArray = 0;
  int columnsPerArray = 0;  ///< that are sampled and converted, offset column included
  int arraysPerCore = 0;
  int adcsPerCore = 0;
  int coresPerTile = 0;
  int tilesPerRouter = 0;
  int routers = 0;
  int links = 0;  ///< between routers, both directions of a pair counted as one

  int tiles() const { return routers * tilesPerRouter; }
};

/// The stages of the roll-up. A tile's figures hold its share (1/tilesPerRouter) of its router, as published
/// ones do.
enum class Level { core, tile, chip };

/// One line of the table: a component's own entry, or a part.
struct PartLine {
  std::string name;
  Component component = Component::digital;
  Per per = Per::tile;
  Watts power{};  ///< of one instance, leakage included
  Watts leakage{};
  SquareMetres area{};
  std::string source;
  std::array<double, 3> count{};  ///< in a core, in a tile (a share of the router: 0.25), on the chip
};

struct AreaPower {
  std::int64_t instances = 0;  ///< on the chip
  Watts power{};               ///< at full activity, leakage included
  Watts leakage{};
  SquareMetres area{};
};

/// Every part with its counts. Parts of a router or tile count 0 in a core; parts of the chip count 0 in a
/// tile.
std::vector<PartLine> partLines(const CostTable& cost, const Population& population);

/// Power and area at a level by component, in the order of Component:
///     P_level(component) = sum over its parts of count_level x (power + leakage), area alike.
std::array<AreaPower, kComponents> rollUp(const std::vector<PartLine>& parts, Level level);
AreaPower total(const std::array<AreaPower, kComponents>& byComponent);

}  // namespace crosstile
