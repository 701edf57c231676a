// SPDX-License-Identifier: Apache-2.0
// Reads of pulses by physics that no table of currents holds: circuits solved input by input, emulators.
#pragma once

#include "models/crossbar/pulse_table.h"

namespace crosstile {

/// One array in a tile, prepared for the digits of its DACs. Immutable; used from many threads. A value
/// depends on its own pulse alone, never on the batch it came in.
class PulseReader {
 public:
  virtual ~PulseReader() = default;
  /// Column currents of each pulse: out[p * stride + j], in the units and with the reference column
  /// subtracted as PulseShaping says; the padding up to `stride` is zero.
  /// @param energyJ  null, or one value a pulse: dissipated in the array during the pulse
  virtual void read(Span<const Pulse> pulses, float* out, std::size_t stride, double* energyJ) const = 0;
  /// Pulses a call at which a read costs least each.
  virtual std::size_t preferredBatch() const { return 16; }
};

}  // namespace crosstile
