// SPDX-License-Identifier: Apache-2.0
#include "models/device/linear.h"

#include <algorithm>

namespace crosstile {

void LinearLaw::prepare(Span<const double> conductance, const RandomStream*, Span<double> parameters) const {
  std::copy(conductance.begin(), conductance.end(), parameters.begin());
}

void LinearLaw::evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                         Span<double> slope) const {
  for (std::size_t i = 0; i < voltage.size(); ++i) current[i] = parameters[i] * voltage[i];
  if (!slope.empty()) std::copy_n(parameters.begin(), voltage.size(), slope.begin());
}

}  // namespace crosstile
