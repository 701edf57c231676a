// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/adam_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/emulator/adam_kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void addScaledKernel(const float* HWY_RESTRICT x, float factor, float* HWY_RESTRICT sum, std::size_t count) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d))
    hn::StoreU(hn::MulAdd(hn::Set(d, factor), hn::LoadU(d, x + i), hn::LoadU(d, sum + i)), d, sum + i);
  for (; i < count; ++i)
    hn::StoreU(hn::MulAdd(hn::Set(one, factor), hn::LoadU(one, x + i), hn::LoadU(one, sum + i)), one,
               sum + i);
}

template <class D>
HWY_INLINE void update(D d, const float* gradient, float scale, float step, float* p, float* m, float* v) {
  const auto b1 = hn::Set(d, static_cast<float>(kAdamBeta1)), b2 = hn::Set(d, static_cast<float>(kAdamBeta2));
  const auto one = hn::Set(d, 1.0F);
  const auto g = hn::Mul(hn::LoadU(d, gradient), hn::Set(d, scale));
  const auto mean = hn::MulAdd(b1, hn::LoadU(d, m), hn::Mul(hn::Sub(one, b1), g));
  const auto square = hn::MulAdd(b2, hn::LoadU(d, v), hn::Mul(hn::Sub(one, b2), hn::Mul(g, g)));
  hn::StoreU(mean, d, m);
  hn::StoreU(square, d, v);
  const auto change = hn::Div(hn::Mul(hn::Set(d, step), mean), hn::Add(hn::Sqrt(square), hn::Set(d, 1e-8F)));
  hn::StoreU(hn::Sub(hn::LoadU(d, p), change), d, p);
}

void adamUpdateKernel(const float* gradient, float scale, float step, float* p, float* m, float* v,
                      std::size_t count) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d))
    update(d, gradient + i, scale, step, p + i, m + i, v + i);
  for (; i < count; ++i) update(one, gradient + i, scale, step, p + i, m + i, v + i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace crosstile {
namespace {

HWY_EXPORT(addScaledKernel);
HWY_EXPORT(adamUpdateKernel);

}  // namespace

void addScaled(const float* x, float factor, float* sum, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(addScaledKernel)(x, factor, sum, count);
}

void adamUpdate(const float* gradient, float scale, float step, float* p, float* m, float* v,
                std::size_t count) {
  HWY_DYNAMIC_DISPATCH(adamUpdateKernel)(gradient, scale, step, p, m, v, count);
}

}  // namespace crosstile
#endif  // HWY_ONCE
