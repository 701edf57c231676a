// SPDX-License-Identifier: Apache-2.0
// Measured I-V curves in a CSV file.
#pragma once

#include <string>
#include <vector>

#include "models/fitting/iv_curve.h"

namespace crosstile::app {

/// Reads curves. The first line, or `columns` where the file has none, names the columns: `voltage_v` (or `_mv`) and
/// `current_a` (or `_ma`, `_ua`, `_na`); `curve` tells curves apart (without it all lines are one), `resistance_ohm` is
/// the resistance of a curve's state, other columns are skipped. Empty lines and lines that start with # don't count.
/// @param readVolt  where the resistance of a state is read when the file doesn't give it
/// @throws BadInput naming file and line: no such columns, not a number, values that can't be in their unit
std::vector<IvCurve> readCurves(const std::string& path, const std::string& columns, double readVolt);

/// Conduction laws are monotone: refuses curves whose current falls while the voltage rises by more than 20 % of its
/// largest. @throws BadInput naming file and curve
void checkMonotone(const std::vector<IvCurve>& curves, const std::string& path);

}  // namespace crosstile::app
