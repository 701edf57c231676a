// SPDX-License-Identifier: Apache-2.0
// Products of dense layers in single precision: the arithmetic of emulators, in use and in training.
#pragma once

#include <cstddef>

namespace crosstile {

/// A factor whose element (b, k) is at data[b * rowStride + k * columnStride]: a matrix or its transpose.
struct DenseFactor {
  const float* data = nullptr;
  std::size_t rowStride = 0;
  std::size_t columnStride = 1;
};

/// C[b][n] = fma(A[b][K-1], W[K-1][n], ... fma(A[b][0], W[0][n], C[b][n])) for b < batch, n < columns: in
/// order over k, so that a value depends on neither the batch nor the vector width. A block of C stays in
/// registers while W streams past. SIMD with run-time dispatch.
/// @param columns  a multiple of 16   @param w, c  rows of `wStride` and `cStride` values
void addProduct(DenseFactor a, std::size_t batch, std::size_t depth, const float* w, std::size_t wStride,
                float* c, std::size_t cStride, std::size_t columns);

}  // namespace crosstile
