// SPDX-License-Identifier: Apache-2.0
// The elementwise loops of training. SIMD with run-time dispatch; the same bits for every vector width with
// FMA.
#pragma once

#include <cstddef>

namespace crosstile {

/// sum[i] += factor * x[i]
void addScaled(const float* x, float factor, float* sum, std::size_t count);

/// m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  p -= step m / (sqrt v + 1e-8),  g = scale * gradient
void adamUpdate(const float* gradient, float scale, float step, float* p, float* m, float* v,
                std::size_t count);
inline constexpr double kAdamBeta1 = 0.9, kAdamBeta2 = 0.999;

}  // namespace crosstile
