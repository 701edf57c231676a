// SPDX-License-Identifier: Apache-2.0
// A measured current-voltage curve.
#pragma once

#include <string>
#include <vector>

namespace crosstile {

/// Samples in the order in which they were measured.
struct IvCurve {
  std::string name;   ///< for errors: file and curve
  std::string label;  ///< its name in the file alone
  std::vector<double> volt, ampere;
  std::vector<double> second;  ///< when the samples were taken, rising; empty: evenly
  double resistance = 0.0;     ///< of its state, ohm: |V/I| at the voltage where states are read
};

/// |V/I| at `volt`, from the samples to both sides of it. @throws BadInput naming the curve when it doesn't
/// get there
double resistanceAt(const IvCurve& curve, double volt);

}  // namespace crosstile
