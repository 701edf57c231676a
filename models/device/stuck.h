// SPDX-License-Identifier: Apache-2.0
// Cells that don't obey programming.
#pragma once

#include <vector>

#include "models/base/random.h"
#include "models/base/span.h"
#include "models/crossbar/array_config.h"

namespace crosstile {

/// Which cells of the arrays of a chip are known to be faulty: map after map, row by row; NaN: as programmed,
/// otherwise the cell's conductance (S; 0: open). Array k has map k modulo the number of maps.
struct YieldMap {
  int rows = 0;
  int columns = 0;  ///< physical, reference and offset columns included
  std::vector<double> cells;
  std::size_t maps() const {
    return cells.size() / (static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  }
};

/// A conductance (S) from the kernel density estimate of `measured`: one of them, drawn evenly, plus a
/// Gaussian of Scott's bandwidth h = s n^(-1/5), truncated to >= 0 (s with divisor n - 1; h = 0 for n = 1).
/// Draw `cell` of the stream, parts from 1 on.
class StuckDistribution {
 public:
  explicit StuckDistribution(Span<const double> measured);
  double bandwidth() const { return bandwidth_; }
  double draw(const RandomStream& stream, std::size_t cell) const;

 private:
  Span<const double> measured_;
  double bandwidth_ = 0.0;
};

/// A cell is stuck with the configured probabilities, one uniform number a cell deciding: at G_off, at G_on,
/// at `stuckValue`, or at a conductance of its own from the measured distribution; whatever was programmed.
void stickCells(Span<double> conductance, const DeviceConfig& device, const NonidealityConfig& nonideality,
                const RandomStream& stream);

/// Puts the cells that the map knows to be faulty where it says. An open cell (0 S) is an absent device.
/// @throws BadInput when the map is of arrays of another size
void applyYieldMap(Span<double> conductance, int rows, int columns, const YieldMap& map, std::size_t array);

}  // namespace crosstile
