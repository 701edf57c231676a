// SPDX-License-Identifier: Apache-2.0
#include "models/device/linear.h"

#include <algorithm>

#include "models/device/lane_kernel.h"

namespace crosstile {

void LinearLaw::prepare(Span<const double> conductance, const RandomStream*, Span<double> parameters) const {
  std::copy(conductance.begin(), conductance.end(), parameters.begin());
}

void LinearLaw::evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                         Span<double> slope) const {
  for (std::size_t i = 0; i < voltage.size(); ++i) current[i] = parameters[i] * voltage[i];
  if (!slope.empty()) std::copy_n(parameters.begin(), voltage.size(), slope.begin());
}

void LinearLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                              double* slope) const {
  linearLanes(cells, voltage, current, slope);
}

void LinearLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                              float* slope) const {
  linearLanes(cells, voltage, current, slope);
}

}  // namespace crosstile
