// SPDX-License-Identifier: Apache-2.0
// addProduct(): kernels of every instruction set, chosen at run time by Highway.
#include "models/crossbar/dense_kernel.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/dense_kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;

/// Sums that are in flight: 12 hide the latency of two multiply-add units on 16 registers (AVX2), 24 leave
/// the loads behind where there are 32 (AVX-512).
constexpr int kVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;
constexpr int kRows = 6;
/// Depth that is gone through at a time, so that the streamed block of W stays in the L1 cache for all rows.
constexpr std::size_t kDepth = 96;

template <int rows, int vectors>
HWY_INLINE void multiplyBlock(DenseFactor a, std::size_t depth, const float* HWY_RESTRICT w,
                              std::size_t wStride, float* HWY_RESTRICT c, std::size_t cStride) {
  const FloatTag d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVec sum[rows][vectors];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
      sum[r][v] =
          hn::LoadU(d, c + static_cast<std::size_t>(r) * cStride + static_cast<std::size_t>(v) * lanes);
  }
  for (std::size_t k = 0; k < depth; ++k) {
    FloatVec x[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
      x[v] = hn::LoadU(d, w + k * wStride + static_cast<std::size_t>(v) * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      const FloatVec f = hn::Set(d, a.data[static_cast<std::size_t>(r) * a.rowStride + k * a.columnStride]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(f, x[v], sum[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
      hn::StoreU(sum[r][v], d,
                 c + static_cast<std::size_t>(r) * cStride + static_cast<std::size_t>(v) * lanes);
  }
}

template <int rows, int vectors>
HWY_INLINE void multiplyRows(int have, DenseFactor a, std::size_t depth, const float* w, std::size_t wStride,
                             float* c, std::size_t cStride) {
  if (have == rows) {
    multiplyBlock<rows, vectors>(a, depth, w, wStride, c, cStride);
  } else if constexpr (rows > 1) {
    multiplyRows<rows - 1, vectors>(have, a, depth, w, wStride, c, cStride);
  }
}

/// All rows for `vectors` vectors of columns.
template <int vectors>
HWY_NOINLINE void multiplyColumns(DenseFactor a, std::size_t batch, std::size_t depth, const float* w,
                                  std::size_t wStride, float* c, std::size_t cStride) {
  std::size_t b = 0;
  for (; b + kRows <= batch; b += kRows) {
    multiplyBlock<kRows, vectors>({a.data + b * a.rowStride, a.rowStride, a.columnStride}, depth, w, wStride,
                                  c + b * cStride, cStride);
  }
  if (b < batch) {
    multiplyRows<kRows - 1, vectors>(static_cast<int>(batch - b),
                                     {a.data + b * a.rowStride, a.rowStride, a.columnStride}, depth, w,
                                     wStride, c + b * cStride, cStride);
  }
}

void addProductKernel(DenseFactor a, std::size_t batch, std::size_t depth, const float* w,
                      std::size_t wStride, float* c, std::size_t cStride, std::size_t columns) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  for (std::size_t k = 0; k < depth; k += kDepth) {
    const std::size_t part = std::min(kDepth, depth - k);
    const DenseFactor slice{a.data + k * a.columnStride, a.rowStride, a.columnStride};
    const float* rows = w + k * wStride;
    std::size_t n = 0;
    for (; n + kVectors * lanes <= columns; n += kVectors * lanes)
      multiplyColumns<kVectors>(slice, batch, part, rows + n, wStride, c + n, cStride);
    for (; n < columns; n += lanes) multiplyColumns<1>(slice, batch, part, rows + n, wStride, c + n, cStride);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace crosstile {
namespace {

HWY_EXPORT(addProductKernel);

}  // namespace

void addProduct(DenseFactor a, std::size_t batch, std::size_t depth, const float* w, std::size_t wStride,
                float* c, std::size_t cStride, std::size_t columns) {
  if (batch == 0 || columns == 0) return;
  HWY_DYNAMIC_DISPATCH(addProductKernel)(a, batch, depth, w, wStride, c, cStride, columns);
}

}  // namespace crosstile
#endif  // HWY_ONCE
