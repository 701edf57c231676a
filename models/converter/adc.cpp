// SPDX-License-Identifier: Apache-2.0
// The ADC's transfer curve, and its conversion loop for every instruction set (Highway, chosen at run time).
#include "models/converter/adc.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/converter/adc.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#ifndef CROSSTILE_ADC_TRANSFER_H_  // once a translation unit, not once a target
#define CROSSTILE_ADC_TRANSFER_H_
namespace crosstile {
namespace {

/// What a conversion needs, and nothing of the instruction set.
struct AdcTransfer {
  float inverseLsb;     ///< with the sample-and-hold's gain
  float noiseVariance;  ///< of the converter, LSB^2
  float maxCode;
  const float* shift;  ///< nonlinearity at each code, or nullptr
};

struct AdcSamples {
  const float* x;
  const float* variance;  ///< or nullptr
  const float* normal;    ///< or nullptr
  std::int32_t* code;
  std::size_t count;
};

}  // namespace
}  // namespace crosstile
#endif  // CROSSTILE_ADC_TRANSFER_H_

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;
using IntTag = hn::ScalableTag<std::int32_t>;

/// Nearest code inside the range, as a float: halves go up. Exact for every float, unlike floor(v + 0.5).
HWY_INLINE FloatVec nearestCode(FloatVec v, FloatVec maxCode) {
  const FloatTag d;
  const FloatVec below = hn::Floor(v);
  const auto up = hn::Ge(hn::Sub(v, below), hn::Set(d, 0.5F));
  const FloatVec code = hn::IfThenElse(up, hn::Add(below, hn::Set(d, 1.0F)), below);
  return hn::Min(hn::Max(code, hn::Zero(d)), maxCode);
}

/// The transfer's constants in registers, and what of it there is: noise, read noise on top, nonlinearity.
template <bool kNoise, bool kVariance, bool kShift>
class Converter {
 public:
  explicit Converter(const AdcTransfer& adc)
      : inverseLsb_(hn::Set(FloatTag(), adc.inverseLsb)),
        squared_(hn::Mul(inverseLsb_, inverseLsb_)),
        noise_(hn::Set(FloatTag(), adc.noiseVariance)),
        maxCode_(hn::Set(FloatTag(), adc.maxCode)),
        sigma_(hn::Sqrt(noise_)),
        shift_(adc.shift) {}

  /// Samples i .. i + lanes - 1.
  HWY_INLINE void convert(const AdcSamples& s, std::size_t i) const {
    const FloatTag d;
    const IntTag di;
    FloatVec v = hn::Mul(hn::LoadU(d, s.x + i), inverseLsb_);
    if constexpr (kNoise) {
      FloatVec sigma = sigma_;
      if constexpr (kVariance) sigma = hn::Sqrt(hn::MulAdd(hn::LoadU(d, s.variance + i), squared_, noise_));
      v = hn::MulAdd(sigma, hn::LoadU(d, s.normal + i), v);
    }
    FloatVec nearest = nearestCode(v, maxCode_);
    if constexpr (kShift) {
      v = hn::Add(v, hn::GatherIndex(d, shift_, hn::ConvertTo(di, nearest)));
      nearest = nearestCode(v, maxCode_);
    }
    hn::StoreU(hn::ConvertTo(di, nearest), di, s.code + i);
  }

 private:
  FloatVec inverseLsb_, squared_, noise_, maxCode_, sigma_;
  const float* shift_;
};

/// All samples; those behind the last whole vector are copied to a vector of their own.
template <bool kNoise, bool kVariance, bool kShift>
void convertAll(const AdcTransfer& adc, AdcSamples s) {
  const std::size_t lanes = hn::Lanes(FloatTag());
  const Converter<kNoise, kVariance, kShift> converter(adc);
  std::size_t i = 0;
  for (; i + lanes <= s.count; i += lanes) converter.convert(s, i);
  const std::size_t rest = s.count - i;
  if (rest == 0) return;
  HWY_ALIGN float x[hn::MaxLanes(FloatTag())] = {};
  HWY_ALIGN float variance[hn::MaxLanes(FloatTag())] = {};
  HWY_ALIGN float normal[hn::MaxLanes(FloatTag())] = {};
  HWY_ALIGN std::int32_t code[hn::MaxLanes(FloatTag())];
  std::copy(s.x + i, s.x + s.count, x);
  if (kVariance) std::copy(s.variance + i, s.variance + s.count, variance);
  if (kNoise) std::copy(s.normal + i, s.normal + s.count, normal);
  converter.convert({x, variance, normal, code, rest}, 0);
  std::copy(code, code + rest, s.code + i);
}

