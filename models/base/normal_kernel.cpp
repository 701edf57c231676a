// SPDX-License-Identifier: Apache-2.0
// Standard normals in bulk: Philox4x32-10 (Salmon et al., SC 2011), one block a SIMD lane, then Box-Muller
//     r = sqrt(-2 ln u),  u = (w >> 1) 2^-31 + 2^-32 in (0, 1],  n = r cos(2 pi w'/2^32), r sin(2 pi w'/2^32)
// in single precision. The angle's quadrant comes from the word's integer bits, so the polynomials below see
// an exact argument. Everything is exact, correctly rounded or an explicit fused multiply-add: AVX2 and
// AVX-512 give the same bits. |n| <= sqrt(64 ln 2) = 6.66.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "models/base/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/base/normal_kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace crosstile {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using WordTag = hn::ScalableTag<std::uint32_t>;
using IntTag = hn::ScalableTag<std::int32_t>;
using FloatTag = hn::ScalableTag<float>;
using WordVec = hn::Vec<WordTag>;
using FloatVec = hn::Vec<FloatTag>;

/// The 64-bit product of each lane with a constant, as high and low words.
HWY_INLINE void multiply(WordVec x, std::uint32_t factor, WordVec& high, WordVec& low) {
#if HWY_TARGET == HWY_SCALAR
  const std::uint64_t product = std::uint64_t{x.raw} * factor;
  const WordTag d;
  high = hn::Set(d, static_cast<std::uint32_t>(product >> 32));
  low = hn::Set(d, static_cast<std::uint32_t>(product));
#else
  const WordTag d;
  const hn::Repartition<std::uint64_t, WordTag> wide;
  const WordVec m = hn::Set(d, factor);
  const auto even = hn::MulEven(x, m);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, x))), m);
  high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
  low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
#endif
}

/// Ten rounds of Philox4x32; `word` is the counter, then the random block.
HWY_INLINE void philox(std::uint32_t key0, std::uint32_t key1, WordVec (&word)[4]) {
  const WordTag d;
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    WordVec high0, low0, high1, low1;
    multiply(word[0], 0xD2511F53U, high0, low0);
    multiply(word[2], 0xCD9E8D57U, high1, low1);
    word[0] = hn::Xor(hn::Xor(high1, word[1]), hn::Set(d, key0));
    word[1] = low1;
    word[2] = hn::Xor(hn::Xor(high0, word[3]), hn::Set(d, key1));
    word[3] = low0;
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// sqrt(-2 ln u) for u = (word >> 1) 2^-31 + 2^-32. With u = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)):
/// ln u = e ln 2 + f - f^2/2 + f^3 P(f), P a minimax fit with an error below 1e-8 of f^3 P.
HWY_INLINE FloatVec radius(WordVec word) {
  const FloatTag d;
  const IntTag di;
  const auto k = hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<1>(word)));
  const auto u = hn::MulAdd(k, hn::Set(d, 0x1p-31F), hn::Set(d, 0x1p-32F));
  const auto bits = hn::BitCast(di, u);
  const auto exponent = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3F3504F3)));  // bits of sqrt(1/2)
  const auto f = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent))), hn::Set(d, 1.0F));
  auto p = hn::Set(d, 0.0867650956F);
  p = hn::MulAdd(p, f, hn::Set(d, -0.143755823F));
  p = hn::MulAdd(p, f, hn::Set(d, 0.149746031F));
  p = hn::MulAdd(p, f, hn::Set(d, -0.165647864F));
  p = hn::MulAdd(p, f, hn::Set(d, 0.199553043F));
  p = hn::MulAdd(p, f, hn::Set(d, -0.250016928F));
  p = hn::MulAdd(p, f, hn::Set(d, 0.333341509F));
  p = hn::MulAdd(p, f, hn::Set(d, -0.5F));
  const auto log1p = hn::MulAdd(hn::Mul(f, f), p, f);
  const auto log = hn::MulAdd(hn::ConvertTo(d, exponent), hn::Set(d, 0.693147181F), log1p);
  return hn::Sqrt(hn::Max(hn::Mul(log, hn::Set(d, -2.0F)), hn::Zero(d)));
}

/// cos and sin of 2 pi word / 2^32. word = q 2^30 + t 2^30 with t in [-1/2, 1/2): the quarter turn q swaps
/// and negates cos(pi t/2) and sin(pi t/2), minimax fits in t^2 with errors below 5e-9.
HWY_INLINE void cosSin(WordVec word, FloatVec& cosine, FloatVec& sine) {
  const FloatTag d;
  const IntTag di;
  const WordTag du;
  const auto t = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftLeft<2>(word))), hn::Set(d, 0x1p-32F));
  const auto quarter = hn::ShiftRight<30>(hn::Add(word, hn::Set(du, 1U << 29)));
  const auto z = hn::Mul(t, t);
  auto s = hn::MulAdd(hn::Set(d, -0.00460217707F), z, hn::Set(d, 0.0796802267F));
  s = hn::MulAdd(s, z, hn::Set(d, -0.645963490F));
  s = hn::Mul(hn::MulAdd(s, z, hn::Set(d, 1.57079637F)), t);
  auto c = hn::MulAdd(hn::Set(d, 0.000903631677F), z, hn::Set(d, -0.0208600722F));
  c = hn::MulAdd(c, z, hn::Set(d, 0.253669202F));
  c = hn::MulAdd(c, z, hn::Set(d, -1.23370051F));
  c = hn::MulAdd(c, z, hn::Set(d, 1.0F));
  const auto swap = hn::MaskFromVec(hn::BitCast(d, hn::Sub(hn::Zero(du), hn::And(quarter, hn::Set(du, 1U)))));
  const auto signSine = hn::ShiftLeft<31>(hn::ShiftRight<1>(quarter));
  const auto signCosine = hn::ShiftLeft<31>(hn::ShiftRight<1>(hn::Add(quarter, hn::Set(du, 1U))));
  cosine = hn::Xor(hn::IfThenElse(swap, s, c), hn::BitCast(d, signCosine));
  sine = hn::Xor(hn::IfThenElse(swap, c, s), hn::BitCast(d, signSine));
}

