// SPDX-License-Identifier: Apache-2.0
// What a layer's arrays did in training: the counts that time and energy follow from.
#pragma once

#include <cstdint>

#include "models/device/step_cells.h"

namespace crosstile::learning {

struct Activity {
  std::uint64_t forwardReads = 0, backwardReads = 0, transferReads = 0;
  std::uint64_t drivenLines = 0;    ///< lines driven with an input that isn't 0, summed over reads
  std::uint64_t drivenCells = 0;    ///< cells on those lines
  std::uint64_t conversions = 0;    ///< of the ADCs
  std::uint64_t linePulses = 0;     ///< programming pulses driven onto word and bit lines
  std::uint64_t pulseSlots = 0;     ///< pulse periods one after another
  PulseCount weights;               ///< pulses that cells of the array that is read got
  PulseCount fast;                  ///< the same of the fast array (Tiki-Taka)
  std::uint64_t refreshPulses = 0;  ///< of one-sided pairs, resets included; part of `weights` or `fast` too
  std::uint64_t digitalWrites = 0;  ///< of buffered values (Tiki-Taka v2)

  std::uint64_t reads() const { return forwardReads + backwardReads + transferReads; }
};

}  // namespace crosstile::learning
