// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/circuit_iteration_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// after foreach_target
#include "models/crossbar/circuit_iteration.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename T>
using Tag = hn::CappedTag<T, kCircuitLanes<T>>;

template <typename T>
using Vector = hn::Vec<Tag<T>>;

/// The currents of `kRows` word lines, the last of which is `row`: what flows beyond each node (suffix sums
/// of the cells'), and what enters from the source. Driven from both ends, a part enters at the far end and
/// flows the other way.
template <typename T, int kRows>
HWY_INLINE void segmentCurrents(const CircuitPass<T>& p, const T* const* current, std::size_t lane,
                                Vector<T>* entering, Vector<T>* far) {
  const Tag<T> d;
  const auto columns = static_cast<std::size_t>(p.columns);
  Vector<T> sum[kRows], sumOfSums[kRows];
  for (int r = 0; r < kRows; ++r) sum[r] = sumOfSums[r] = hn::Zero(d);
  const bool bothEnds = p.r.share > T(0);
  for (std::size_t j = columns; j-- > 0;) {
    const std::size_t o = j * kCircuitLanes<T> + lane;
    for (int r = 0; r < kRows; ++r) {
      sum[r] = hn::Add(sum[r], hn::Load(d, current[r] + o));
      hn::Store(sum[r], d, p.word + static_cast<std::size_t>(r) * columns * kCircuitLanes<T> + o);
      if (bothEnds && j > 0) sumOfSums[r] = hn::Add(sumOfSums[r], sum[r]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    entering[r] = sum[r];
    far[r] = hn::Mul(hn::Set(d, p.r.share), hn::MulAdd(hn::Set(d, p.r.wordFirst), sum[r],
                                                       hn::Mul(hn::Set(d, p.r.word), sumOfSums[r])));
  }
}

template <typename T, int kRows, bool kDifference>
HWY_INLINE void voltagesOf(CircuitPass<T>& p, int row, std::size_t lane) {
  const Tag<T> d;
  const auto columns = static_cast<std::size_t>(p.columns);
  const std::size_t line = columns * kCircuitLanes<T>;
  const T* current[kRows];
  for (int r = 0; r < kRows; ++r) current[r] = p.current + static_cast<std::size_t>(row - r) * line;
  Vector<T> entering[kRows], far[kRows], w[kRows];
  segmentCurrents<T, kRows>(p, current, lane, entering, far);

  const auto rWord = hn::Set(d, p.r.word), rBit = hn::Set(d, p.r.bit);
  auto power = hn::Load(d, p.sourcePower + lane), largest = hn::Load(d, p.sourceCurrent + lane);
  for (int r = 0; r < kRows; ++r) {
    const auto source = hn::Load(d, p.volt + static_cast<std::size_t>(row - r) * kCircuitLanes<T> + lane);
    power = hn::MulAdd(source, entering[r], power);
    largest = hn::Max(largest, hn::Abs(entering[r]));
    const auto near = hn::Sub(entering[r], far[r]);
    w[r] = hn::NegMulAdd(hn::Set(d, p.r.wordFirst - p.r.word), near, source);
  }
  hn::Store(power, d, p.sourcePower + lane);
  hn::Store(largest, d, p.sourceCurrent + lane);

  const auto low = hn::Load(d, p.low + lane), high = hn::Load(d, p.high + lane);
  const auto span = hn::Sub(high, low), back = hn::Neg(span);
  const bool bottom = row + 1 == p.rows;
  for (std::size_t j = 0; j < columns; ++j) {
    const std::size_t o = j * kCircuitLanes<T> + lane;
    auto through = hn::Load(d, p.bitCurrent + o);
    auto b = hn::Load(d, p.bitVolt + o);
    for (int r = 0; r < kRows; ++r) {
      T* word = p.word + static_cast<std::size_t>(r) * line + o;
      w[r] = hn::NegMulAdd(rWord, hn::Sub(hn::Load(d, word), far[r]), w[r]);
      if (r > 0 || !bottom) b = hn::MulAdd(rBit, through, b);
      through = hn::Sub(through, hn::Load(d, current[r] + o));
      if constexpr (kDifference) {
        hn::Store(hn::Min(hn::Max(hn::Sub(w[r], b), back), span), d, word);
      } else {
        hn::Store(hn::Min(hn::Max(w[r], low), high), d, word);
        hn::Store(hn::Min(hn::Max(b, low), high), d, p.bits + static_cast<std::size_t>(r) * line + o);
      }
    }
    hn::Store(b, d, p.bitVolt + o);
    hn::Store(through, d, p.bitCurrent + o);
  }
}

template <typename T, int kRows>
HWY_INLINE void updateOf(CircuitPass<T>& p, int row, std::size_t lane) {
  const Tag<T> d;
  const std::size_t line = static_cast<std::size_t>(p.columns) * kCircuitLanes<T>;
  const std::size_t first = static_cast<std::size_t>(row) * line;
  const auto alpha = hn::Load(d, p.alpha + lane), beta = hn::Load(d, p.beta + lane);
  // In double precision rounding is far below any tolerance.
  const auto rounding = hn::Set(d, static_cast<T>(kCircuitRoundings * 0x1p-24));
  for (std::size_t o = lane; o < line; o += kCircuitLanes<T>) {
    auto total = hn::Load(d, p.nextTotal + o);
    auto sum = hn::Load(d, p.missing + o);
    for (int r = 0; r < kRows; ++r) {
      const std::size_t back = static_cast<std::size_t>(r) * line;
      const auto now = hn::Load(d, p.current + first - back + o);
      const auto answer = hn::Load(d, p.word + back + o);
      const auto missing = hn::Sub(answer, now);
      sum = hn::Add(sum, hn::Abs(missing));
      if constexpr (sizeof(T) == 4) sum = hn::MulAdd(rounding, hn::Abs(answer), sum);
      T* next = p.next + first - back + o;
      const auto momentum = hn::Sub(now, hn::Load(d, next));
      const auto fresh = hn::MulAdd(beta, momentum, hn::MulAdd(alpha, missing, now));
      hn::Store(fresh, d, next);
      total = hn::Add(total, fresh);
    }
    hn::Store(total, d, p.nextTotal + o);
    hn::Store(sum, d, p.missing + o);
  }
}

template <typename T, int kRows>
void voltages(CircuitPass<T>& p, int row) {
  for (std::size_t lane = 0; lane < kCircuitLanes<T>; lane += hn::Lanes(Tag<T>()))
    p.bits == nullptr ? voltagesOf<T, kRows, true>(p, row, lane) : voltagesOf<T, kRows, false>(p, row, lane);
}

template <typename T, int kRows>
void update(CircuitPass<T>& p, int row) {
  for (std::size_t lane = 0; lane < kCircuitLanes<T>; lane += hn::Lanes(Tag<T>()))
    updateOf<T, kRows>(p, row, lane);
}

template <typename T>
void begin(CircuitPass<T>& p) {
  const Tag<T> d;
  const auto last = hn::Set(d, p.r.bitLast);
  for (std::size_t o = 0; o < static_cast<std::size_t>(p.columns) * kCircuitLanes<T>; o += hn::Lanes(d)) {
    const auto total = hn::Load(d, p.total + o);
    hn::Store(total, d, p.bitCurrent + o);
    hn::Store(hn::Mul(last, total), d, p.bitVolt + o);
    hn::Store(hn::Zero(d), d, p.nextTotal + o);
    hn::Store(hn::Zero(d), d, p.missing + o);
  }
  for (std::size_t lane = 0; lane < kCircuitLanes<T>; ++lane)
    p.sourceCurrent[lane] = p.sourcePower[lane] = T(0);
}

void beginDouble(CircuitPass<double>& p) {
  begin(p);
}
void beginFloat(CircuitPass<float>& p) {
  begin(p);
}
void voltagesDouble(CircuitPass<double>& p, int row, int count) {
  count == kCircuitRows ? voltages<double, kCircuitRows>(p, row) : voltages<double, 1>(p, row);
}
void voltagesFloat(CircuitPass<float>& p, int row, int count) {
  count == kCircuitRows ? voltages<float, kCircuitRows>(p, row) : voltages<float, 1>(p, row);
}
void updateDouble(CircuitPass<double>& p, int row, int count) {
  count == kCircuitRows ? update<double, kCircuitRows>(p, row) : update<double, 1>(p, row);
}
void updateFloat(CircuitPass<float>& p, int row, int count) {
  count == kCircuitRows ? update<float, kCircuitRows>(p, row) : update<float, 1>(p, row);
}

}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {

HWY_EXPORT(beginDouble);
HWY_EXPORT(beginFloat);
HWY_EXPORT(voltagesDouble);
HWY_EXPORT(voltagesFloat);
HWY_EXPORT(updateDouble);
HWY_EXPORT(updateFloat);

template <>
void beginPass(CircuitPass<double>& p) {
  HWY_DYNAMIC_DISPATCH(beginDouble)(p);
}
template <>
void beginPass(CircuitPass<float>& p) {
  HWY_DYNAMIC_DISPATCH(beginFloat)(p);
}
template <>
void rowVoltages(CircuitPass<double>& p, int row, int count) {
  HWY_DYNAMIC_DISPATCH(voltagesDouble)(p, row, count);
}
template <>
void rowVoltages(CircuitPass<float>& p, int row, int count) {
  HWY_DYNAMIC_DISPATCH(voltagesFloat)(p, row, count);
}
template <>
void rowUpdate(CircuitPass<double>& p, int row, int count) {
  HWY_DYNAMIC_DISPATCH(updateDouble)(p, row, count);
}
template <>
void rowUpdate(CircuitPass<float>& p, int row, int count) {
  HWY_DYNAMIC_DISPATCH(updateFloat)(p, row, count);
}

}  // namespace crosstile
#endif