/// The counters of one vector of consecutive blocks: block b of `perPlane` in plane c1.
class BlockCounter {
 public:
  BlockCounter(std::uint32_t perPlane, std::uint32_t plane) : perPlane_(perPlane) {
    const WordTag d;
    const std::size_t lanes = hn::Lanes(d);
    HWY_ALIGN std::uint32_t block[hn::MaxLanes(WordTag())];
    HWY_ALIGN std::uint32_t planes[hn::MaxLanes(WordTag())];
    for (std::size_t i = 0; i < lanes; ++i) {
      block[i] = static_cast<std::uint32_t>(i % perPlane);
      planes[i] = plane + static_cast<std::uint32_t>(i / perPlane);
    }
    block_ = hn::Load(d, block);
    plane_ = hn::Load(d, planes);
    blockStep_ = static_cast<std::uint32_t>(lanes % perPlane);
    planeStep_ = static_cast<std::uint32_t>(lanes / perPlane);
  }
  WordVec block() const { return hn::Add(block_, hn::Set(WordTag(), 1U)); }
  WordVec plane() const { return plane_; }
  void advance() {
    const WordTag d;
    const IntTag
        di;  // block numbers stay below 2^30, so a signed comparison will do on every instruction set
    block_ = hn::Add(block_, hn::Set(d, blockStep_));
    const auto over = hn::RebindMask(
        d, hn::Gt(hn::BitCast(di, block_), hn::Set(di, static_cast<std::int32_t>(perPlane_ - 1))));
    block_ = hn::IfThenElse(over, hn::Sub(block_, hn::Set(d, perPlane_)), block_);
    plane_ = hn::Add(plane_, hn::Set(d, planeStep_));
    plane_ = hn::IfThenElse(over, hn::Add(plane_, hn::Set(d, 1U)), plane_);
  }

 private:
  std::uint32_t perPlane_, blockStep_, planeStep_;
  WordVec block_, plane_;
};

/// The first `count` of planes of 4 perPlane normals each, one after another.
void fillPlanes(std::array<std::uint32_t, 2> key, std::uint32_t perPlane, std::uint32_t firstPlane,
                std::uint32_t c2, std::uint32_t c3, float* out, std::size_t count) {
  const WordTag du;
  const FloatTag d;
  const std::size_t step = 4 * hn::Lanes(du);
  HWY_ALIGN float tail[4 * hn::MaxLanes(FloatTag())];
  BlockCounter counter(perPlane, firstPlane);
  for (std::size_t at = 0; at < count; at += step, counter.advance()) {
    WordVec word[4] = {counter.block(), counter.plane(), hn::Set(du, c2), hn::Set(du, c3)};
    philox(key[0], key[1], word);
    FloatVec cosA, sinA, cosB, sinB;
    cosSin(word[1], cosA, sinA);
    cosSin(word[3], cosB, sinB);
    const FloatVec a = radius(word[0]);
    const FloatVec b = radius(word[2]);
    const bool whole = count - at >= step;
    hn::StoreInterleaved4(hn::Mul(a, cosA), hn::Mul(a, sinA), hn::Mul(b, cosB), hn::Mul(b, sinB), d,
                          whole ? out + at : tail);
    if (!whole) std::copy(tail, tail + (count - at), out + at);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace crosstile
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace crosstile {
namespace {
HWY_EXPORT(fillPlanes);
}  // namespace

void fillNormals(std::array<std::uint32_t, 2> key, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                 float* out, std::size_t count) {
  if (count == 0) return;
  const auto blocks = static_cast<std::uint32_t>((count + 3) / 4);
  HWY_DYNAMIC_DISPATCH(fillPlanes)(key, blocks, c1, c2, c3, out, count);
}

void fillNormalPlanes(std::array<std::uint32_t, 2> key, std::uint32_t firstPlane, std::uint32_t position,
                      std::uint32_t input, float* out, std::size_t planes, std::size_t stride) {
  if (planes == 0 || stride == 0) return;
  HWY_DYNAMIC_DISPATCH(fillPlanes)
  (key, static_cast<std::uint32_t>(stride / 4), firstPlane, position, input, out, planes * stride);
}

}  // namespace crosstile
#endif  // HWY_ONCE
