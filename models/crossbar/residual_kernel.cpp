// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/residual_kernel.h"

#include "models/crossbar/residual_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/residual_kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;
constexpr std::size_t kF = ResidualSums::kFeatures;
static_assert(ResidualSums::kRank == 2 && kF == 10, "the features below");

/// Features of the vector of columns from `j` on; a column without current has none.
HWY_INLINE void featuresOf(const ColumnSums& in, std::size_t j, FloatVec (&x)[kF]) {
  const FloatTag d;
  const auto sum = [&](std::size_t block) HWY_ATTR { return hn::Load(d, in.sums + block * in.stride + j); };
  const auto whole = [&](std::size_t block) HWY_ATTR {
    return hn::Add(sum(block), hn::Load(d, in.base + block * in.stride + j));
  };
  const FloatVec current = sum(0);
  const FloatVec inverse =
      hn::IfThenElseZero(hn::Gt(current, hn::Zero(d)), hn::Div(hn::Set(d, 1.0F), current));
  const float* mean = in.sums + ResidualSums::kBlocks * in.stride;
  const FloatVec mean1 = hn::Set(d, mean[0]), mean2 = hn::Set(d, mean[1]);
  const FloatVec a1 = hn::Mul(sum(1), inverse), a2 = hn::Mul(sum(2), inverse);
  const FloatVec q1 = hn::Mul(mean1, inverse), q2 = hn::Mul(mean2, inverse);
  const FloatVec c1 = whole(3), c2 = whole(4), d1 = whole(5), d2 = whole(6);
  x[0] = hn::MulAdd(c1, a1, hn::Mul(c2, a2));
  x[1] = hn::MulAdd(d1, q1, hn::Mul(d2, q2));
  x[2] = current;
  x[3] = a1;
  x[4] = a2;
  x[5] = c1;
  x[6] = c2;
  x[7] = d1;
  x[8] = mean1;
  x[9] = q1;
}

void featuresKernel(const ColumnSums& in, float* HWY_RESTRICT out) {
  const FloatTag d;
  for (std::size_t j = 0; j < in.stride; j += hn::Lanes(d)) {
    FloatVec x[kF];
    featuresOf(in, j, x);
    for (std::size_t f = 0; f < kF; ++f) hn::Store(x[f], d, out + f * in.stride + j);
  }
}

void currentsKernel(const TwoLayerNetwork& network, const ColumnSums& in, float* HWY_RESTRICT out) {
  const FloatTag d;
  const std::size_t hidden = network.shape().hidden, stride = network.hiddenStride();
  const float* w1 = network.at(network.inputWeights());
  const float* b1 = network.at(network.hiddenBias());
  const float* w2 = network.at(network.outputWeights());
  const std::size_t w2Stride = network.outputStride();
  const float b2 = *network.at(network.outputBias());
  for (std::size_t j = 0; j < in.stride; j += hn::Lanes(d)) {
    FloatVec x[kF];
    featuresOf(in, j, x);
    FloatVec eta = hn::Set(d, b2);
    for (std::size_t h = 0; h < hidden; ++h) {
      FloatVec sum = hn::Set(d, b1[h]);
#pragma GCC unroll 10
      for (std::size_t f = 0; f < kF; ++f) sum = hn::MulAdd(x[f], hn::Set(d, w1[f * stride + h]), sum);
      eta = hn::MulAdd(hn::Max(sum, hn::Zero(d)), hn::Set(d, w2[h * w2Stride]), eta);
    }
    const FloatVec loss = hn::Add(hn::Add(hn::Set(d, 1.0F), hn::Sub(x[0], x[1])), eta);
    hn::Store(hn::IfThenElseZero(hn::Gt(x[2], hn::Zero(d)), hn::Div(x[2], loss)), d, out + j);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace crosstile {
namespace {

HWY_EXPORT(featuresKernel);
HWY_EXPORT(currentsKernel);

}  // namespace

void residualFeatures(const ColumnSums& sums, float* out) {
  HWY_DYNAMIC_DISPATCH(featuresKernel)(sums, out);
}

void residualCurrents(const TwoLayerNetwork& network, const ColumnSums& sums, float* out) {
  HWY_DYNAMIC_DISPATCH(currentsKernel)(network, sums, out);
}

}  // namespace crosstile
#endif  // HWY_ONCE
