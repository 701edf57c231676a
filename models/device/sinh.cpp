// SPDX-License-Identifier: Apache-2.0
#include "models/device/sinh.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/device/lane_kernel.h"

namespace crosstile {

SinhLaw::SinhLaw(double b) : b_(b) {
  if (!std::isfinite(b) || b < 0.0)
    throw BadInput("device law sinh: B = {}: must be a finite number >= 0 (1/V)", b);
}

void SinhLaw::prepare(Span<const double> conductance, const RandomStream*, Span<double> parameters) const {
  std::copy(conductance.begin(), conductance.end(), parameters.begin());
}

void SinhLaw::evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                       Span<double> slope) const {
  const std::size_t n = voltage.size();
  for (std::size_t i = 0; i < n; ++i)
    current[i] = parameters[i] * (b_ == 0.0 ? voltage[i] : std::sinh(b_ * voltage[i]) / b_);
  if (slope.empty()) return;
  for (std::size_t i = 0; i < n; ++i) slope[i] = parameters[i] * std::cosh(b_ * voltage[i]);
}

void SinhLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                            double* slope) const {
  b_ == 0.0 ? linearLanes(cells, voltage, current, slope) : sinhLanes(b_, cells, voltage, current, slope);
}

void SinhLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                            float* slope) const {
  b_ == 0.0 ? linearLanes(cells, voltage, current, slope) : sinhLanes(b_, cells, voltage, current, slope);
}

}  // namespace crosstile
