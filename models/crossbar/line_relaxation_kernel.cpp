// SPDX-License-Identifier: Apache-2.0
// The sweep of line_relaxation.h, compiled once for each instruction set.
#include "models/crossbar/line_relaxation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/line_relaxation_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<double, kRelaxationLanes>;
using V = hn::Vec<D>;

/// Factors and data of one word line in a sweep.
struct Row {
  const double* in;     ///< bit links of the elimination that the old state is in
  const double* out;    ///< bit links of the elimination that the new state will be in ...
  const double* fresh;  ///< ... its G / pivot
  const double* ratio;  ///< ... the other elimination's pivot over its own
  const double* pivot;  ///< ... and its pivot
  const double* word;   ///< pivot of the word line
  const double* gain;
  const double* link;
  double* forward;  ///< scratch: the word line after forward elimination
  double* state;
  double* output;
  double* field;  ///< null: not wanted
};

/// The rows that are relaxed together, in the order of the sweep: one or two word lines, whose solutions
/// depend on each other through the bit lines only.
struct RowBlock {
  Row row[2];
  double* z;               ///< scratch: bit-line voltages of the row before, then of the last one
  const double* previous;  ///< new state of the row before
  const double* next;      ///< old state of the row after
  std::size_t columns;
};

/// Back substitution of the bit lines and forward elimination of the word lines, for one register of lanes.
template <int kRows, bool kNorm>
HWY_INLINE void forwardRows(const RowBlock& block, std::size_t lane, double* odd) {
  const D d;
  const Row &a = block.row[0], &b = block.row[kRows - 1];
  V fa = hn::Zero(d), fb = hn::Zero(d);
  V sum = kNorm ? hn::Load(d, odd + lane) : hn::Zero(d);
  for (std::size_t j = 0; j < block.columns; ++j) {
    const std::size_t o = j * kRelaxationLanes + lane;
    V z = hn::MulAdd(hn::Set(d, a.in[j]), hn::Load(d, block.z + o), hn::Load(d, a.state + o));
    fa = hn::MulAdd(hn::Set(d, a.link[j]), fa, hn::Mul(hn::Set(d, a.gain[j]), z));
    hn::Store(fa, d, a.forward + o);
    if constexpr (kNorm) sum = hn::MulAdd(hn::Mul(hn::Set(d, a.word[j]), fa), fa, sum);
    if constexpr (kRows == 2) {
      z = hn::MulAdd(hn::Set(d, b.in[j]), z, hn::Load(d, b.state + o));
      fb = hn::MulAdd(hn::Set(d, b.link[j]), fb, hn::Mul(hn::Set(d, b.gain[j]), z));
      hn::Store(fb, d, b.forward + o);
      if constexpr (kNorm) sum = hn::MulAdd(hn::Mul(hn::Set(d, b.word[j]), fb), fb, sum);
    }
    hn::Store(z, d, block.z + o);
  }
  if constexpr (kNorm) hn::Store(sum, d, odd + lane);
}

/// Adds gamma times the bit-line voltages to the field, where it is wanted: before the rows are relaxed.
template <int kRows>
HWY_INLINE void addToField(const RowBlock& block, std::size_t lane, V gamma) {
  const D d;
  const Row &a = block.row[0], &b = block.row[kRows - 1];
  if (a.field == nullptr && b.field == nullptr) return;
  for (std::size_t j = 0; j < block.columns; ++j) {
    const std::size_t o = j * kRelaxationLanes + lane;
    V z = hn::MulAdd(hn::Set(d, a.in[j]), hn::Load(d, block.z + o), hn::Load(d, a.state + o));
    if (a.field != nullptr) hn::Store(hn::MulAdd(gamma, z, hn::Load(d, a.field + o)), d, a.field + o);
    if (kRows == 1 || b.field == nullptr) continue;
    z = hn::MulAdd(hn::Set(d, b.in[j]), z, hn::Load(d, b.state + o));
    hn::Store(hn::MulAdd(gamma, z, hn::Load(d, b.field + o)), d, b.field + o);
  }
}

/// What a sweep keeps of the old residual and takes of the new one.
struct Mix {
  V gamma;
  V keep;
};

/// The new residual of a node over its pivot: gamma D w, and of the old residual s, recovered from its
/// eliminated form (`old` here and `beyond` one row further), the share 1 - gamma.
template <bool kPlain>
HWY_INLINE V freshResidual(const Row& row, std::size_t j, V w, V old, V beyond, const Mix& mix) {
  const D d;
  const V fresh = hn::Mul(hn::Set(d, row.fresh[j]), w);
  if constexpr (kPlain) return fresh;
  const V s = hn::NegMulAdd(hn::Set(d, row.out[j]), beyond, hn::Mul(hn::Set(d, row.ratio[j]), old));
  return hn::MulAdd(mix.keep, s, hn::Mul(mix.gamma, fresh));
}

