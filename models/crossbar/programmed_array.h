// SPDX-License-Identifier: Apache-2.0
// A programmed array: the immutable outcome of programming one crossbar with target conductances.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/random.h"
#include "models/base/span.h"
#include "models/crossbar/array_config.h"
#include "models/device/device_law.h"

namespace crosstile {

/// What closed-loop programming of an array took and left, beyond its pulses; nothing of one-shot
/// programming.
struct ProgrammingDetail {
  std::uint64_t reads = 0;      ///< to verify
  std::uint64_t unreached = 0;  ///< cells whose pulse budget ended before they were within the tolerance
  std::uint64_t left = 0;       ///< cells that were there and no longer are
  double cellsJ = 0.0;          ///< in the cells that were written
  double unselectedJ = 0.0;     ///< in half-selected cells
  double seriesJ = 0.0;         ///< in series resistors
  double switchJ = 0.0;         ///< in the cells' switches
  double limiterJ = 0.0;        ///< in the drivers' current limiters
  double readJ = 0.0;           ///< in the cells while they were read; not part of programmingEnergyJ
  ProgrammingDetail& operator+=(const ProgrammingDetail& other);
};

/// Conductances and cell parameters of one array, row by row (rows x columns), with what programming them
/// cost.
struct ProgrammedArray {
  int rows = 0;
  int columns = 0;                  ///< physical columns, reference and offset columns included
  std::vector<double> conductance;  ///< S, zero-field, after programming error, faults, variability and drift
  std::shared_ptr<const DeviceLaw> law;  ///< I(V) of every cell
  std::vector<double> cellParameters;    ///< law->parameterCount() planes of rows x columns values
  std::uint64_t pulses = 0;              ///< programming pulses, all cells
  double programmingTimeS = 0.0;         ///< cells of a row in parallel, rows one after another
  double programmingEnergyJ = 0.0;       ///< of the pulses; one-shot: sum of V^2 G t
  ProgrammingDetail detail;
  std::uint64_t hash = 0;  ///< of everything above and of the identity below
  StreamOwner owner;       ///< seed, draw, array, replica, epoch that made it
};

/// One-shot programming: every cell of `target` (S, rows x columns) gets one pulse and lands where the
/// nonidealities put it, in the order of NonidealityConfig. Deterministic in `owner`.
/// @throws BadInput on a negative or not finite target, or a size that isn't rows x columns
std::shared_ptr<const ProgrammedArray> programOneShot(const DeviceConfig& device,
                                                      const NonidealityConfig& nonideality,
                                                      Span<const double> target, int rows, int columns,
                                                      const StreamOwner& owner);

/// The parts of it, for other ways of programming: the targets at their levels, as the conductances of an
/// array that is yet to be programmed; and from conductances, pulses, time and energy, once they are there,
/// to the array as it is read: aged, with its law's parameters and its hash.
std::shared_ptr<ProgrammedArray> startProgramming(const DeviceConfig& device,
                                                  const NonidealityConfig& nonideality,
                                                  Span<const double> target, int rows, int columns,
                                                  const StreamOwner& owner);
std::shared_ptr<const ProgrammedArray> finishProgramming(std::shared_ptr<ProgrammedArray> array,
                                                         const DeviceConfig& device,
                                                         const NonidealityConfig& nonideality);

/// The array after a read: every cell has been at its own voltage for `duration`, and laws with a state
/// (mean_metastable_switch) have moved it. A new epoch with a hash of its own; what programming cost stays.
/// @param cellVoltage  rows x columns, V, across the cells themselves
/// @throws BadInput on a size that isn't rows x columns, or voltages or a duration that can't be
std::shared_ptr<const ProgrammedArray> disturbed(const ProgrammedArray& array, Span<const double> cellVoltage,
                                                 Seconds duration);

}  // namespace crosstile
