// SPDX-License-Identifier: Apache-2.0
// Closed-loop programming: pulse, read, and again until the cell is where it should be.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/span.h"
#include "models/programming/writable_cells.h"

namespace crosstile {

/// What a write controller did to a cell, and what came of it.
struct CellReport {
  std::uint32_t pulses = 0;  ///< whole pulses that it got, an initial reset among them
  std::uint32_t reads = 0;   ///< of them, one before the first pulse and one behind each
  bool reached = false;      ///< the last read was within the tolerance
  double target = 0.0;       ///< S
  double conductance = 0.0;  ///< S, true, when the whole array was done
  double seconds = 0.0;      ///< pulses, gaps and reads
  PulseCost write;           ///< J
  double readJ = 0.0;        ///< in the cell while it was read
};

/// A whole array's.
struct ArrayReport {
  std::vector<CellReport> cells;  ///< row by row; absent ones have target 0 and count as reached
  double seconds = 0.0;           ///< rows, or cells, one after another
  std::uint64_t pulses = 0, reads = 0;
  std::uint64_t unreached = 0;  ///< cells whose budget ended before they were there
  std::uint64_t left = 0;  ///< cells that were there and are out of tolerance at the end (disturbance, noise)
  PulseCost write;
  double readJ = 0.0;
};

/// Incremental step pulse programming with verification. Too low: pulses of +V, too high: of -V, from
/// set_voltage or reset_voltage on by voltage_step up to largest_voltage; at each change of direction the
/// amplitude begins anew, two steps lower if a single pulse had gone too far. The rates go with exp(V/V_T),
/// so the last pulse of a ramp goes beyond the target by at most (exp(voltage_step/V_T) - 1) of the way:
/// steps below 0.7 V_T converge.
class WriteVerify {
 public:
  /// @throws BadInput (checkProgramming)
  WriteVerify(const ProgrammingConfig& config, const DeviceConfig& device);

  /// Brings one cell to `target` (S) or ends at the pulse budget; what it did is added to `report`.
  void tune(WritableCells& cells, std::size_t cell, double target, CellReport& report) const;

  /// All cells of an array (targets row by row, S; 0: absent, not touched), row by row or one by one. With
  /// `passes` the cells that have left their tolerance are tuned again.
  /// @throws BadInput on a count of targets that isn't that of the cells
  ArrayReport tuneAll(WritableCells& cells, Span<const double> target) const;

 private:
  void write(WritableCells& cells, std::size_t cell, double volt, Seconds width, double aim,
             CellReport& report) const;
  void resetAll(WritableCells& cells, ArrayReport& report) const;
  void pass(WritableCells& cells, bool first, ArrayReport& report) const;

  ProgrammingConfig config_;
  DeviceConfig device_;
};

}  // namespace crosstile
