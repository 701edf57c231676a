// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/device/device_law.h"

namespace crosstile {

/// An ohmic cell:
///     I = G V
/// One parameter a cell: G [S].
class LinearLaw final : public DeviceLaw {
 public:
  std::string name() const override { return "linear"; }
  std::size_t parameterCount() const override { return 1; }
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;
  bool isLinear() const override { return true; }
};

}  // namespace crosstile