/// Back substitution of the word lines and forward elimination of the new residual on the bit lines.
template <int kRows, bool kPlain, bool kNorm>
HWY_INLINE void backwardRows(const RowBlock& block, std::size_t lane, const Mix& mix, double* sums) {
  const D d;
  const Row &a = block.row[0], &b = block.row[kRows - 1];
  const V zero = hn::Zero(d);
  V wa = zero, wb = zero;
  V sum = kNorm ? hn::Load(d, sums + lane) : zero;
  V even = kNorm ? hn::Load(d, sums + 2 * kRelaxationLanes + lane) : zero;
  for (std::size_t j = block.columns; j-- > 0;) {
    const std::size_t o = j * kRelaxationLanes + lane;
    const V after = kPlain ? zero : hn::Load(d, block.next + o);
    const V oldA = kPlain ? zero : hn::Load(d, a.state + o);
    const V oldB = kPlain || kRows == 1 ? zero : hn::Load(d, b.state + o);
    wa = hn::MulAdd(hn::Set(d, a.link[j]), wa, hn::Load(d, a.forward + o));
    const V freshA = freshResidual<kPlain>(a, j, wa, oldA, kRows == 2 ? oldB : after, mix);
    if constexpr (kNorm) sum = hn::MulAdd(hn::Set(d, a.pivot[j]), hn::Abs(freshA), sum);
    const V newA = hn::MulAdd(hn::Set(d, a.out[j]), hn::Load(d, block.previous + o), freshA);
    if constexpr (kNorm) even = hn::MulAdd(hn::Mul(hn::Set(d, a.pivot[j]), newA), newA, even);
    hn::Store(newA, d, a.state + o);
    if constexpr (kRows == 2) {
      wb = hn::MulAdd(hn::Set(d, b.link[j]), wb, hn::Load(d, b.forward + o));
      const V freshB = freshResidual<kPlain>(b, j, wb, oldB, after, mix);
      if constexpr (kNorm) sum = hn::MulAdd(hn::Set(d, b.pivot[j]), hn::Abs(freshB), sum);
      const V newB = hn::MulAdd(hn::Set(d, b.out[j]), newA, freshB);
      if constexpr (kNorm) even = hn::MulAdd(hn::Mul(hn::Set(d, b.pivot[j]), newB), newB, even);
      hn::Store(newB, d, b.state + o);
    }
  }
  if constexpr (kNorm) {
    hn::Store(sum, d, sums + lane);
    hn::Store(even, d, sums + 2 * kRelaxationLanes + lane);
  }
  hn::Store(hn::MulAdd(mix.gamma, wa, hn::Load(d, a.output + lane)), d, a.output + lane);
  if constexpr (kRows == 2) {
    hn::Store(hn::MulAdd(mix.gamma, wb, hn::Load(d, b.output + lane)), d, b.output + lane);
  }
}

template <int kRows, bool kPlain, bool kNorm>
HWY_INLINE void relaxRows(const RowBlock& block, double gamma, double* sums) {
  const D d;
  const Mix mix{hn::Set(d, gamma), hn::Set(d, 1.0 - gamma)};
  for (std::size_t lane = 0; lane < kRelaxationLanes; lane += hn::Lanes(d)) {
    addToField<kRows>(block, lane, mix.gamma);
    forwardRows<kRows, kNorm>(block, lane, sums + kRelaxationLanes);
    backwardRows<kRows, kPlain, kNorm>(block, lane, mix, sums);
  }
}

HWY_INLINE Row rowOf(const Sweep& s, std::size_t row, int place) {
  const LineFactors& f = *s.factors;
  const std::size_t cell = row * static_cast<std::size_t>(f.columns);
  const std::size_t line = relaxationStride(f.columns);
  const int to = 1 - s.from;
  return {f.bitLink[s.from].data() + cell,
          f.bitLink[to].data() + cell,
          f.bitGain[to].data() + cell,
          f.bitRatio[to].data() + cell,
          f.bitPivot[to].data() + cell,
          f.wordPivot.data() + cell,
          f.wordGain.data() + cell,
          f.wordLink.data() + cell,
          s.scratch + static_cast<std::size_t>(1 + place) * line,
          s.state + row * line,
          s.output + row * kRelaxationLanes,
          s.field == nullptr ? nullptr : s.field[row]};
}

template <bool kPlain, bool kNorm>
void relaxAll(Sweep& s) {
  const LineFactors& f = *s.factors;
  const std::size_t line = relaxationStride(f.columns);
  const double* zero = s.scratch + 3 * line;
  HWY_ALIGN double sums[3 * kRelaxationLanes] = {};  // residual, odd and even moment
  for (std::size_t k = 0; k < line; ++k) s.scratch[k] = 0.0;
  // A state eliminated from the top is substituted back from the bottom row upwards, and the other way round.
  const auto rowAt = [&](int step) {
    return static_cast<std::size_t>(s.from == 0 ? f.rows - 1 - step : step);
  };
  for (int step = 0, count = 0; step < f.rows; step += count) {
    count = step + 1 < f.rows ? 2 : 1;
    RowBlock block{};
    for (int k = 0; k < count; ++k) block.row[k] = rowOf(s, rowAt(step + k), k);
    block.z = s.scratch;
    block.previous = step > 0 ? s.state + rowAt(step - 1) * line : zero;
    block.next = step + count < f.rows ? s.state + rowAt(step + count) * line : zero;
    block.columns = static_cast<std::size_t>(f.columns);
    if (count == 2) {
      relaxRows<2, kPlain, kNorm>(block, s.gamma, sums);
    } else {
      relaxRows<1, kPlain, kNorm>(block, s.gamma, sums);
    }
  }
  for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane) {
    s.residual[lane] = sums[lane];
    s.moment[0][lane] = sums[kRelaxationLanes + lane];
    s.moment[1][lane] = sums[2 * kRelaxationLanes + lane];
  }
}

void relaxSweep(Sweep& s) {
  if (s.gamma == 1.0) {
    s.norm ? relaxAll<true, true>(s) : relaxAll<true, false>(s);
  } else {
    s.norm ? relaxAll<false, true>(s) : relaxAll<false, false>(s);
  }
  s.from = 1 - s.from;
}

}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {

HWY_EXPORT(relaxSweep);
void relax(Sweep& sweep) {
  HWY_DYNAMIC_DISPATCH(relaxSweep)(sweep);
}

}  // namespace crosstile
#endif
