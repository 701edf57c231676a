// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/device/device_law.h"

namespace crosstile {

/// A cell whose current grows by the factor n when the voltage doubles (Mehonic et al., Frontiers in
/// Neuroscience 13:593, 2019; Joksas et al. 2022 for the values of n):
///     I = sgn(V) V_ref G ( |V| / V_ref )^(log2 n)
/// G [S] is the cell's I/V at V_ref; n is drawn for every cell from N(mean, sigma^2) truncated at 2, which is
/// ohmic. Odd in V and monotone; for n > 2 the slope at 0 V is 0.
/// Parameter planes of a cell: c = G V_ref^(1 - e) and e - 1, with e = log2 n, so that I = c V |V|^(e - 1).
class LogLinearLaw final : public DeviceLaw {
 public:
  /// @throws BadInput unless mean >= 2, sigma >= 0 and the reference voltage is positive, all finite
  LogLinearLaw(double mean, double sigma, Volts reference);
  std::string name() const override { return "log_linear"; }
  std::size_t parameterCount() const override { return 2; }
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;

 private:
  double mean_, sigma_, reference_;
};

}  // namespace crosstile
