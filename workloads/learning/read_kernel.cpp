// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/read_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "workloads/learning/read_kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace learning {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::size_t kBlock = 16;  // partial sums of a dot product, whatever the vector width

void addForwardKernel(const float* HWY_RESTRICT w, std::size_t rows, std::size_t stride,
                      const float* HWY_RESTRICT x, float scale, float* HWY_RESTRICT y) {
  const hn::CappedTag<float, kBlock> d;
  for (std::size_t i = 0; i < rows; ++i) {
    if (x[i] == 0.0F) continue;
    const auto factor = hn::Set(d, scale * x[i]);
    const float* const row = w + i * stride;
    for (std::size_t j = 0; j < stride; j += hn::Lanes(d))
      hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, row + j), hn::LoadU(d, y + j)), d, y + j);
  }
}

void addBackwardKernel(const float* HWY_RESTRICT w, std::size_t rows, std::size_t stride,
                       const float* HWY_RESTRICT e, float scale, float* HWY_RESTRICT y) {
  const hn::CappedTag<float, kBlock> d;
  for (std::size_t i = 0; i < rows; ++i) {
    HWY_ALIGN float part[kBlock] = {};
    for (std::size_t j = 0; j < stride; j += kBlock) {
      for (std::size_t k = 0; k < kBlock; k += hn::Lanes(d)) {
        const auto product =
            hn::MulAdd(hn::LoadU(d, w + i * stride + j + k), hn::LoadU(d, e + j + k), hn::Load(d, part + k));
        hn::Store(product, d, part + k);
      }
    }
    for (std::size_t half = kBlock / 2; half > 0; half /= 2) {
      for (std::size_t k = 0; k < half; ++k) part[k] += part[k + half];
    }
    y[i] += scale * part[0];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace learning
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace crosstile::learning {
namespace {

HWY_EXPORT(addForwardKernel);
HWY_EXPORT(addBackwardKernel);

}  // namespace

void addForward(const float* w, std::size_t rows, std::size_t stride, const float* x, float scale, float* y) {
  HWY_DYNAMIC_DISPATCH(addForwardKernel)(w, rows, stride, x, scale, y);
}

void addBackward(const float* w, std::size_t rows, std::size_t stride, const float* d, float scale,
                 float* y) {
  HWY_DYNAMIC_DISPATCH(addBackwardKernel)(w, rows, stride, d, scale, y);
}

}  // namespace crosstile::learning
#endif  // HWY_ONCE
