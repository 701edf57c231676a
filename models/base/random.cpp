// SPDX-License-Identifier: Apache-2.0
#include "models/base/random.h"

#include <Random123/philox.h>

#include <cmath>

namespace crosstile {
namespace {

RandomStream::Block philox(const RandomStream::Counter& counter, const std::array<std::uint32_t, 2>& key) {
  const r123::Philox4x32::ctr_type c{{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::key_type k{{key[0], key[1]}};
  const r123::Philox4x32::ctr_type word = r123::Philox4x32()(c, k);
  return {word[0], word[1], word[2], word[3]};
}

std::uint32_t low(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}
std::uint32_t high(std::uint64_t x) {
  return static_cast<std::uint32_t>(x >> 32);
}

/// An odd multiple of 2^-53: in (0, 1), never 0 or 1.
double toUniform(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t bits = (std::uint64_t{a} << 32 | b) >> 11;
  return static_cast<double>(bits | 1U) * 0x1p-53;
}

}  // namespace

// For one seed the first step is a bijection of (draw, array, replica, epoch); the second mixes in the
// purpose, and 64 of its 128 bits are kept: two streams of a run share a key with probability 2^-64.
RandomStream::RandomStream(const StreamOwner& owner, Purpose purpose) {
  const Block state =
      philox({owner.draw, owner.array, owner.replica, owner.epoch}, {low(owner.seed), high(owner.seed)});
  const Block mixed = philox(state, {static_cast<std::uint32_t>(purpose), 0x63726F73U});
  key_ = {mixed[0], mixed[1]};
}

RandomStream::Block RandomStream::block(const Counter& counter) const {
  return philox(counter, key_);
}

double RandomStream::uniform(std::uint64_t index, std::uint32_t part) const {
  const Block word = block({low(index), high(index), part, 0});
  return toUniform(word[0], word[1]);
}

double RandomStream::normal(std::uint64_t index, std::uint32_t part) const {
  constexpr double kTwoPi = 6.283185307179586476925;
  const Block word = block({low(index), high(index), part, 1});
  return std::sqrt(-2.0 * std::log(toUniform(word[0], word[1]))) *
         std::cos(kTwoPi * toUniform(word[2], word[3]));
}

}  // namespace crosstile
