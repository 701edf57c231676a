// SPDX-License-Identifier: Apache-2.0
// What lies between a word line and a bit line at one crossing: a memristive cell, alone or with its access
// device.
#pragma once

#include <memory>

#include "models/crossbar/programmed_array.h"

namespace crosstile {

/// The current from word node to bit node as a function of both nodes' voltages (a transistor's gate makes it
/// depend on more than their difference). One object for all cells of an array.
class CellBranch {
 public:
  virtual ~CellBranch() = default;
  /// Currents of the cells of word line `row`, `lanes` input vectors at once: all arrays are columns x lanes.
  /// @param word, bit  node voltages, V; of two-terminal branches `bit` may be null, for 0 V   @param current
  /// A (out); may be the same array as `word`
  /// @param dWord, dBit  dI/dw >= 0 and dI/db <= 0, S (out); both may be null
  virtual void evaluate(int row, std::size_t lanes, const double* word, const double* bit, double* current,
                        double* dWord, double* dBit) const = 0;
  virtual void evaluate(int row, std::size_t lanes, const float* word, const float* bit, float* current,
                        float* dWord, float* dBit) const = 0;
  /// True when I depends on w - b alone: then the circuit's Jacobian is symmetric.
  virtual bool twoTerminal() const { return true; }
};

/// The branch of `array`'s cells without an access device.
std::unique_ptr<CellBranch> makeCellBranch(std::shared_ptr<const ProgrammedArray> array);

}  // namespace crosstile
