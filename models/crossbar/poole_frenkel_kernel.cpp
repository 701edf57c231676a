// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/poole_frenkel_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <vector>

#include "models/crossbar/poole_frenkel_kernel.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Tag>;

/// e^x for |x| <= 85, to about 2e-7: 2^n times a polynomial of the rest.
HWY_INLINE Vec exponential(Vec x) {
  const Tag d;
  const hn::RebindToSigned<Tag> di;
  const auto n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504F)));
  auto f = hn::NegMulAdd(n, hn::Set(d, 0.693145752F), x);  // ln 2 in two parts
  f = hn::NegMulAdd(n, hn::Set(d, 1.42860677e-6F), f);
  auto p = hn::Set(d, 1.0F / 720.0F);
  p = hn::MulAdd(p, f, hn::Set(d, 1.0F / 120.0F));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0F / 24.0F));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0F / 6.0F));
  p = hn::MulAdd(p, f, hn::Set(d, 0.5F));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0F));
  p = hn::MulAdd(p, f, hn::Set(d, 1.0F));
  const auto power = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(di, n), hn::Set(di, 127)));
  return hn::Mul(p, hn::BitCast(d, power));
}

void prepare(const PooleFrenkelLaw::Relations& law, const float* conductance, const float* normal1,
             const float* normal2, std::size_t count, float* scale, float* field, float* byResistance) {
  const Tag d;
  const std::size_t step = hn::Lanes(d);
  const auto set = [&](double x) { return hn::Set(d, static_cast<float>(x)); };
  const double lnField = 0.5 * std::log(law.fieldFactor);
  for (std::size_t j = 0; j < count; j += step) {
    HWY_ALIGN float g[16] = {}, n1[16] = {}, n2[16] = {}, out[3][16];
    const std::size_t rest = HWY_MIN(step, count - j);
    for (std::size_t k = 0; k < rest; ++k) {
      g[k] = conductance[j + k];
      n1[k] = normal1 == nullptr ? 0.0F : normal1[j + k];
      n2[k] = normal2 == nullptr ? 0.0F : normal2[j + k];
    }
    const auto present = hn::Gt(hn::Load(d, g), hn::Zero(d));
    const auto safe = hn::IfThenElse(present, hn::Load(d, g), hn::Set(d, 1.0F));
    const auto lnR = hn::Neg(hn::Log(d, safe));
    const auto x1 = hn::Load(d, n1), x2 = hn::Load(d, n2);
    const auto lnC =
        hn::MulAdd(set(law.residual[0]), x1, hn::MulAdd(set(law.slope[0]), lnR, set(law.intercept[0])));
    auto lnA = hn::MulAdd(set(-0.5 * law.slope[1]), lnR, set(lnField - 0.5 * law.intercept[1]));
    lnA = hn::MulAdd(set(-0.5 * law.residual[1]), x1, lnA);
    lnA = hn::MulAdd(set(-0.5 * law.residual[2]), x2, lnA);
    hn::Store(hn::IfThenElseZero(present, exponential(lnC)), d, out[0]);
    hn::Store(hn::IfThenElseZero(present, exponential(lnA)), d, out[1]);
    hn::Store(hn::IfThenElseZero(present, hn::Div(hn::Set(d, -1.0F), safe)), d, out[2]);
    for (std::size_t k = 0; k < rest; ++k) {
      scale[j + k] = out[0][k];
      field[j + k] = out[1][k];
      byResistance[j + k] = out[2][k];
    }
  }
}

/// One row's nonzero voltages of the batch.
struct RowInputs {
  struct Entry {
    std::size_t b;
    float volt, root;  // V, sqrt|V|
  };
  std::vector<Entry> entries;
  void load(const float* voltage, std::size_t rows, std::size_t batch, std::size_t row) {
    entries.clear();
    for (std::size_t b = 0; b < batch; ++b) {
      const float v = voltage[b * rows + row];
      if (v != 0.0F) entries.push_back({b, v, std::sqrt(std::abs(v))});
    }
  }
};

/// `kRegisters` registers of columns from `column` on, all rows.
template <int kRegisters>
HWY_NOINLINE void forwardColumns(const PooleFrenkelCells& cells, const std::vector<RowInputs>& rows,
                                 std::size_t column, float* current, float* power) {
  const Tag d;
  const std::size_t step = hn::Lanes(d);
  for (std::size_t i = 0; i < cells.rows; ++i) {
    Vec c[kRegisters], a[kRegisters];
    for (int r = 0; r < kRegisters; ++r) {
      c[r] = hn::Load(d, cells.scale + i * cells.stride + column + r * step);
      a[r] = hn::Load(d, cells.field + i * cells.stride + column + r * step);
    }
    for (const auto& in : rows[i].entries) {
      const auto v = hn::Set(d, in.volt), root = hn::Set(d, in.root);
      float* out = current + in.b * cells.stride + column;
      auto sum = hn::Zero(d);
      for (int r = 0; r < kRegisters; ++r) {
        const auto own = hn::Mul(hn::Mul(c[r], v), exponential(hn::Mul(a[r], root)));
        sum = hn::Add(sum, own);
        hn::Store(hn::Add(hn::Load(d, out + r * step), own), d, out + r * step);
      }
      if (power != nullptr) power[in.b] += in.volt * hn::GetLane(hn::SumOfLanes(d, sum));
    }
  }
}

