// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/circuit_cost.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/crossbar/port_matrix.h"

namespace crosstile {
namespace {

constexpr double kPi = 3.14159265358979323846;
// Measured; their ratios matter.
constexpr double kSweepNs = 4.0;  // a cell and eight right-hand sides
constexpr double kSweepBeyondCacheNs = 8.0;
constexpr double kCacheBytes = 8e6;      // of a sweep's state
constexpr double kPrepareNs = 30.0;      // factors and right-hand sides, a cell
constexpr double kMultiplyAddNs = 0.05;  // of dense algebra

double slowestMode(int n, double r, double rEnd) {
  return 1.0 / (4.0 / (kPi * kPi) * n * n * r + n * rEnd);
}

}  // namespace

double estimatedSweeps(Span<const double> conductance, int rows, int columns, const Wires& wires,
                       double tolerance) {
  const double mean =
      std::accumulate(conductance.begin(), conductance.end(), 0.0) / static_cast<double>(conductance.size());
  const double word = slowestMode(columns, wires.rWord, wires.rSource);
  const double bit = slowestMode(rows, wires.rBit, wires.rSink);
  const double rho = mean * mean / ((mean + word) * (mean + bit));
  const double root = std::sqrt(1.0 - std::min(1.03 * rho, rho + 0.3 * (1.0 - rho)));
  const double rate = (1.0 - root) / (1.0 + root);
  return rate > 0.0 ? 1.0 + std::log(2.0 / tolerance) / -std::log(rate) : 1.0;
}

double relaxationCost(int rows, int columns, double sweeps) {
  const double cells = static_cast<double>(rows) * columns;
  const double bytes = cells * 8.0 * static_cast<double>(sizeof(double));
  return cells * (kPrepareNs + sweeps * (bytes > kCacheBytes ? kSweepBeyondCacheNs : kSweepNs));
}

double directCost(int rows, int columns, double sweeps) {
  return kMultiplyAddNs * joinCost(rows, columns) + relaxationCost(rows, columns, sweeps);
}

}  // namespace crosstile
