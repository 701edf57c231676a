// SPDX-License-Identifier: Apache-2.0
// Reads of pulses: the currents of an array for input digits, as sums over the active rows of tabulated rows.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/aligned.h"
#include "models/base/span.h"

namespace crosstile {

/// A compiled array: current of column j = sum over active rows i, in order, of
/// sum over terms k of coefficient(d_i, k) * current[(k*rows + i)*stride + j].
/// Linear devices have one term (coefficient = V_d); few-level inputs of nonlinear devices one term a digit
/// (coefficient 1 for its own digit); many-level inputs K Chebyshev terms.
struct PulseTable {
  struct Term {
    std::int32_t index;  ///< k
    float coefficient;
  };
  int rows = 0;
  int columns = 0;
  int stride = 0;  ///< columns padded to whole 64-byte lines
  int terms = 0;
  AlignedVector<float> current;           ///< [terms][rows][stride]; padding is zero
  std::vector<std::vector<Term>> digits;  ///< digits[d]: the terms of digit d; digits[0] is empty
  /// Variance of read noise of one read, same indexing with coefficient^2; empty when there is no read noise.
  AlignedVector<float> variance;
  /// Variance that a column has at every read, whatever the pulse (thermal noise): `stride` values; empty:
  /// none.
  AlignedVector<float> columnVariance;
  std::vector<double> rowEnergy;  ///< [digit][row]: energy of the devices of a row in one pulse (J)
};

/// One pulse (input plane): the rows with a nonzero digit, in ascending order.
struct Pulse {
  const std::uint16_t* row = nullptr;
  const std::uint16_t* digit = nullptr;  ///< nullptr: every digit is 1
  int count = 0;
};

/// Column currents of each pulse: out[p*stride + j]; rows are summed in order with fused multiply-add, so a
/// value depends on nothing but the table and its pulse. `variance` (nullptr, or like `out`) receives the
/// read-noise variance. SIMD with run-time dispatch.
void readPulses(const PulseTable& table, Span<const Pulse> pulses, float* out, float* variance);

}  // namespace crosstile
