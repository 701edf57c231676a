// SPDX-License-Identifier: Apache-2.0
// The laws' SIMD kernels (run-time dispatch): many cells at many voltages each, for circuits.
// Layout as in CellLanes: parameter planes by cell, voltage and current by cell and lane. A value depends on
// its own cell and voltage alone.
#pragma once

#include "models/device/device_law.h"

namespace crosstile {

/// I = G V; plane 0: G. `slope` may be null, as everywhere here.
void linearLanes(const CellLanes<double>& cells, const double* voltage, double* current, double* slope);
void linearLanes(const CellLanes<float>& cells, const float* voltage, float* current, float* slope);

/// I = G sinh(b V) / b, b > 0; plane 0: G.
void sinhLanes(double b, const CellLanes<double>& cells, const double* voltage, double* current,
               double* slope);
void sinhLanes(double b, const CellLanes<float>& cells, const float* voltage, float* current, float* slope);

/// I = c V exp( sqrt(a |V| + epsilon) - offset ); planes: c and, unless `field` gives one a for all cells, a.
struct RootExponential {
  double epsilon = 0.0;
  double offset = 0.0;
  double field = -1.0;  ///< a of every cell, 1/V; negative: each has its own
};
void rootExponentialLanes(const RootExponential& law, const CellLanes<double>& cells, const double* voltage,
                          double* current, double* slope);
void rootExponentialLanes(const RootExponential& law, const CellLanes<float>& cells, const float* voltage,
                          float* current, float* slope);

/// I = c V |V|^p, p >= 0; planes: c and p.
void powerLanes(const CellLanes<double>& cells, const double* voltage, double* current, double* slope);
void powerLanes(const CellLanes<float>& cells, const float* voltage, float* current, float* slope);

}  // namespace crosstile
