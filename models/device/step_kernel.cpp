// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/device/step_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>

#include "models/device/step_kernel.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, kPulseBlock>;
using Floats = hn::Vec<Tag>;

/// Mean step, in the direction of the pulse. @param scale, curve  of the direction
HWY_INLINE Floats meanStep(const StepLawTerms& law, Floats w, Floats scale, Floats curve, hn::Mask<Tag> up) {
  const Tag d;
  const auto one = hn::Set(d, 1.0F);
  if (!law.exponential) return hn::Mul(scale, hn::NegMulAdd(curve, w, one));
  const auto gamma = hn::IfThenElse(up, hn::Set(d, law.gamma[0]), hn::Set(d, law.gamma[1]));
  const auto amplitude = hn::IfThenElse(up, hn::Set(d, law.amplitude[0]), hn::Set(d, law.amplitude[1]));
  const auto exponent = hn::Mul(gamma, hn::MulAdd(curve, w, hn::Set(d, law.b)));
  const auto limited = hn::Min(exponent, hn::Set(d, 85.0F));  // where single precision overflows
  return hn::Mul(scale, hn::Max(hn::NegMulAdd(amplitude, hn::Exp(d, limited), one), hn::Zero(d)));
}

void pulseEachKernel(const StepLawTerms& law, const StepPlanesView& p, const std::int32_t* HWY_RESTRICT cell,
                     const float* HWY_RESTRICT sign, const float* HWY_RESTRICT normal, std::size_t count) {
  const Tag d;
  const hn::RebindToSigned<Tag> di;
  const auto downOffset = hn::Set(di, static_cast<std::int32_t>(p.cells));
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto index = hn::LoadU(di, cell + i);
    const auto s = hn::LoadU(d, sign + i);
    const auto up = hn::Gt(s, hn::Zero(d));
    const auto directed = hn::Add(index, hn::IfThenZeroElse(hn::RebindMask(di, up), downOffset));
    const auto w = hn::GatherIndex(d, p.weight, index);
    const auto scale = hn::GatherIndex(d, p.scale, directed);
    const auto step = meanStep(law, w, scale, hn::GatherIndex(d, p.curve, directed), up);
    const auto spread = law.multiplicativeNoise ? hn::MulAdd(hn::Set(d, law.c2cSlope), hn::Abs(w),
                                                             hn::Add(hn::Abs(step), hn::Set(d, law.c2cAdd)))
                                                : scale;
    const auto move = hn::MulAdd(hn::Mul(hn::Set(d, law.c2c), spread), hn::LoadU(d, normal + i), step);
    const auto moved = hn::MulAdd(s, move, w);
    const auto bounded =
        hn::Min(hn::Max(moved, hn::GatherIndex(d, p.low, index)), hn::GatherIndex(d, p.high, index));
    hn::ScatterIndex(bounded, d, p.weight, index);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace crosstile {
namespace {

HWY_EXPORT(pulseEachKernel);

}  // namespace

void pulseEach(const StepLawTerms& law, const StepPlanesView& planes, const std::int32_t* cell,
               const float* sign, const float* normal, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(pulseEachKernel)(law, planes, cell, sign, normal, count);
}

}  // namespace crosstile
#endif  // HWY_ONCE
