// SPDX-License-Identifier: Apache-2.0
// An array as an emulator sees it: everything that is fixed once it is programmed.
#pragma once

#include <memory>

#include "models/crossbar/emulator.h"
#include "models/crossbar/residual_sums.h"

namespace crosstile {

/// Column currents of pulses, without shaping. Immutable; used from many threads.
class EmulatorArray {
 public:
  virtual ~EmulatorArray() = default;
  /// Values of a pulse: the columns, padded with zeros to whole 64-byte lines.
  virtual std::size_t stride() const = 0;
  /// A, of one unit of current()
  virtual double unitAmpere() const = 0;
  /// @param current  stride() values a pulse, 64-byte aligned (out)
  virtual void read(Span<const Pulse> pulses, float* current) const = 0;
  /// V I of each row's cells at each digit, W: [digit][row]
  virtual const std::vector<double>& rowPower() const = 0;
};

/// @param digitVoltages  of each input digit; the first is 0. Nothing is checked: see checkEmulatorFits().
std::unique_ptr<EmulatorArray> makeEmulatorArray(std::shared_ptr<const Emulator> emulator,
                                                 const ProgrammedArray& array,
                                                 Span<const double> digitVoltages);

/// What the paper's network is told of an array and an input: (2 G - G_on - G_off)/(G_on - G_off) and
/// V/V_max.
AlignedVector<float> normalisedConductances(const EmulatorTechnology& technology,
                                            Span<const double> conductance);

}  // namespace crosstile
