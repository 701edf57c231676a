// SPDX-License-Identifier: Apache-2.0
// The loops of readPulses(), once for each instruction set (included by pulse_kernel.cpp through
// foreach_target.h).
//
// out[p][j] = fma(c_n, T[n][j], ... fma(c_1, T[1][j], 0)): a column's currents are added in the order of the
// pulse's rows, one fused multiply-add a row and term, so the bits depend on neither vector width nor batch.
// Two things make it fast: the sums of a block of columns stay in registers while the rows stream past, and
// blocks are the outer loop, so that a block's part of the table is read from the L1 cache by all pulses but
// the first.
#if defined(CROSSTILE_PULSE_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSTILE_PULSE_KERNEL_INL_H_
#undef CROSSTILE_PULSE_KERNEL_INL_H_
#else
#define CROSSTILE_PULSE_KERNEL_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hwy/highway.h"
#include "models/crossbar/pulse_table.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {  // internal linkage: a benchmark compiles these loops a second time with other options

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;
/// Vectors of columns in a block. Two pulses at a time: twice as many sums must fit into the 16 registers of
/// AVX2, and 128 rows of 96 columns (AVX-512) or 48 (AVX2) stay close to the L1 cache. One pulse: looking up
/// a digit's terms costs as much as six vectors of sums, so blocks are as wide as the registers allow.
constexpr int kMaxPairVectors = 6;
constexpr int kMaxVectors = 12;

/// One column block of one plane of the table (currents, or variances with squared coefficients).
struct PulseBlock {
  const PulseTable* table;
  const float* base;   ///< first value of the block in row 0 of term 0
  bool squared;        ///< variances: coefficients are squared
  bool direct;         ///< every digit is 1, and has one term
  float one;           ///< its coefficient ...
  std::size_t oneRow;  ///< ... and first row in the table
};

template <int kVectors>
HWY_INLINE void addRow(const float* HWY_RESTRICT row, float coefficient, FloatVec (&sum)[kVectors]) {
  const FloatTag d;
  const FloatVec c = hn::Set(d, coefficient);
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v) {
    sum[v] = hn::MulAdd(hn::Load(d, row + static_cast<std::size_t>(v) * hn::Lanes(d)), c, sum[v]);
  }
}

template <int kVectors>
HWY_INLINE void clear(FloatVec (&sum)[kVectors]) {
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(FloatTag());
}

template <int kVectors>
HWY_INLINE void store(const FloatVec (&sum)[kVectors], float* HWY_RESTRICT out) {
  const FloatTag d;
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v) hn::StoreU(sum[v], d, out + static_cast<std::size_t>(v) * hn::Lanes(d));
}

/// Rows [from, pulse.count) of a pulse whose digits are all 1, one term.
template <int kVectors>
HWY_INLINE void addUniform(const PulseBlock& block, const Pulse& pulse, int from, FloatVec (&sum)[kVectors]) {
  const std::size_t stride = static_cast<std::size_t>(block.table->stride);
  const float* first = block.base + block.oneRow * stride;
  const float coefficient = block.one;
  const std::uint16_t* row = pulse.row;
  const int count = pulse.count;
  for (int n = from; n < count; ++n) addRow<kVectors>(first + row[n] * stride, coefficient, sum);
}

/// Row n of a pulse: every term of its digit, in order.
template <int kVectors>
HWY_INLINE void addDigit(const PulseBlock& block, const Pulse& pulse, int n, FloatVec (&sum)[kVectors]) {
  const PulseTable& table = *block.table;
  const std::size_t rows = static_cast<std::size_t>(table.rows);
  const std::size_t row = pulse.row[n];
  const std::vector<PulseTable::Term>& terms = table.digits[pulse.digit ? pulse.digit[n] : 1];
  for (const PulseTable::Term& term : terms) {
    const float c = block.squared ? term.coefficient * term.coefficient : term.coefficient;
    const std::size_t at = static_cast<std::size_t>(term.index) * rows + row;
    addRow<kVectors>(block.base + at * static_cast<std::size_t>(table.stride), c, sum);
  }
}

