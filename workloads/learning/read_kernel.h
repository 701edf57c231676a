// SPDX-License-Identifier: Apache-2.0
// Products of a vector with an array's weights, in single precision: SIMD with run-time dispatch, the same
// bits for every vector width.
#pragma once

#include <cstddef>

namespace crosstile::learning {

/// Forward: y[j] += scale sum_i x[i] w[i][j], over rows in order; rows of input 0 are skipped.
/// @param stride  a multiple of 16   @param y  `stride` values
void addForward(const float* w, std::size_t rows, std::size_t stride, const float* x, float scale, float* y);

/// Backward, the transposed read: y[i] += scale sum_j d[j] w[i][j].
/// @param d  `stride` values, 0 in the padding   @param y  `rows` values
void addBackward(const float* w, std::size_t rows, std::size_t stride, const float* d, float scale, float* y);

}  // namespace crosstile::learning
