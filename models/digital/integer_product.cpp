// SPDX-License-Identifier: Apache-2.0
// IntegerMatrix, and its kernel for every instruction set (Highway, chosen at run time).
#include "models/digital/integer_product.h"

#include <algorithm>
#include <cstdlib>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/digital/integer_product.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#ifndef CROSSTILE_INTEGER_PAIRS_H_  // once a translation unit, not once a target
#define CROSSTILE_INTEGER_PAIRS_H_
namespace crosstile {
namespace {

/// Pairs of rows with the codes they are multiplied by.
struct IntegerPairs {
  const std::uint32_t* pair;
  const std::int32_t* codes;
  std::size_t count;
};

}  // namespace
}  // namespace crosstile
#endif  // CROSSTILE_INTEGER_PAIRS_H_

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR  // a vector of one value holds no pair

void sumPairs(const std::int16_t* weights, std::size_t stride, IntegerPairs pairs, std::int32_t* sums) {
  std::fill_n(sums, stride / 2, 0);
  for (std::size_t n = 0; n < pairs.count; ++n) {
    const std::int16_t* row = weights + pairs.pair[n] * stride;
    const std::int32_t first = static_cast<std::int16_t>(pairs.codes[n] & 0xFFFF),
                       second = pairs.codes[n] >> 16;
    for (std::size_t o = 0; o < stride / 2; ++o) sums[o] += first * row[2 * o] + second * row[2 * o + 1];
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using WeightTag = hn::ScalableTag<std::int16_t>;
using SumTag = hn::Repartition<std::int32_t, WeightTag>;
/// Vectors of sums that stay in registers while the rows stream past.
constexpr int kVectors = 8;

/// Sums of kCount vectors of outputs over all pairs.
template <int kCount>
HWY_INLINE void sumColumns(const std::int16_t* HWY_RESTRICT weights, std::size_t stride,
                           const IntegerPairs& pairs, std::int32_t* HWY_RESTRICT sums) {
  const WeightTag d16;
  const SumTag d32;
  hn::Vec<SumTag> even[kCount], odd[kCount];  // x86 needs the first alone, and drops the second
#pragma GCC unroll 8
  for (int v = 0; v < kCount; ++v) even[v] = odd[v] = hn::Zero(d32);
  for (std::size_t n = 0; n < pairs.count; ++n) {
    const std::int16_t* row = weights + pairs.pair[n] * stride;
    const auto codes = hn::BitCast(d16, hn::Set(d32, pairs.codes[n]));
#pragma GCC unroll 8
    for (int v = 0; v < kCount; ++v) {
      even[v] = hn::ReorderWidenMulAccumulate(
          d32, hn::Load(d16, row + static_cast<std::size_t>(v) * hn::Lanes(d16)), codes, even[v], odd[v]);
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < kCount; ++v) {
    hn::Store(hn::RearrangeToOddPlusEven(even[v], odd[v]), d32,
              sums + static_cast<std::size_t>(v) * hn::Lanes(d32));
  }
}

void sumPairs(const std::int16_t* weights, std::size_t stride, IntegerPairs pairs, std::int32_t* sums) {
  const std::size_t lanes = hn::Lanes(WeightTag());
  std::size_t at = 0;
  for (; at + kVectors * lanes <= stride; at += kVectors * lanes)
    sumColumns<kVectors>(weights + at, stride, pairs, sums + at / 2);
  for (; at + 4 * lanes <= stride; at += 4 * lanes) sumColumns<4>(weights + at, stride, pairs, sums + at / 2);
  for (; at < stride; at += lanes) sumColumns<1>(weights + at, stride, pairs, sums + at / 2);
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {
namespace {

HWY_EXPORT(sumPairs);

constexpr std::int32_t kLargestCode = 32767;  // of 16 bits with sign
constexpr std::int64_t kLargestSum = 0x7FFFFFFF;

}  // namespace

IntegerMatrix::IntegerMatrix(int rows, int outputs)
    : rows_(rows),
      outputs_(outputs),
      stride_(2 * paddedFloats(static_cast<std::size_t>(outputs))),
      weights_((static_cast<std::size_t>(rows) + 1) / 2 * stride_, 0) {}

bool IntegerMatrix::fill(Span<const std::int32_t> weights) {
  const auto outputs = static_cast<std::size_t>(outputs_);
  std::int32_t low = 0, high = 0;
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows_); ++r) {
    std::int16_t* to = weights_.data() + r / 2 * stride_ + r % 2;
    const std::int32_t* from = weights.data() + r * outputs;
    for (std::size_t o = 0; o < outputs; ++o) {
      low = std::min(low, from[o]);
      high = std::max(high, from[o]);
      to[2 * o] = static_cast<std::int16_t>(from[o]);
    }
  }
  largest_ = std::max(high, -low);
  return low >= -32768 && high <= 32767;
}

void IntegerMatrix::addProduct(const std::int32_t* codes, std::int64_t factor, std::int64_t* sums,
                               Scratch& scratch) const {
  std::int32_t low = 0, high = 0;
  for (int r = 0; r < rows_; ++r) {
    low = std::min(low, codes[r]);
    high = std::max(high, codes[r]);
  }
  // In one go when a code is a signed 16-bit number and the products of a pair of rows fit into 32 bits.
  const std::int32_t largest = std::max(high, -low);
  if (high <= kLargestCode && 2 * std::int64_t{largest} * largest_ <= kLargestSum) {
    addParts([codes](int r) { return codes[r]; }, largest, factor, sums, scratch);
    return;
  }
  addParts([codes](int r) { return codes[r] >> 8; }, largest / 256 + 1, factor * 256, sums, scratch);
  addParts([codes](int r) { return codes[r] & 0xFF; }, 0xFF, factor, sums, scratch);
}

/// The product with a part of the codes, none above `largest`, in as many pieces as 32-bit sums need.
template <class Part>
void IntegerMatrix::addParts(const Part& part, std::int32_t largest, std::int64_t factor, std::int64_t* sums,
                             Scratch& s) const {
  s.pair.resize(static_cast<std::size_t>(rows_ + 1) / 2);
  s.codes.resize(s.pair.size());
  std::size_t count = 0;
  const auto add = [&](int r, std::int32_t a, std::int32_t b) {
    s.pair[count] = static_cast<std::uint32_t>(r) / 2;
    s.codes[count] = static_cast<std::int32_t>((static_cast<std::uint32_t>(b) << 16) |
                                               (static_cast<std::uint32_t>(a) & 0xFFFFU));
    count += (a | b) != 0 ? 1 : 0;  // no branch: which rows are at 0 can't be foretold
  };
  for (int r = 0; r + 1 < rows_; r += 2) add(r, part(r), part(r + 1));
  if (rows_ % 2 != 0) add(rows_ - 1, part(rows_ - 1), 0);
  const auto most =
      static_cast<std::size_t>(kLargestSum / (2 * std::int64_t{std::max(largest, 1)} * std::max(largest_, 1)));
  s.sums.resize(stride_ / 2);
  for (std::size_t n = 0; n < count; n += most) {
    HWY_DYNAMIC_DISPATCH(sumPairs)
    (weights_.data(), stride_, {s.pair.data() + n, s.codes.data() + n, std::min(most, count - n)},
     s.sums.data());
    for (std::size_t o = 0; o < static_cast<std::size_t>(outputs_); ++o) sums[o] += factor * s.sums[o];
  }
}

}  // namespace crosstile
#endif  // HWY_ONCE