template <int kRegisters>
HWY_NOINLINE void backwardColumns(const PooleFrenkelCells& cells, const PooleFrenkelLaw::Relations& law,
                                  const std::vector<RowInputs>& rows, std::size_t column, const float* outer,
                                  const float* powerGradient, float* gradient, float* voltageGradient) {
  const Tag d;
  const std::size_t step = hn::Lanes(d);
  const auto half = hn::Set(d, 0.5F);
  for (std::size_t i = 0; i < cells.rows; ++i) {
    Vec c[kRegisters], a[kRegisters], s0[kRegisters], s1[kRegisters];
    for (int r = 0; r < kRegisters; ++r) {
      c[r] = hn::Load(d, cells.scale + i * cells.stride + column + r * step);
      a[r] = hn::Load(d, cells.field + i * cells.stride + column + r * step);
      s0[r] = s1[r] = hn::Zero(d);
    }
    for (const auto& in : rows[i].entries) {
      const auto v = hn::Set(d, in.volt), root = hn::Set(d, in.root);
      const float* g = outer + in.b * cells.stride + column;
      const float perWatt = powerGradient == nullptr ? 0.0F : powerGradient[in.b];
      const auto shared = hn::Set(d, perWatt * in.volt);
      auto dV = hn::Zero(d);
      for (int r = 0; r < kRegisters; ++r) {
        const auto x = hn::Mul(a[r], root);
        const auto conductance = hn::Mul(c[r], exponential(x));
        const auto weight = hn::Add(hn::Load(d, g + r * step), shared);
        const auto own = hn::Mul(weight, hn::Mul(conductance, v));
        s0[r] = hn::Add(s0[r], own);
        s1[r] = hn::MulAdd(own, root, s1[r]);
        if (voltageGradient == nullptr) continue;
        // d(V I)/dV = I + V I', I' = conductance (1 + x/2)
        dV = hn::MulAdd(weight, hn::MulAdd(conductance, hn::Mul(half, x), conductance), dV);
        dV = hn::MulAdd(hn::Set(d, perWatt), hn::Mul(conductance, v), dV);
      }
      if (voltageGradient != nullptr)
        voltageGradient[in.b * cells.rows + i] += hn::GetLane(hn::SumOfLanes(d, dV));
    }
    for (int r = 0; r < kRegisters; ++r) {
      const std::size_t at = i * cells.stride + column + r * step;
      // d ln I/d ln R = slope[0] - slope[1]/2 sqrt(a |V|)
      const auto byLnR = hn::MulAdd(hn::Mul(hn::Set(d, static_cast<float>(-0.5 * law.slope[1])), a[r]), s1[r],
                                    hn::Mul(hn::Set(d, static_cast<float>(law.slope[0])), s0[r]));
      hn::Store(hn::Mul(byLnR, hn::Load(d, cells.byResistance + at)), d, gradient + at);
    }
  }
}

std::vector<RowInputs> inputsOf(const float* voltage, std::size_t rows, std::size_t batch) {
  std::vector<RowInputs> inputs(rows);
  for (std::size_t i = 0; i < rows; ++i) inputs[i].load(voltage, rows, batch, i);
  return inputs;
}

/// Goes over all columns: four registers at a time, then single ones.
template <class F4, class F1>
HWY_INLINE void overColumns(std::size_t stride, const F4& four, const F1& one) {
  const std::size_t step = hn::Lanes(Tag());
  std::size_t column = 0;
  for (; column + 4 * step <= stride; column += 4 * step) four(column);
  for (; column < stride; column += step) one(column);
}

void forward(const PooleFrenkelCells& cells, const float* voltage, std::size_t batch, float* current,
             float* power) {
  const auto inputs = inputsOf(voltage, cells.rows, batch);
  if (power != nullptr) std::fill_n(power, batch, 0.0F);
  overColumns(
      cells.stride, [&](std::size_t column) { forwardColumns<4>(cells, inputs, column, current, power); },
      [&](std::size_t column) { forwardColumns<1>(cells, inputs, column, current, power); });
}

void backward(const PooleFrenkelCells& cells, const PooleFrenkelLaw::Relations& law, const float* voltage,
              std::size_t batch, const float* outer, const float* powerGradient, float* gradient,
              float* voltageGradient) {
  const auto inputs = inputsOf(voltage, cells.rows, batch);
  if (voltageGradient != nullptr) std::fill_n(voltageGradient, batch * cells.rows, 0.0F);
  overColumns(
      cells.stride,
      [&](std::size_t column) {
        backwardColumns<4>(cells, law, inputs, column, outer, powerGradient, gradient, voltageGradient);
      },
      [&](std::size_t column) {
        backwardColumns<1>(cells, law, inputs, column, outer, powerGradient, gradient, voltageGradient);
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {

HWY_EXPORT(prepare);
HWY_EXPORT(forward);
HWY_EXPORT(backward);

void prepareCells(const PooleFrenkelLaw::Relations& law, const float* conductance, const float* normal1,
                  const float* normal2, std::size_t count, float* scale, float* field, float* byResistance) {
  HWY_DYNAMIC_DISPATCH(prepare)(law, conductance, normal1, normal2, count, scale, field, byResistance);
}
void forwardCells(const PooleFrenkelCells& cells, const float* voltage, std::size_t batch, float* current,
                  float* power) {
  HWY_DYNAMIC_DISPATCH(forward)(cells, voltage, batch, current, power);
}
void backwardCells(const PooleFrenkelCells& cells, const PooleFrenkelLaw::Relations& law,
                   const float* voltage, std::size_t batch, const float* currentGradient,
                   const float* powerGradient, float* gradient, float* voltageGradient) {
  HWY_DYNAMIC_DISPATCH(backward)
  (cells, law, voltage, batch, currentGradient, powerGradient, gradient, voltageGradient);
}

}  // namespace crosstile
#endif
