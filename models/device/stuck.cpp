// SPDX-License-Identifier: Apache-2.0
#include "models/device/stuck.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/truncated_normal.h"

namespace crosstile {

StuckDistribution::StuckDistribution(Span<const double> measured) : measured_(measured) {
  const auto n = static_cast<double>(measured.size());
  if (measured.size() < 2) return;
  double mean = 0.0, square = 0.0;
  for (const double g : measured) mean += g / n;
  for (const double g : measured) square += (g - mean) * (g - mean);
  bandwidth_ = std::sqrt(square / (n - 1.0)) * std::pow(n, -0.2);
}

double StuckDistribution::draw(const RandomStream& stream, std::size_t cell) const {
  const auto n = measured_.size();
  const auto which = static_cast<std::size_t>(stream.uniform(cell, 1) * static_cast<double>(n));
  return truncatedNormal(stream, cell, measured_[std::min(which, n - 1)], bandwidth_, 0.0, 2);
}

void stickCells(Span<double> conductance, const DeviceConfig& device, const NonidealityConfig& n,
                const RandomStream& stream) {
  const double off = n.stuckOff, on = off + n.stuckOn, value = on + n.stuckValueProbability,
               drawn = value + n.stuckDistributionProbability;
  if (drawn == 0.0) return;
  const StuckDistribution distribution(n.stuckConductances);
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    double& g = conductance[i];
    if (g == 0.0) continue;
    const double u = stream.uniform(i);
    if (u < off) {
      g = device.gOff.value;
    } else if (u < on) {
      g = device.gOn.value;
    } else if (u < value) {
      g = n.stuckValue.value;
    } else if (u < drawn) {
      g = distribution.draw(stream, i);
    }
  }
}

void applyYieldMap(Span<double> conductance, int rows, int columns, const YieldMap& map, std::size_t array) {
  if (map.rows != rows || map.columns != columns)
    throw BadInput("nonideality.yield_map: a map of {}x{} cells for an array of {}x{}", map.rows, map.columns,
                   rows, columns);
  const double* fault = map.cells.data() + (array % map.maps()) * conductance.size();
  for (std::size_t i = 0; i < conductance.size(); ++i) {
    if (conductance[i] != 0.0 && !std::isnan(fault[i])) conductance[i] = fault[i];
  }
}

}  // namespace crosstile
