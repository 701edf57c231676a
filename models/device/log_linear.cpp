// SPDX-License-Identifier: Apache-2.0
#include "models/device/log_linear.h"

#include <cmath>

#include "models/base/error.h"
#include "models/base/truncated_normal.h"
#include "models/device/lane_kernel.h"

namespace crosstile {

LogLinearLaw::LogLinearLaw(double mean, double sigma, Volts reference)
    : mean_(mean), sigma_(sigma), reference_(reference.value) {
  if (!std::isfinite(mean) || mean < 2.0)
    throw BadInput("device law log_linear: n = {}: must be a finite number >= 2 (2 is ohmic)", mean);
  if (!std::isfinite(sigma) || sigma < 0.0)
    throw BadInput("device law log_linear: standard deviation of n = {}: must be a finite number >= 0",
                   sigma);
  if (!std::isfinite(reference_) || !(reference_ > 0.0))
    throw BadInput("device law log_linear: reference voltage = {} V: must be above 0 V", reference_);
}

void LogLinearLaw::prepare(Span<const double> conductance, const RandomStream* residual,
                           Span<double> parameters) const {
  const std::size_t cells = conductance.size();
  for (std::size_t i = 0; i < cells; ++i) {
    const bool draw = residual != nullptr && sigma_ > 0.0;
    const double n = draw ? truncatedNormal(*residual, i, mean_, sigma_, 2.0) : mean_;
    const double beyondOhmic = std::log2(n) - 1.0;
    parameters[i] = conductance[i] * std::pow(reference_, -beyondOhmic);
    parameters[cells + i] = beyondOhmic;
  }
}

void LogLinearLaw::evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                            Span<double> slope) const {
  const std::size_t n = voltage.size();
  for (std::size_t i = 0; i < n; ++i) {
    const double g = parameters[i] * std::pow(std::abs(voltage[i]), parameters[n + i]);
    current[i] = g * voltage[i];
    if (!slope.empty()) slope[i] = g * (1.0 + parameters[n + i]);
  }
}

void LogLinearLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                                 double* slope) const {
  powerLanes(cells, voltage, current, slope);
}

void LogLinearLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                                 float* slope) const {
  powerLanes(cells, voltage, current, slope);
}

}  // namespace crosstile
