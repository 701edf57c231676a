// SPDX-License-Identifier: Apache-2.0
// The circuit that two tuned arrays make with their reference resistors and comparators, read with its cells'
// own I(V).
#pragma once

#include <vector>

#include "models/base/span.h"
#include "models/device/metastable_switch.h"
#include "workloads/learning/pattern_task.h"

namespace crosstile::learning {

/// What the circuit is built with beside its cells.
struct CircuitSupply {
  double readVolt = 0.0, readSecond = 0.0;
  double reference = 0.0;  ///< G_ref, S, on every input line
  double threshold = 0.0;  ///< S: the hidden comparators switch at threshold x V_read ampere
};

/// An input of 1 is +V_read on its line, of -1 -V_read, and so are the hidden comparators' outputs:
///     I_j = sum_i I(G_ij, V_i) - G_ref V_i
/// Comparators of the first layer compare I_j with threshold x V_read, the output with 0.
class ThresholdCircuit {
 public:
  /// @param first  S, 9 x hidden   @param second  S, hidden
  ThresholdCircuit(const MeanMetastableSwitchLaw& law, const CircuitSupply& supply, Span<const double> first,
                   Span<const double> second);

  /// 1: first class, 0: second.
  double decide(unsigned image) const;
  /// Inputs that aren't 1 or -1: V_i = x_i V_read.
  double decide(const std::array<double, kPixels>& x) const;
  /// Of reading one image through both layers, mean over the images, J.
  struct Energy {
    double cells = 0.0, references = 0.0;  ///< references: those of the lines and of the thresholds
  };
  Energy energy(const ImageOdds& odds) const;

 private:
  struct Cell {
    double conductance, plus, minus;  ///< S; A at +V_read and at -V_read
    double at(bool high) const { return high ? plus : minus; }
  };
  bool output(const std::vector<char>& high) const;
  template <typename Current>
  std::vector<char> hiddenOf(Current current) const;

  const MeanMetastableSwitchLaw& law_;
  CircuitSupply supply_;
  std::vector<Cell> first_, second_;
};

}  // namespace crosstile::learning
