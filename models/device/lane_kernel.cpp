// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/device/lane_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>

#include "models/device/lane_kernel.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Applies a law to every cell and lane. Lanes are taken by registers; what is left of them goes through a
/// whole one.
template <bool kSlope, typename T, class Law>
HWY_INLINE void overRegisters(const CellLanes<T>& cells, const T* voltage, T* current, T* slope,
                              const Law& law) {
  const hn::CappedTag<T, 64 / sizeof(T)> d;
  const std::size_t step = hn::Lanes(d), lanes = cells.lanes, whole = lanes - lanes % step;
  for (std::size_t c = 0; c < cells.cells; ++c) {
    const auto cell = law.cell(d, cells, c);
    for (std::size_t at = c * lanes; at < c * lanes + whole; at += step) {
      const auto v = hn::LoadU(d, voltage + at);
      if constexpr (kSlope) {
        auto g = hn::Zero(d);
        hn::StoreU(law.currentAndSlope(d, cell, v, g), d, current + at);
        hn::StoreU(g, d, slope + at);
      } else {
        hn::StoreU(law.current(d, cell, v), d, current + at);
      }
    }
    if (whole == lanes) continue;
    HWY_ALIGN T part[64 / sizeof(T)] = {};
    HWY_ALIGN T out[64 / sizeof(T)];
    const std::size_t begin = c * lanes + whole, rest = lanes - whole;
    for (std::size_t l = 0; l < rest; ++l) part[l] = voltage[begin + l];
    auto g = hn::Zero(d);
    hn::Store(
        kSlope ? law.currentAndSlope(d, cell, hn::Load(d, part), g) : law.current(d, cell, hn::Load(d, part)),
        d, out);
    for (std::size_t l = 0; l < rest; ++l) current[begin + l] = out[l];
    if constexpr (kSlope) {
      hn::Store(g, d, out);
      for (std::size_t l = 0; l < rest; ++l) slope[begin + l] = out[l];
    }
  }
}

template <typename T, class Law>
HWY_INLINE void overCells(const CellLanes<T>& cells, const T* voltage, T* current, T* slope, const Law& law) {
  if (slope == nullptr) {
    overRegisters<false>(cells, voltage, current, slope, law);
  } else {
    overRegisters<true>(cells, voltage, current, slope, law);
  }
}

/// Where exponentials overflow: beyond it a current is infinite, as it is in the plain form of a law.
template <typename T>
constexpr T kLargestExponent = sizeof(T) == 8 ? T(700) : T(85);

template <class D, typename T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> exponentialOf(D d, hn::Vec<D> x) {
  const auto limit = hn::Set(d, kLargestExponent<T>);
  return hn::IfThenElse(hn::Gt(x, limit), hn::Inf(d), hn::Exp(d, hn::Min(x, limit)));
}

template <typename T>
struct Linear {
  template <class D>
  hn::Vec<D> cell(D d, const CellLanes<T>& cells, std::size_t c) const {
    return hn::Set(d, cells.parameters[c]);
  }
  template <class D>
  hn::Vec<D> current(D, hn::Vec<D> g, hn::Vec<D> v) const {
    return hn::Mul(g, v);
  }
  template <class D>
  hn::Vec<D> currentAndSlope(D, hn::Vec<D> g, hn::Vec<D> v, hn::Vec<D>& slope) const {
    slope = g;
    return hn::Mul(g, v);
  }
};

/// sinh(x): its Taylor series where |x| is small in all lanes, exponentials otherwise.
template <typename T>
struct Sinh {
  T b, inverse;
  explicit Sinh(double perVolt) : b(static_cast<T>(perVolt)), inverse(static_cast<T>(1.0 / perVolt)) {}
  static constexpr bool kDouble = sizeof(T) == 8;
  static constexpr T kSmall = T(1.25);

