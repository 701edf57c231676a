// SPDX-License-Identifier: Apache-2.0
#include "models/digital/shift_add.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/digital/shift_add.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// sum[j] +- (code[j] << shift): Sum is the accumulators' type, the codes are widened to it.
template <typename Sum>
HWY_INLINE void shiftAddAs(const std::int32_t* code, int shift, bool negative, Sum* sum, std::size_t count) {
  const hn::ScalableTag<Sum> d;
  const hn::Rebind<std::int32_t, hn::ScalableTag<Sum>> narrow;  // as many codes as sums
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    auto term = hn::LoadU(narrow, code + j);
    hn::Vec<decltype(d)> wide;
    if constexpr (sizeof(Sum) == sizeof(std::int32_t)) {
      wide = term;
    } else {
      wide = hn::PromoteTo(d, term);
    }
    wide = hn::ShiftLeftSame(wide, shift);
    const auto old = hn::LoadU(d, sum + j);
    hn::StoreU(negative ? hn::Sub(old, wide) : hn::Add(old, wide), d, sum + j);
  }
  for (; j < count; ++j) {
    const Sum term = static_cast<Sum>(code[j]) * (Sum{1} << shift);
    sum[j] += negative ? -term : term;
  }
}

void shiftAdd64(const std::int32_t* code, int shift, bool negative, std::int64_t* sum, std::size_t count) {
  shiftAddAs(code, shift, negative, sum, count);
}

void shiftAdd32(const std::int32_t* code, int shift, bool negative, std::int32_t* sum, std::size_t count) {
  shiftAddAs(code, shift, negative, sum, count);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {
namespace {
HWY_EXPORT(shiftAdd64);
HWY_EXPORT(shiftAdd32);
}  // namespace

void shiftAdd(const std::int32_t* code, int shift, bool negative, std::int64_t* sum, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(shiftAdd64)(code, shift, negative, sum, count);
}

void shiftAdd(const std::int32_t* code, int shift, bool negative, std::int32_t* sum, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(shiftAdd32)(code, shift, negative, sum, count);
}

bool fitsInt32(int codeBits, int planes, int pulseBits) {
  if (codeBits + (planes - 1) * pulseBits > 31) return false;
  std::int64_t sum = 0;
  for (int p = 0; p < planes; ++p) sum += ((std::int64_t{1} << codeBits) - 1) << (p * pulseBits);
  return sum < (std::int64_t{1} << 31);
}

}  // namespace crosstile
#endif  // HWY_ONCE
