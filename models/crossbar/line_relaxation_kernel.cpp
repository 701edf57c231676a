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

/// The rows that are relaxed together, in the order of the sweep: one or two word lines, whose solutions
/// depend on each other through the bit lines only.
struct RowBlock {
  std::size_t row[2];  ///< offsets into the factors
  double* state[2];
  double* output[2];
  const double* previous;  ///< new state of the row before
  const double* next;      ///< old state of the row after
};

template <int kRows, bool kPlain, bool kNorm>
HWY_INLINE void relaxRows(const Sweep& s, const RowBlock& block, double* residual) {
  const D d;
  const LineFactors& f = *s.factors;
  const int to = 1 - s.from;
  const std::size_t columns = static_cast<std::size_t>(f.columns);
  constexpr std::size_t kL = kRelaxationLanes;
  const std::size_t r0 = block.row[0], r1 = block.row[kRows - 1];
  const double* gain0 = f.wordGain.data() + r0;
  const double* gain1 = f.wordGain.data() + r1;
  const double* link0 = f.wordLink.data() + r0;
  const double* link1 = f.wordLink.data() + r1;
  const double* in0 = f.bitLink[s.from].data() + r0;
  const double* in1 = f.bitLink[s.from].data() + r1;
  const double* out0 = f.bitLink[to].data() + r0;
  const double* out1 = f.bitLink[to].data() + r1;
  const double* h0 = f.bitGain[to].data() + r0;
  const double* h1 = f.bitGain[to].data() + r1;
  const double* ratio0 = f.bitRatio[to].data() + r0;
  const double* ratio1 = f.bitRatio[to].data() + r1;
  const double* pivot0 = f.bitPivot[to].data() + r0;
  const double* pivot1 = f.bitPivot[to].data() + r1;
  double* HWY_RESTRICT z = s.scratch;
  double* HWY_RESTRICT forward0 = s.scratch + relaxationStride(f.columns);
  double* HWY_RESTRICT forward1 = s.scratch + 2 * relaxationStride(f.columns);
  double* state0 = block.state[0];
  double* state1 = block.state[kRows - 1];
  const V gamma = hn::Set(d, s.gamma);
  const V keep = hn::Set(d, 1.0 - s.gamma);

  for (std::size_t lane = 0; lane < kL; lane += hn::Lanes(d)) {
    // Back substitution of the bit lines (z), forward elimination of the word lines.
    V fw0 = hn::Zero(d), fw1 = hn::Zero(d);
    for (std::size_t j = 0; j < columns; ++j) {
      const std::size_t o = j * kL + lane;
      V zj = hn::MulAdd(hn::Set(d, in0[j]), hn::Load(d, z + o), hn::Load(d, state0 + o));
      fw0 = hn::MulAdd(hn::Set(d, link0[j]), fw0, hn::Mul(hn::Set(d, gain0[j]), zj));
      hn::Store(fw0, d, forward0 + o);
      if constexpr (kRows == 2) {
        zj = hn::MulAdd(hn::Set(d, in1[j]), zj, hn::Load(d, state1 + o));
        fw1 = hn::MulAdd(hn::Set(d, link1[j]), fw1, hn::Mul(hn::Set(d, gain1[j]), zj));
        hn::Store(fw1, d, forward1 + o);
      }
      hn::Store(zj, d, z + o);
    }
    // Back substitution of the word lines (w), forward elimination of the new residual on the bit lines.
    V w0 = hn::Zero(d), w1 = hn::Zero(d);
    V sum = kNorm ? hn::Load(d, residual + lane) : hn::Zero(d);
    for (std::size_t j = columns; j-- > 0;) {
      const std::size_t o = j * kL + lane;
      w0 = hn::MulAdd(hn::Set(d, link0[j]), w0, hn::Load(d, forward0 + o));
      V fresh0 = hn::Mul(hn::Set(d, h0[j]), w0);
      const V after = kPlain ? hn::Zero(d) : hn::Load(d, block.next + o);
      V old1 = hn::Zero(d);
      if constexpr (!kPlain) {
        const V old0 = hn::Load(d, state0 + o);
        if constexpr (kRows == 2) old1 = hn::Load(d, state1 + o);
        const V beyond = kRows == 2 ? old1 : after;
        const V old = hn::NegMulAdd(hn::Set(d, out0[j]), beyond, hn::Mul(hn::Set(d, ratio0[j]), old0));
        fresh0 = hn::MulAdd(keep, old, hn::Mul(gamma, fresh0));
      }
      if constexpr (kNorm) sum = hn::MulAdd(hn::Set(d, pivot0[j]), hn::Abs(fresh0), sum);
      const V new0 = hn::MulAdd(hn::Set(d, out0[j]), hn::Load(d, block.previous + o), fresh0);
      hn::Store(new0, d, state0 + o);
      if constexpr (kRows == 2) {
        w1 = hn::MulAdd(hn::Set(d, link1[j]), w1, hn::Load(d, forward1 + o));
        V fresh1 = hn::Mul(hn::Set(d, h1[j]), w1);
        if constexpr (!kPlain) {
          const V old = hn::NegMulAdd(hn::Set(d, out1[j]), after, hn::Mul(hn::Set(d, ratio1[j]), old1));
          fresh1 = hn::MulAdd(keep, old, hn::Mul(gamma, fresh1));
        }
        if constexpr (kNorm) sum = hn::MulAdd(hn::Set(d, pivot1[j]), hn::Abs(fresh1), sum);
        hn::Store(hn::MulAdd(hn::Set(d, out1[j]), new0, fresh1), d, state1 + o);
      }
    }
    if constexpr (kNorm) hn::Store(sum, d, residual + lane);
    double* y0 = block.output[0] + lane;
    hn::Store(hn::MulAdd(gamma, w0, hn::Load(d, y0)), d, y0);
    if constexpr (kRows == 2) {
      double* y1 = block.output[1] + lane;
      hn::Store(hn::MulAdd(gamma, w1, hn::Load(d, y1)), d, y1);
    }
  }
}

template <bool kPlain, bool kNorm>
void relaxAll(Sweep& s) {
  const LineFactors& f = *s.factors;
  const std::size_t columns = static_cast<std::size_t>(f.columns);
  const std::size_t line = relaxationStride(f.columns);
  const double* zero = s.scratch + 3 * line;
  HWY_ALIGN double residual[kRelaxationLanes] = {};
  for (std::size_t k = 0; k < line; ++k) s.scratch[k] = 0.0;
  // A state eliminated from the top is substituted back from the bottom row upwards, and the other way round.
  const auto rowAt = [&](int step) {
    return static_cast<std::size_t>(s.from == 0 ? f.rows - 1 - step : step);
  };
  const auto stateAt = [&](int step) { return s.state + rowAt(step) * line; };
  for (int step = 0; step < f.rows;) {
    const int count = step + 1 < f.rows ? 2 : 1;
    RowBlock block{};
    for (int k = 0; k < count; ++k) {
      block.row[k] = rowAt(step + k) * columns;
      block.state[k] = stateAt(step + k);
      block.output[k] = s.output + rowAt(step + k) * kRelaxationLanes;
    }
    block.previous = step > 0 ? stateAt(step - 1) : zero;
    block.next = step + count < f.rows ? stateAt(step + count) : zero;
    if (count == 2) {
      relaxRows<2, kPlain, kNorm>(s, block, residual);
    } else {
      relaxRows<1, kPlain, kNorm>(s, block, residual);
    }
    step += count;
  }
  for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane) s.residual[lane] = residual[lane];
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
