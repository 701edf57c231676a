// SPDX-License-Identifier: Apache-2.0
#include "models/cost/roll_up.h"

#include <cmath>

namespace crosstile {
namespace {

/// How many `per` there are in a core, a tile and the chip.
std::array<double, 3> placesOf(Per per, const Population& p) {
  const double arrays = p.arraysPerCore;
  const auto inCore = [&](double count) {
    return std::array<double, 3>{count, count * p.coresPerTile, count * p.coresPerTile * p.tiles()};
  };
  switch (per) {
    case Per::row:
      return inCore(arrays * p.rowsPerArray);
    case Per::column:
      return inCore(arrays * p.columnsPerArray);
    case Per::array:
      return inCore(arrays);
    case Per::adc:
      return inCore(p.adcsPerCore);
    case Per::core:
      return inCore(1.0);
    case Per::tile:
      return {0.0, 1.0, double(p.tiles())};
    case Per::router:
      return {0.0, 1.0 / p.tilesPerRouter, double(p.routers)};
    case Per::link:
      return {0.0, double(p.links) / p.tiles(), double(p.links)};
    case Per::chip:
      return {0.0, 0.0, 1.0};
    case Per::count_:
      break;
  }
  return {};
}

PartLine lineOf(const CostPart& part, const Population& population) {
  PartLine line;
  line.name = part.name;
  line.component = part.component;
  line.per = part.per;
  line.power = part.power + part.leakage;
  line.leakage = part.leakage;
  line.area = part.area;
  line.source = part.source;
  line.count = placesOf(part.per, population);
  for (double& count : line.count) count *= part.instances;
  return line;
}

}  // namespace

std::vector<PartLine> partLines(const CostTable& cost, const Population& population) {
  std::vector<PartLine> lines;
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    const ComponentCost& own = cost[component];
    const CostPart part{std::string(toString(component)),
                        component,
                        perOf(component),
                        own.instances,
                        own.power,
                        own.leakage,
                        own.area,
                        own.source};
    lines.push_back(lineOf(part, population));
    for (const CostPart& extra : cost.parts) {
      if (extra.component == component) lines.push_back(lineOf(extra, population));
    }
  }
  return lines;
}

std::array<AreaPower, kComponents> rollUp(const std::vector<PartLine>& parts, Level level) {
  std::array<AreaPower, kComponents> sums{};
  for (const PartLine& part : parts) {
    AreaPower& sum = sums[static_cast<std::size_t>(part.component)];
    const double count = part.count[static_cast<std::size_t>(level)];
    sum.instances += std::llround(part.count[static_cast<std::size_t>(Level::chip)]);
    sum.power = sum.power + part.power * count;
    sum.leakage = sum.leakage + part.leakage * count;
    sum.area = sum.area + part.area * count;
  }
  return sums;
}

AreaPower total(const std::array<AreaPower, kComponents>& byComponent) {
  AreaPower sum;
  for (const AreaPower& c : byComponent) {
    sum.instances += c.instances;
    sum.power = sum.power + c.power;
    sum.leakage = sum.leakage + c.leakage;
    sum.area = sum.area + c.area;
  }
  return sum;
}

}  // namespace crosstile
