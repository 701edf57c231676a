// SPDX-License-Identifier: Apache-2.0
// The kernels of port_kernel.h, compiled once for each instruction set.
#include "models/crossbar/port_kernel.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/port_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, kPortLanes>;
using V = hn::Vec<D>;

/// Registers: 32 with AVX-512, 16 without.
constexpr bool kManyRegisters = HWY_MAX_BYTES >= 64;
constexpr int kRows = kManyRegisters ? 8 : 4;  ///< of a tile of the dense product
constexpr int kVectors = 3;                    ///< columns of that tile, in registers
constexpr int kDepth = 128;                    ///< k in one pass: a panel of B fits the first-level cache
constexpr int kLaneRows = kManyRegisters ? 4 : 2;
constexpr int kLaneColumns = 4;

template <bool kSubtract>
HWY_INLINE V fused(V a, V b, V c) {
  return kSubtract ? hn::NegMulAdd(a, b, c) : hn::MulAdd(a, b, c);
}

/// One tile of C: kRows x W registers.
template <int W, bool kSubtract>
HWY_INLINE void tile(const double* a, std::size_t rowStride, std::size_t columnStride, const double* b,
                     std::size_t bStride, double* c, std::size_t cStride, int depth, bool fresh) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  V sum[kRows][W];
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(4)
    for (int w = 0; w < W; ++w)
      sum[r][w] =
          fresh
              ? hn::Zero(d)
              : hn::Load(d, c + static_cast<std::size_t>(r) * cStride + static_cast<std::size_t>(w) * lanes);
  }
  for (int k = 0; k < depth; ++k, a += columnStride, b += bStride) {
    V row[W];
    HWY_UNROLL(4)
    for (int w = 0; w < W; ++w) row[w] = hn::Load(d, b + static_cast<std::size_t>(w) * lanes);
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      const V left = hn::Set(d, a[static_cast<std::size_t>(r) * rowStride]);
      HWY_UNROLL(4)
      for (int w = 0; w < W; ++w) sum[r][w] = fused<kSubtract>(left, row[w], sum[r][w]);
    }
  }
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(4)
    for (int w = 0; w < W; ++w)
      hn::Store(sum[r][w], d,
                c + static_cast<std::size_t>(r) * cStride + static_cast<std::size_t>(w) * lanes);
  }
}

/// All rows of W registers of columns from `column` on, for k in [from, from + depth).
template <int W, bool kSubtract>
void panel(const Product& p, int column, int from, int depth) {
  const D d;
  const std::size_t width = W * hn::Lanes(d);
  const double* b = p.b + static_cast<std::size_t>(from) * p.bStride + static_cast<std::size_t>(column);
  std::size_t bStride = p.bStride;
  HWY_ALIGN double packed[kDepth * kVectors * kPortLanes];
  if (p.m > 32 && depth > 8) {  // read often: contiguous, so that neither cache sets nor pages conflict
    for (int k = 0; k < depth; ++k) {
      for (std::size_t w = 0; w < width; w += hn::Lanes(d))
        hn::Store(hn::Load(d, b + static_cast<std::size_t>(k) * bStride + w), d,
                  packed + static_cast<std::size_t>(k) * width + w);
    }
    b = packed;
    bStride = width;
  }
  const int firstRow = p.lower ? column / kPortTile * kPortTile : 0;
  for (int i = firstRow; i < p.m; i += kRows)
    tile<W, kSubtract>(p.a.data + static_cast<std::size_t>(i) * p.a.rowStride +
                           static_cast<std::size_t>(from) * p.a.columnStride,
                       p.a.rowStride, p.a.columnStride, b, bStride,
                       p.c + static_cast<std::size_t>(i) * p.cStride + static_cast<std::size_t>(column),
                       p.cStride, depth, p.fresh && from == 0);
}

template <bool kSubtract>
void multiplyBlocked(const Product& p) {
  const D d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int from = 0; from < p.k; from += kDepth) {
    const int depth = std::min(kDepth, p.k - from);
    for (int j = 0; j < p.n;) {
      const int vectors = std::min(kVectors, (p.n - j) / lanes);
      if (vectors == 3) panel<3, kSubtract>(p, j, from, depth);
      if (vectors == 2) panel<2, kSubtract>(p, j, from, depth);
      if (vectors == 1) panel<1, kSubtract>(p, j, from, depth);
      j += vectors * lanes;
    }
  }
}

