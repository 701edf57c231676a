// SPDX-License-Identifier: Apache-2.0
// addProduct() against plain loops, bit for bit.
#include "models/crossbar/dense_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/base/aligned.h"

namespace crosstile {
namespace {

AlignedVector<float> randomValues(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  AlignedVector<float> values(n);
  for (float& v : values) v = uniform(random);
  return values;
}

/// fma in order over k: what the kernel promises.
float expected(const DenseFactor& a, std::size_t b, std::size_t depth, const float* w, std::size_t wStride,
               std::size_t n, float c) {
  for (std::size_t k = 0; k < depth; ++k)
    c = std::fma(a.data[b * a.rowStride + k * a.columnStride], w[k * wStride + n], c);
  return c;
}

void check(std::size_t batch, std::size_t depth, std::size_t columns, bool transposed) {
  const AlignedVector<float> values = randomValues(batch * depth + 1, 1),
                             w = randomValues(depth * (columns + 16) + 1, 2);
  const DenseFactor a = transposed ? DenseFactor{values.data(), 1, batch} : DenseFactor{values.data(), depth};
  const std::size_t wStride = columns + 16, cStride = columns + 32;
  AlignedVector<float> c = randomValues(batch * cStride, 3);
  const AlignedVector<float> before = c;
  addProduct(a, batch, depth, w.data(), wStride, c.data(), cStride, columns);
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t n = 0; n < cStride; ++n) {
      const float start = before[b * cStride + n];
      const float want = n < columns ? expected(a, b, depth, w.data(), wStride, n, start) : start;
      ASSERT_EQ(c[b * cStride + n], want)
          << batch << "x" << depth << "x" << columns << " at " << b << "," << n;
    }
  }
}

TEST(DenseKernel, EqualsPlainLoops) {
  for (const std::size_t batch : {1, 2, 5, 6, 7, 12, 13}) {
    for (const std::size_t depth : {0, 1, 3, 95, 96, 97, 200}) {
      for (const std::size_t columns : {16, 32, 48, 64, 80, 144}) {
        check(batch, depth, columns, false);
        check(batch, depth, columns, true);
      }
    }
  }
}

}  // namespace
}  // namespace crosstile
