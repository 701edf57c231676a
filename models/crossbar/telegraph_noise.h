// SPDX-License-Identifier: Apache-2.0
// Random telegraph noise of the cells of an array.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/random.h"
#include "models/crossbar/pulse_table.h"

namespace crosstile {

/// A trap in a cell switches its conductance between two states, G (1 + A p) while it is empty and
/// G (1 - A (1 - p)) while it holds an electron, which it does for a share p of the time: a step of A G
/// around an unchanged mean. The state lasts longer than the reads of an image and less than the time between
/// two images: it is drawn once for every cell and image and is the same for all positions and planes of that
/// image. A share of the cells, drawn once an array, has a trap at all.
///
/// Currents change as the conductances do (first order in A): exactly for cells with I proportional to G,
/// with the effective conductances of the circuit with wires.
class TelegraphNoise {
 public:
  struct Config {
    double amplitudeOfG = 0.0;  ///< A
    double probability = 1.0;   ///< share of the cells with a trap
    double occupancy = 0.5;     ///< p
  };
  /// @param currents  of all physical columns, before a reference column is subtracted; no noise
  /// @param columns  the converted ones, in the order of delta()   @param referenceColumn  -1: none
  TelegraphNoise(const Config& config, const PulseTable& currents, const std::vector<int>& columns,
                 int referenceColumn, const RandomStream& stream);

  /// What the states of image `image` add to the currents of the converted columns, the reference column's
  /// subtracted: a table to be read with the same pulses as the array's own. Costs a random number a cell.
  void delta(std::uint64_t image, PulseTable& table) const;

 private:
  std::vector<float> factors(std::uint64_t image) const;

  Config config_;
  PulseTable empty_;               ///< shape and digits of the tables that delta() gives
  AlignedVector<float> currents_;  ///< [term][row][stride] of the converted columns; 0 without a trap
  std::vector<float> reference_;   ///< [term][row] of the reference column; 0 without a trap
  std::vector<int> columns_;
  int referenceColumn_;
  int physicalColumns_;
  RandomStream stream_;
};

}  // namespace crosstile
