// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/device/device_law.h"

namespace crosstile {

/// A cell with hyperbolic-sine conduction (tunnelling and hopping in filamentary oxides):
///     I = G sinh(B V) / B
/// G [S] is the zero-field conductance, the one parameter of a cell; B [1/V] is common to all cells. B = 0 is
/// ohmic.
class SinhLaw final : public DeviceLaw {
 public:
  /// @throws BadInput unless b is finite and not negative
  explicit SinhLaw(double b);
  std::string name() const override { return "sinh"; }
  std::size_t parameterCount() const override { return 1; }
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;
  bool isLinear() const override { return b_ == 0.0; }

 private:
  double b_;
};

}  // namespace crosstile
