// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/stuck_compensation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "models/device/stuck.h"

namespace crosstile {
namespace {

/// What one level of a column's cells adds to the weight. Inverted columns take away.
double worth(const ColumnCode& c) {
  return std::ldexp(c.flipped ? -c.sign : c.sign, c.shift);
}

/// The columns of each output, the most significant first.
std::map<int, std::vector<ColumnCode>> columnsOfOutputs(const ArrayBlock& block) {
  std::map<int, std::vector<ColumnCode>> outputs;
  for (const ColumnCode& c : block.columns) outputs[c.output].push_back(c);
  for (auto& [output, columns] : outputs) {
    std::stable_sort(columns.begin(), columns.end(),
                     [](const ColumnCode& a, const ColumnCode& b) { return a.shift > b.shift; });
  }
  return outputs;
}

}  // namespace

std::vector<double> knownFaults(const AnalogConfig& config, const ArrayBlock& block,
                                const StreamOwner& owner) {
  const auto cells =
      static_cast<std::size_t>(config.array.rows) * static_cast<std::size_t>(block.physicalColumns);
  std::vector<double> faults(cells, std::numeric_limits<double>::quiet_NaN());
  stickCells(faults, config.device, config.nonideality, RandomStream(owner, Purpose::stuckCell));
  if (config.nonideality.yieldCells != nullptr)
    applyYieldMap(faults, config.array.rows, block.physicalColumns, *config.nonideality.yieldCells,
                  owner.array);
  return faults;
}

void compensateStuckCells(const AnalogConfig& config, const ArrayBlock& block, Span<const double> faults,
                          Span<double> target) {
  const double off = config.device.gOff.value;
  const double top = maxLevel(config.encoding);
  const double step = (config.device.gOn.value - off) / top;
  const auto outputs = columnsOfOutputs(block);
  for (int r = 0; r < block.rowCount; ++r) {
    for (const auto& [output, columns] : outputs) {
      const auto cell = [&, r](const ColumnCode& c) {
        return static_cast<std::size_t>(r) * static_cast<std::size_t>(block.physicalColumns) +
               static_cast<std::size_t>(c.column);
      };
      double error = 0.0;  // of the weight, in its own units
      for (const ColumnCode& c : columns) {
        const std::size_t i = cell(c);
        // A cell with target 0 is absent, and can't be stuck.
        if (!std::isnan(faults[i]) && target[i] != 0.0) error += worth(c) * (faults[i] - target[i]) / step;
      }
      for (const ColumnCode& c : columns) {
        const std::size_t i = cell(c);
        if (!std::isnan(faults[i])) continue;
        const double level = std::round((target[i] - off) / step);
        const double moved = std::clamp(std::round(level - error / worth(c)), 0.0, top);
        const double left = error + worth(c) * (moved - level);
        if (!(std::abs(left) < std::abs(error))) continue;
        error = left;
        target[i] = off + step * moved;
      }
    }
  }
}

}  // namespace crosstile