  /// x P(x^2), to the last bit on |x| <= kSmall; cosh likewise.
  template <class D>
  HWY_INLINE hn::Vec<D> series(D d, hn::Vec<D> x) const {
    const auto y = hn::Mul(x, x);
    // 1/(2k+1)!, k = 9 (double) or 5 (float) down to 1
    constexpr double kInverse[] = {1.0 / 121645100408832000.0,
                                   1.0 / 355687428096000.0,
                                   1.0 / 1307674368000.0,
                                   1.0 / 6227020800.0,
                                   1.0 / 39916800.0,
                                   1.0 / 362880.0,
                                   1.0 / 5040.0,
                                   1.0 / 120.0,
                                   1.0 / 6.0};
    constexpr int kFirst = kDouble ? 0 : 4;
    auto p = hn::Set(d, static_cast<T>(kInverse[kFirst]));
    for (int k = kFirst + 1; k < 9; ++k) p = hn::MulAdd(p, y, hn::Set(d, static_cast<T>(kInverse[k])));
    return hn::MulAdd(hn::Mul(p, y), x, x);
  }
  /// sinh(x) and cosh(x). Not inlined, so that its constants don't take the registers of the series.
  template <class D>
  static HWY_NOINLINE hn::Vec<D> exponential(D d, hn::Vec<D> x, hn::Vec<D>& cosh) {
    const auto e = exponentialOf(d, hn::Abs(x));
    const auto half = hn::Set(d, T(0.5));
    const auto inverse = hn::Div(half, e);
    cosh = hn::MulAdd(half, e, inverse);
    return hn::CopySign(hn::MulSub(half, e, inverse), x);
  }
  template <class D>
  hn::Vec<D> cell(D d, const CellLanes<T>& cells, std::size_t c) const {
    return hn::Set(d, cells.parameters[c] * inverse);
  }
  /// Where |x| is small the series counts, lane by lane, whatever the other lanes hold.
  template <class D>
  HWY_INLINE hn::Vec<D> current(D d, hn::Vec<D> scale, hn::Vec<D> v) const {
    const auto x = hn::Mul(hn::Set(d, b), v);
    const auto small = hn::Le(hn::Abs(x), hn::Set(d, kSmall));
    auto s = series(d, x);
    if (HWY_UNLIKELY(!hn::AllTrue(d, small))) {
      auto cosh = s;
      s = hn::IfThenElse(small, s, exponential(d, x, cosh));
    }
    return hn::Mul(scale, s);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> currentAndSlope(D d, hn::Vec<D> scale, hn::Vec<D> v, hn::Vec<D>& slope) const {
    const auto x = hn::Mul(hn::Set(d, b), v);
    auto cosh = x;
    const auto large = exponential(d, x, cosh);
    const auto small = hn::Le(hn::Abs(x), hn::Set(d, kSmall));
    slope = hn::Mul(hn::Mul(scale, hn::Set(d, b)), cosh);
    return hn::Mul(scale, hn::IfThenElse(small, series(d, x), large));
  }
};

/// Sinh where |x| is known to be small everywhere: the same values, without the other branch in the loop.
template <typename T>
struct SmallSinh : Sinh<T> {
  using Sinh<T>::Sinh;
  template <class D>
  HWY_INLINE hn::Vec<D> current(D d, hn::Vec<D> scale, hn::Vec<D> v) const {
    return hn::Mul(scale, this->series(d, hn::Mul(hn::Set(d, this->b), v)));
  }
};

template <typename T>
HWY_INLINE bool allSmall(const Sinh<T>& law, const T* voltage, std::size_t n) {
  const hn::CappedTag<T, 64 / sizeof(T)> d;
  const std::size_t step = hn::Lanes(d);
  auto largest = hn::Zero(d);
  std::size_t k = 0;
  for (; k + step <= n; k += step) largest = hn::Max(largest, hn::Abs(hn::LoadU(d, voltage + k)));
  T most = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; k < n; ++k) most = HWY_MAX(most, voltage[k] < 0 ? -voltage[k] : voltage[k]);
  return most * law.b <= T(0.999) * Sinh<T>::kSmall;
}

template <typename T>
HWY_INLINE void sinhCells(double b, const CellLanes<T>& cells, const T* voltage, T* current, T* slope) {
  const Sinh<T> law(b);
  if (slope == nullptr && allSmall(law, voltage, cells.cells * cells.lanes)) {
    overRegisters<false>(cells, voltage, current, slope, SmallSinh<T>(b));
  } else {
    overCells(cells, voltage, current, slope, law);
  }
}

template <typename T>
struct Root {
  T epsilon, offset, field;
  explicit Root(const RootExponential& law)
      : epsilon(static_cast<T>(law.epsilon)),
        offset(static_cast<T>(law.offset)),
        field(static_cast<T>(law.field)) {}

  template <class D>
  struct Cell {
    hn::Vec<D> c, a;
  };
  template <class D>
  Cell<D> cell(D d, const CellLanes<T>& cells, std::size_t c) const {
    return {hn::Set(d, cells.parameters[c]),
            hn::Set(d, field < 0 ? cells.parameters[cells.stride + c] : field)};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> current(D d, const Cell<D>& cell, hn::Vec<D> v) const {
    const auto root = hn::Sqrt(hn::MulAdd(cell.a, hn::Abs(v), hn::Set(d, epsilon)));
    return hn::Mul(hn::Mul(cell.c, v), exponentialOf(d, hn::Sub(root, hn::Set(d, offset))));
  }
  template <class D>
  HWY_INLINE hn::Vec<D> currentAndSlope(D d, const Cell<D>& cell, hn::Vec<D> v, hn::Vec<D>& slope) const {
    const auto energy = hn::Mul(cell.a, hn::Abs(v));
    const auto root = hn::Sqrt(hn::Add(energy, hn::Set(d, epsilon)));
    const auto g = hn::Mul(cell.c, exponentialOf(d, hn::Sub(root, hn::Set(d, offset))));
    slope = hn::MulAdd(hn::Mul(g, hn::Set(d, T(0.5))), hn::Div(energy, root), g);
    return hn::Mul(g, v);
  }
};

/// |V|^p as exp(p ln |V|), and as 0^p where V = 0.
template <typename T>
struct Power {
  static constexpr T kLeast = sizeof(T) == 8 ? T(1e-300) : T(1e-37);

