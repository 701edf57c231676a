// SPDX-License-Identifier: Apache-2.0
// ADC calibration: range and column gains of a stage from a few inputs.
#pragma once

#include <vector>

#include "workloads/execution/analog_array.h"

namespace crosstile {

/// Currents that calibration saw in one array, beside the integer sums they stand for.
struct ColumnSamples {
  std::vector<std::vector<float>> current;  ///< [physical column][sample], unit currents as the ADC sees them
  std::vector<std::vector<float>> ideal;    ///< [physical column][sample], levels times digits
};

/// Chooses one LSB for all arrays of a layer and a gain for every column, so that the decoded sums
/// gain * lsb * code are nearest (least squares) to the ideal ones: gain_j = sum(ideal * current) /
/// sum(current^2), or with an offset both of a straight line; the LSB by search between unit currents and the
/// largest current seen.
/// @return a trim for each element of `arrays`
std::vector<AdcTrim> calibrateTrims(const AnalogConfig& config, const std::vector<ColumnSamples>& arrays);

}  // namespace crosstile
