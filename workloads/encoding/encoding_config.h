// SPDX-License-Identifier: Apache-2.0
// How numbers become pulses and conductances: section [encoding] of a hardware file.
#pragma once

#include <string>

namespace crosstile {

struct EncodingConfig {
  int inputBits = 16;             ///< activations, 1..16
  int weightBits = 16;            ///< weights, 2..16
  int pulseBits = 1;              ///< input bits a pulse (bit-streaming), 1..8
  int cellBits = 2;               ///< weight bits a cell (bit-slicing), 1..8
  std::string scheme = "offset";  ///< offset (w + 2^(bits-1)) | differential (pairs, one of them at level 0)
                                  ///< | average (pairs around the middle level)
  /// Where the slices of a weight lie: in neighbouring columns of one array (columns), or each in an array of
  /// its own (arrays: PUMA's MVMU).
  std::string slicePlacement = "columns";
  /// Where offset weights and flipped columns have the sum of the inputs from: measured by an offset column
  /// of each array (column), or added up from the codes (digital).
  std::string inputSum = "column";
  bool biasRow = false;  ///< the bias is a row of cells with input 1; else it is added digitally
  bool flippedColumns =
      true;  ///< store a column inverted when its worst-case sum would exceed half of the range
  bool stuckCompensation = false;       ///< the other cells of a weight make up for its stuck ones
  int calibrationImages = 64;           ///< images that set activation ranges and calibrated ADC ranges
  double activationPercentile = 100.0;  ///< of |x| over the calibration images; 100: the maximum
};

}  // namespace crosstile
