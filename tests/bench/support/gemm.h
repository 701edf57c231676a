// SPDX-License-Identifier: Apache-2.0
// The unit of the circuit benchmarks: a dense double-precision product by Eigen, compiled for AVX-512.
#pragma once

#include <chrono>

namespace crosstile {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Shortest of many runs of one n x n x n product, in seconds: what an otherwise idle machine needs. 0 on a
/// processor without AVX-512.
double gemmSeconds(int n);

}  // namespace crosstile
