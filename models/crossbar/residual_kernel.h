// SPDX-License-Identifier: Apache-2.0
// The loops of the residual emulator over the columns of an array. SIMD with run-time dispatch; every column
// by itself, so that a value depends on nothing but its own sums.
#pragma once

#include <cstddef>

#include "models/crossbar/two_layer_network.h"

namespace crosstile {

/// Sums of one pulse and what rows at rest add to them: blocks of `stride` columns (residual_sums.h).
struct ColumnSums {
  const float* base;
  const float* sums;
  std::size_t stride;
};

/// @param out  ResidualSums::kFeatures blocks of `stride` (out)
void residualFeatures(const ColumnSums& sums, float* out);
/// I0 / (1 + s1 - s2 + eta), eta by the network. @param out  `stride` values (out)
void residualCurrents(const TwoLayerNetwork& network, const ColumnSums& sums, float* out);

}  // namespace crosstile