/// Two pulses side by side: twice as many independent sums hide the latency of the multiply-adds in narrow
/// blocks.
template <int kVectors>
HWY_INLINE void readPair(const PulseBlock& block, const Pulse& a, const Pulse& b, float* outA, float* outB) {
  const std::size_t stride = static_cast<std::size_t>(block.table->stride);
  const float* first = block.base + block.oneRow * stride;
  FloatVec sumA[kVectors], sumB[kVectors];
  clear<kVectors>(sumA);
  clear<kVectors>(sumB);
  const int both = std::min(a.count, b.count);
  const float coefficient = block.one;
  for (int n = 0; n < both; ++n) {
    addRow<kVectors>(first + a.row[n] * stride, coefficient, sumA);
    addRow<kVectors>(first + b.row[n] * stride, coefficient, sumB);
  }
  addUniform<kVectors>(block, a, both, sumA);
  addUniform<kVectors>(block, b, both, sumB);
  store<kVectors>(sumA, outA);
  store<kVectors>(sumB, outB);
}

/// All pulses for one block of kVectors vectors of columns.
template <int kVectors>
HWY_NOINLINE void readBlock(const PulseBlock& block, Span<const Pulse> pulses, float* out) {
  const std::size_t stride = static_cast<std::size_t>(block.table->stride);
  std::size_t p = 0;
  if constexpr (kVectors <= kMaxPairVectors) {
    for (; block.direct && p + 2 <= pulses.size(); p += 2) {
      readPair<kVectors>(block, pulses[p], pulses[p + 1], out + p * stride, out + (p + 1) * stride);
    }
  }
  for (; p < pulses.size(); ++p) {
    FloatVec sum[kVectors];
    clear<kVectors>(sum);
    if (block.direct) {
      addUniform<kVectors>(block, pulses[p], 0, sum);
    } else {
      for (int n = 0; n < pulses[p].count; ++n) addDigit<kVectors>(block, pulses[p], n, sum);
    }
    store<kVectors>(sum, out + p * stride);
  }
}

/// readBlock<vectors>.
template <int kVectors>
HWY_INLINE void readBlock(std::size_t vectors, const PulseBlock& block, Span<const Pulse> pulses,
                          float* out) {
  if (vectors == kVectors) {
    readBlock<kVectors>(block, pulses, out);
  } else if constexpr (kVectors > 1) {
    readBlock<kVectors - 1>(vectors, block, pulses, out);
  }
}

/// What the pulses of this call have in common, for `plane` (currents, or variances with squared
/// coefficients).
inline PulseBlock describe(const PulseTable& table, const float* plane, bool squared,
                           Span<const Pulse> pulses) {
  PulseBlock block{&table, plane, squared, false, 0.0F, 0};
  if (table.digits.size() < 2 || table.digits[1].size() != 1) return block;
  const PulseTable::Term& term = table.digits[1][0];
  block.one = squared ? term.coefficient * term.coefficient : term.coefficient;
  block.oneRow = static_cast<std::size_t>(term.index) * static_cast<std::size_t>(table.rows);
  block.direct = std::all_of(pulses.begin(), pulses.end(), [](const Pulse& p) { return p.digit == nullptr; });
  return block;
}

/// One plane, block after block of columns.
inline void readPlane(PulseBlock block, Span<const Pulse> pulses, float* out) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const std::size_t widest = block.direct ? kMaxPairVectors : kMaxVectors;
  std::size_t left = static_cast<std::size_t>(block.table->stride) / lanes;
  for (std::size_t blocks = (left + widest - 1) / widest; blocks > 0; --blocks) {
    const std::size_t vectors = (left + blocks - 1) / blocks;  // even blocks: 9 vectors are 5 + 4, not 6 + 3
    readBlock<kMaxVectors>(vectors, block, pulses, out);
    block.base += vectors * lanes;
    out += vectors * lanes;
    left -= vectors;
  }
}

void readPulsesKernel(const PulseTable& table, Span<const Pulse> pulses, float* out, float* variance) {
  readPlane(describe(table, table.current.data(), false, pulses), pulses, out);
  if (variance != nullptr) readPlane(describe(table, table.variance.data(), true, pulses), pulses, variance);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#endif  // CROSSTILE_PULSE_KERNEL_INL_H_