void multiplyDense(const Product& p) {
  p.subtract ? multiplyBlocked<true>(p) : multiplyBlocked<false>(p);
}

/// Gauss-Jordan of a kPortTile square.
HWY_INLINE void invertTile(double* a) {
  for (int k = 0; k < kPortTile; ++k) {
    const double pivot = 1.0 / a[k * kPortTile + k];
    for (int j = 0; j < kPortTile; ++j) a[k * kPortTile + j] *= pivot;
    a[k * kPortTile + k] = pivot;
    const D d;
    for (int i = 0; i < kPortTile; ++i) {
      if (i == k) continue;
      const V factor = hn::Set(d, a[i * kPortTile + k]);
      a[i * kPortTile + k] = 0.0;
      for (std::size_t j = 0; j < kPortTile; j += hn::Lanes(d))
        hn::Store(
            hn::NegMulAdd(factor, hn::Load(d, a + k * kPortTile + j), hn::Load(d, a + i * kPortTile + j)), d,
            a + i * kPortTile + j);
    }
  }
}

/// Rows `first` to `last` of a Gauss-Jordan step with the pivot rows from `k` on: A -= factors x pivot rows.
void eliminate(double* a, std::size_t stride, int n, int k, int first, int last) {
  constexpr std::size_t kChunk = 64;
  HWY_ALIGN double factors[kChunk * kPortTile];
  for (int from = first; from < last; from += static_cast<int>(kChunk)) {
    const int rows = std::min(static_cast<int>(kChunk), last - from);
    double* chunk = a + static_cast<std::size_t>(from) * stride;
    for (int i = 0; i < rows; ++i) {
      double* row = chunk + static_cast<std::size_t>(i) * stride + k;
      std::copy(row, row + kPortTile, factors + i * kPortTile);
      std::fill(row, row + kPortTile, 0.0);
    }
    multiplyBlocked<true>({{factors, kPortTile, 1},
                           a + static_cast<std::size_t>(k) * stride,
                           stride,
                           chunk,
                           stride,
                           rows,
                           n,
                           kPortTile});
  }
}

void invertDense(double* a, std::size_t stride, int n) {
  HWY_ALIGN double pivot[kPortTile * kPortTile];
  for (int k = 0; k < n; k += kPortTile) {
    double* rows = a + static_cast<std::size_t>(k) * stride;
    for (int i = 0; i < kPortTile; ++i)
      std::copy_n(rows + static_cast<std::size_t>(i) * stride + k, kPortTile, pivot + i * kPortTile);
    invertTile(pivot);
    // Pivot rows: P A, with P itself in the place of the pivot block. Column tiles are independent.
    for (int j = 0; j < n; j += kPortTile) {
      HWY_ALIGN double old[kPortTile * kPortTile];
      for (int i = 0; i < kPortTile; ++i) {
        double* row = rows + static_cast<std::size_t>(i) * stride + j;
        std::copy_n(row, kPortTile, old + i * kPortTile);
        if (j == k) {
          std::copy_n(pivot + i * kPortTile, kPortTile, row);
        } else {
          std::fill_n(row, kPortTile, 0.0);
        }
      }
      if (j != k)
        multiplyBlocked<false>(
            {{pivot, kPortTile, 1}, old, kPortTile, rows + j, stride, kPortTile, kPortTile, kPortTile});
    }
    eliminate(a, stride, n, k, 0, k);
    eliminate(a, stride, n, k, k + kPortTile, n);
  }
}

template <int R, int C, bool kSubtract>
HWY_INLINE void laneTile(const Product& p, int i, int j, std::size_t lane) {
  const D d;
  constexpr std::size_t kStep = kPortLanes;
  const double* a = p.a.data + static_cast<std::size_t>(i) * p.a.rowStride * kStep + lane;
  const double* b = p.b + static_cast<std::size_t>(j) * kStep + lane;
  double* c = p.c + (static_cast<std::size_t>(i) * p.cStride + static_cast<std::size_t>(j)) * kStep + lane;
  V sum[R][C];
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t q = 0; q < C; ++q)
      sum[r][q] = p.fresh ? hn::Zero(d) : hn::Load(d, c + (r * p.cStride + q) * kStep);
  }
  for (int k = 0; k < p.k; ++k, a += p.a.columnStride * kStep, b += p.bStride * kStep) {
    V row[C];
    for (std::size_t q = 0; q < C; ++q) row[q] = hn::Load(d, b + q * kStep);
    for (std::size_t r = 0; r < R; ++r) {
      const V left = hn::Load(d, a + r * p.a.rowStride * kStep);
      for (std::size_t q = 0; q < C; ++q) sum[r][q] = fused<kSubtract>(left, row[q], sum[r][q]);
    }
  }
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t q = 0; q < C; ++q) hn::Store(sum[r][q], d, c + (r * p.cStride + q) * kStep);
  }
}

