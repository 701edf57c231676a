// SPDX-License-Identifier: Apache-2.0
// Counter-based random streams (Random123's Philox4x32-10): a draw depends on what it is for, never on when
// it is made, so results don't depend on threads, batches or timing mode.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace crosstile {

/// What a stream is drawn for; every purpose is independent of the others.
enum class Purpose : std::uint32_t {
  programmingError = 1,
  deviceVariability,
  stuckCell,
  lawResidual,
  drift,
  readNoise,
  converter,
  weights,
  sampling,
  emulator,
  lowFrequencyNoise = 20,
  telegraphNoise = 21,
  amplifier = 22,
  switchDevice = 30,  ///< what a metastable switch differs in from others
  switchCycle = 31,   ///< ... and from pulse to pulse
  switchCounts = 32,  ///< how many of its switches go on and off
  senseNoise = 33,    ///< reading back what was programmed
  endurance = 34,
  stepDevice = 40,  ///< variation between the cells of a step device
  stepPulse = 41,   ///< noise of their pulses
  pulseTrain = 42,
  learningNoise = 43,  ///< of inputs and reads in training
  initialWeights = 44,
  sampleOrder = 45,
};

/// Whose stream it is: one array of one draw (independent programming of the chip), replica and programming
/// epoch.
struct StreamOwner {
  std::uint64_t seed = 0;
  std::uint32_t draw = 0;
  std::uint32_t array = 0;
  std::uint32_t replica = 0;
  std::uint32_t epoch = 0;
};

/// A stream of random blocks, addressed by a 128-bit counter.
class RandomStream {
 public:
  using Counter = std::array<std::uint32_t, 4>;
  using Block = std::array<std::uint32_t, 4>;

  RandomStream(const StreamOwner& owner, Purpose purpose);

  /// 128 random bits for the counter.
  Block block(const Counter& counter) const;
  /// Uniform in (0, 1), an odd multiple of 2^-53, for draw `index` of the stream.
  double uniform(std::uint64_t index, std::uint32_t part = 0) const;
  /// Standard normal for draw `index` of the stream (Box-Muller on two 53-bit uniforms).
  double normal(std::uint64_t index, std::uint32_t part = 0) const;
  /// The Philox key of the stream, for the vectorised generator.
  std::array<std::uint32_t, 2> key() const { return key_; }

 private:
  std::array<std::uint32_t, 2> key_;
};

/// Standard normals in single precision, vectorised (SIMD with run-time dispatch): out[i] comes from word i %
/// 4 of the block with counter {i / 4 + 1, c1, c2, c3} through Box-Muller on pairs of words. The same bits
/// for every vector width with FMA; a value depends on its own index only.
/// @param out  `count` values (written; count need not be a multiple of the vector width)
void fillNormals(std::array<std::uint32_t, 2> key, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                 float* out, std::size_t count);

/// The same for the samples of one MVM: out[p*stride + j] is element j of fillNormals(key, firstPlane + p,
/// position, input, ...), for `planes` input planes and all `stride` columns (padding too), in one pass.
/// @param stride  a multiple of 4
void fillNormalPlanes(std::array<std::uint32_t, 2> key, std::uint32_t firstPlane, std::uint32_t position,
                      std::uint32_t input, float* out, std::size_t planes, std::size_t stride);

}  // namespace crosstile