  template <class D>
  struct Cell {
    hn::Vec<D> c, p;
  };
  template <class D>
  Cell<D> cell(D d, const CellLanes<T>& cells, std::size_t c) const {
    return {hn::Set(d, cells.parameters[c]), hn::Set(d, cells.parameters[cells.stride + c])};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> chord(D d, const Cell<D>& cell, hn::Vec<D> v) const {
    const auto x = hn::Max(hn::Abs(v), hn::Set(d, kLeast));
    const auto power = exponentialOf(d, hn::Mul(cell.p, hn::Log(d, x)));
    const auto none = hn::And(hn::Eq(v, hn::Zero(d)), hn::Gt(cell.p, hn::Zero(d)));
    return hn::IfThenZeroElse(none, hn::Mul(cell.c, power));
  }
  template <class D>
  HWY_INLINE hn::Vec<D> current(D d, const Cell<D>& cell, hn::Vec<D> v) const {
    return hn::Mul(chord(d, cell, v), v);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> currentAndSlope(D d, const Cell<D>& cell, hn::Vec<D> v, hn::Vec<D>& slope) const {
    const auto g = chord(d, cell, v);
    slope = hn::MulAdd(g, cell.p, g);
    return hn::Mul(g, v);
  }
};

void linearDouble(const CellLanes<double>& cells, const double* v, double* i, double* g) {
  overCells(cells, v, i, g, Linear<double>{});
}
void linearFloat(const CellLanes<float>& cells, const float* v, float* i, float* g) {
  overCells(cells, v, i, g, Linear<float>{});
}
void sinhDouble(double b, const CellLanes<double>& cells, const double* v, double* i, double* g) {
  sinhCells(b, cells, v, i, g);
}
void sinhFloat(double b, const CellLanes<float>& cells, const float* v, float* i, float* g) {
  sinhCells(b, cells, v, i, g);
}
void rootDouble(const RootExponential& law, const CellLanes<double>& cells, const double* v, double* i,
                double* g) {
  overCells(cells, v, i, g, Root<double>(law));
}
void rootFloat(const RootExponential& law, const CellLanes<float>& cells, const float* v, float* i,
               float* g) {
  overCells(cells, v, i, g, Root<float>(law));
}
void powerDouble(const CellLanes<double>& cells, const double* v, double* i, double* g) {
  overCells(cells, v, i, g, Power<double>{});
}
void powerFloat(const CellLanes<float>& cells, const float* v, float* i, float* g) {
  overCells(cells, v, i, g, Power<float>{});
}

}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {

HWY_EXPORT(linearDouble);
HWY_EXPORT(linearFloat);
HWY_EXPORT(sinhDouble);
HWY_EXPORT(sinhFloat);
HWY_EXPORT(rootDouble);
HWY_EXPORT(rootFloat);
HWY_EXPORT(powerDouble);
HWY_EXPORT(powerFloat);

void linearLanes(const CellLanes<double>& cells, const double* v, double* i, double* g) {
  HWY_DYNAMIC_DISPATCH(linearDouble)(cells, v, i, g);
}
void linearLanes(const CellLanes<float>& cells, const float* v, float* i, float* g) {
  HWY_DYNAMIC_DISPATCH(linearFloat)(cells, v, i, g);
}
void sinhLanes(double b, const CellLanes<double>& cells, const double* v, double* i, double* g) {
  HWY_DYNAMIC_DISPATCH(sinhDouble)(b, cells, v, i, g);
}
void sinhLanes(double b, const CellLanes<float>& cells, const float* v, float* i, float* g) {
  HWY_DYNAMIC_DISPATCH(sinhFloat)(b, cells, v, i, g);
}
void rootExponentialLanes(const RootExponential& law, const CellLanes<double>& cells, const double* v,
                          double* i, double* g) {
  HWY_DYNAMIC_DISPATCH(rootDouble)(law, cells, v, i, g);
}
void rootExponentialLanes(const RootExponential& law, const CellLanes<float>& cells, const float* v, float* i,
                          float* g) {
  HWY_DYNAMIC_DISPATCH(rootFloat)(law, cells, v, i, g);
}
void powerLanes(const CellLanes<double>& cells, const double* v, double* i, double* g) {
  HWY_DYNAMIC_DISPATCH(powerDouble)(cells, v, i, g);
}
void powerLanes(const CellLanes<float>& cells, const float* v, float* i, float* g) {
  HWY_DYNAMIC_DISPATCH(powerFloat)(cells, v, i, g);
}

}  // namespace crosstile
#endif
