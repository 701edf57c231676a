// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/base/quantity.h"
#include "models/device/device_law.h"

namespace crosstile {

/// What is wrong with a table of voltages and currents.
struct TableFault {
  std::size_t point;    ///< the first point that can't stand
  std::string problem;  ///< "voltage 0.1 V after 0.2 V: must rise from point to point"
};
/// A table can be a cell when it has two points or more, all finite, voltages rise, currents don't fall, and
/// it holds the point (0 V, 0 A).
std::optional<TableFault> findTableFault(Span<const double> voltage, Span<const double> current);

/// A measured or simulated I-V curve, scaled to each cell's conductance:
///     I = G/G_t I_t(V),  G_t = I_t(V_r)/V_r, the table's own conductance at the read voltage V_r (0: the
///     slope at 0 V)
/// I_t is the monotone piecewise cubic through the points with a continuous slope: Hermite's with the
/// weighted harmonic mean of both neighbouring secants as slope (Fritsch and Butland, SIAM J. Sci. Stat.
/// Comput. 5, 1984). Beyond the ends it goes on straight. A table that starts or ends at 0 V is taken as one
/// half of an odd curve. Parameter plane of a cell: G/G_t.
class TabulatedLaw final : public DeviceLaw {
 public:
  /// @throws BadInput for a fault, a read voltage outside the table, or a table without conductance there
  TabulatedLaw(Span<const double> voltage, Span<const double> current, Volts readVoltage);
  std::string name() const override { return "tabulated"; }
  std::size_t parameterCount() const override { return 1; }
  bool isOdd() const override { return odd_; }
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;

 private:
  /// One side of 0 V as magnitudes, so that small currents keep their digits.
  struct Half {
    std::vector<double> voltage, current, slope;
  };
  struct Value {
    double current, slope;
  };
  static Value along(const Half& half, double v);
  Value at(double v) const;

  Half positive_, negative_;
  bool odd_ = false;
  double tableConductance_ = 0.0;
};

}  // namespace crosstile