void convertSamples(const AdcTransfer& adc, const AdcSamples& s) {
  const bool noise = s.normal != nullptr;
  const bool variance = noise && s.variance != nullptr;
  if (adc.shift != nullptr) {
    variance ? convertAll<true, true, true>(adc, s)
    : noise  ? convertAll<true, false, true>(adc, s)
             : convertAll<false, false, true>(adc, s);
  } else {
    variance ? convertAll<true, true, false>(adc, s)
    : noise  ? convertAll<true, false, false>(adc, s)
             : convertAll<false, false, false>(adc, s);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "models/base/error.h"
#include "models/base/random.h"

namespace crosstile {
namespace {

HWY_EXPORT(convertSamples);

/// What is added to a sample near code c, in LSB: the bow 4 inl u (1 - u), u = c/maxCode, less the deviation
/// of the code's place that random code widths add up to. The deviations' trend is taken out (a gain error
/// isn't DNL), so both ends of the range stay where they are.
std::vector<float> nonlinearity(const AdcConfig& config, std::int32_t maxCode,
                                std::array<std::uint32_t, 2> key) {
  const auto last = static_cast<std::size_t>(maxCode);
  std::vector<float> width(last, 0.0F);  // deviation of the step from code c to c + 1, in standard deviations
  if (config.dnlLsb != 0.0) fillNormals(key, 0, 0, 0, width.data(), width.size());
  double mean = 0.0;
  for (const float w : width) mean += w;
  mean /= static_cast<double>(last);
  std::vector<float> shift(last + 1, 0.0F);
  double place = 0.0;
  for (std::size_t c = 1; c < last; ++c) {
    const double u = static_cast<double>(c) / static_cast<double>(last);
    place += config.dnlLsb * (width[c - 1] - mean);
    shift[c] = static_cast<float>(config.inlLsb * 4.0 * u * (1.0 - u) - place);
  }
  return shift;
}

void check(const AdcConfig& config, const SampleHoldConfig& hold, double lsb) {
  if (config.bits < 1 || config.bits > 24) {
    throw BadInput("adc.bits = {}: must be an integer from 1 to 24 (bits)", config.bits);
  }
  if (!(lsb > 0.0) || !std::isfinite(lsb))
    throw BadInput("adc: an LSB of {} A: must be positive and finite", lsb);
  if (!(config.noiseLsb >= 0.0)) throw BadInput("adc.noise_lsb = {}: must not be negative", config.noiseLsb);
  if (!(config.dnlLsb >= 0.0)) throw BadInput("adc.dnl_lsb = {}: must not be negative", config.dnlLsb);
  if (!(hold.noiseLsb >= 0.0))
    throw BadInput("sample_hold.noise_lsb = {}: must not be negative", hold.noiseLsb);
  if (!(hold.gain > 0.0)) throw BadInput("sample_hold.gain = {}: must be positive", hold.gain);
}

}  // namespace

Adc::Adc(const AdcConfig& config, const SampleHoldConfig& hold, double lsb, std::array<std::uint32_t, 2> key)
    : lsb_(lsb),
      noiseVariance_(config.noiseLsb * config.noiseLsb + hold.noiseLsb * hold.noiseLsb),
      inverseLsb_(static_cast<float>(hold.gain / lsb)),
      maxCode_(0) {
  check(config, hold, lsb);
  maxCode_ = static_cast<std::int32_t>((std::int64_t{1} << config.bits) - 1);
  if (config.inlLsb != 0.0 || config.dnlLsb != 0.0) shift_ = nonlinearity(config, maxCode_, key);
}

bool Adc::isExact(double largest) const {
  return inverseLsb_ == 1.0F && noiseVariance_ == 0.0 && shift_.empty() && largest <= maxCode_;
}

void Adc::convert(const float* x, const float* variance, const float* normal, std::int32_t* code,
                  std::size_t count) const {
  const AdcTransfer transfer{inverseLsb_, static_cast<float>(noiseVariance_), static_cast<float>(maxCode_),
                             shift_.empty() ? nullptr : shift_.data()};
  HWY_DYNAMIC_DISPATCH(convertSamples)(transfer, AdcSamples{x, variance, normal, code, count});
}

}  // namespace crosstile
#endif  // HWY_ONCE