template <int R, bool kSubtract>
HWY_INLINE void laneRows(const Product& p, int i, std::size_t lane) {
  const int end = p.lower ? std::min(p.n, i + R) : p.n;
  int j = 0;
  for (; j + kLaneColumns <= p.n && j < end; j += kLaneColumns)
    laneTile<R, kLaneColumns, kSubtract>(p, i, j, lane);
  if (j >= end) return;
  const int rest = p.n - j;
  if (rest == 3) laneTile<R, 3, kSubtract>(p, i, j, lane);
  if (rest == 2) laneTile<R, 2, kSubtract>(p, i, j, lane);
  if (rest == 1) laneTile<R, 1, kSubtract>(p, i, j, lane);
}

template <bool kSubtract>
void multiplyAllLanes(const Product& p) {
  for (std::size_t lane = 0; lane < kPortLanes; lane += hn::Lanes(D())) {
    int i = 0;
    for (; i + kLaneRows <= p.m; i += kLaneRows) laneRows<kLaneRows, kSubtract>(p, i, lane);
    for (; i + 2 <= p.m; i += 2) laneRows<2, kSubtract>(p, i, lane);
    if (i < p.m) laneRows<1, kSubtract>(p, i, lane);
  }
}

void multiplyByLane(const Product& p) {
  p.subtract ? multiplyAllLanes<true>(p) : multiplyAllLanes<false>(p);
}

void invertByLane(double* a, std::size_t stride, int n) {
  const D d;
  const std::size_t row = stride * kPortLanes;
  for (std::size_t lane = 0; lane < kPortLanes; lane += hn::Lanes(d)) {
    for (int k = 0; k < n; ++k) {
      double* pivotRow = a + static_cast<std::size_t>(k) * row + lane;
      double* diagonal = pivotRow + static_cast<std::size_t>(k) * kPortLanes;
      const V pivot = hn::Div(hn::Set(d, 1.0), hn::Load(d, diagonal));
      hn::Store(hn::Set(d, 1.0), d, diagonal);
      for (int j = 0; j < n; ++j) {
        double* x = pivotRow + static_cast<std::size_t>(j) * kPortLanes;
        hn::Store(hn::Mul(pivot, hn::Load(d, x)), d, x);
      }
      for (int i = 0; i < n; ++i) {
        if (i == k) continue;
        double* other = a + static_cast<std::size_t>(i) * row + lane;
        const V factor = hn::Load(d, other + static_cast<std::size_t>(k) * kPortLanes);
        hn::Store(hn::Zero(d), d, other + static_cast<std::size_t>(k) * kPortLanes);
        for (std::size_t j = 0; j < static_cast<std::size_t>(n) * kPortLanes; j += kPortLanes)
          hn::Store(hn::NegMulAdd(factor, hn::Load(d, pivotRow + j), hn::Load(d, other + j)), d, other + j);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {

HWY_EXPORT(multiplyDense);
HWY_EXPORT(invertDense);
HWY_EXPORT(multiplyByLane);
HWY_EXPORT(invertByLane);

void multiply(const Product& product) {
  HWY_DYNAMIC_DISPATCH(multiplyDense)(product);
}
void invert(double* a, std::size_t stride, int n) {
  HWY_DYNAMIC_DISPATCH(invertDense)(a, stride, n);
}
void multiplyLanes(const Product& product) {
  HWY_DYNAMIC_DISPATCH(multiplyByLane)(product);
}
void invertLanes(double* a, std::size_t stride, int n) {
  HWY_DYNAMIC_DISPATCH(invertByLane)(a, stride, n);
}

}  // namespace crosstile
#endif
