// SPDX-License-Identifier: Apache-2.0
// One array of a stage as it is read: its block, its currents, its converters, and what their codes mean.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/execution/analog_array.h"

namespace crosstile {

/// How the sums of an array's columns become sums of outputs: what shift, sign, gain, flipping and offset
/// come to.
struct ColumnDecoder {
  int firstOutput = 0, slices = 0;
  std::vector<std::int64_t> weight;          ///< of a column's sum, output by output
  std::vector<std::int64_t> inputWeight;     ///< of the input sum, one an output
  std::vector<std::int64_t> baselineWeight;  ///< of what G_off leaves in every column, one an output
  std::int64_t offsetGain = 0;               ///< of the offset column, behind the others; 0: none
  /// Of trims with offsets: what a conversion of every column adds, output by output, and to the input sum.
  std::vector<std::int64_t> trimOffset;
  std::int64_t inputTrimOffset = 0;
};

/// One array of a stage with its trim and ADC transfer.
struct StageArray {
  const ArrayBlock* block = nullptr;
  std::shared_ptr<const AnalogArray> analog;
  AdcTrim trim;
  Adc adc;
};

}  // namespace crosstile
