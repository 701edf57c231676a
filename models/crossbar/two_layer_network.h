// SPDX-License-Identifier: Apache-2.0
// The network of every emulator: one hidden layer of rectified units.
#pragma once

#include <cstddef>

#include "models/base/aligned.h"
#include "models/crossbar/dense_kernel.h"

namespace crosstile {

/// y = W2^T max(0, Wm^T m + W1^T x + b1) + b2
/// `m` is an input that stays the same for many x (the conductances of a programmed array), so its part of
/// the hidden layer is computed once. All parameters lie in one vector; rows are padded with zeros to whole
/// 64-byte lines.
class TwoLayerNetwork {
 public:
  struct Shape {
    std::size_t matrixInputs = 0;  ///< of m; may be 0
    std::size_t inputs = 0;        ///< of x
    std::size_t hidden = 0;
    std::size_t outputs = 0;
    bool operator==(const Shape& o) const {
      return matrixInputs == o.matrixInputs && inputs == o.inputs && hidden == o.hidden &&
             outputs == o.outputs;
    }
  };

  TwoLayerNetwork() = default;
  /// All parameters zero.
  explicit TwoLayerNetwork(const Shape& shape) : shape_(shape), parameters_(sizeOf(shape), 0.0F) {}

  const Shape& shape() const { return shape_; }
  std::size_t hiddenStride() const { return paddedFloats(shape_.hidden); }
  std::size_t outputStride() const { return paddedFloats(shape_.outputs); }
  static std::size_t sizeOf(const Shape& s) {
    return (s.matrixInputs + s.inputs + 1) * paddedFloats(s.hidden) +
           (s.hidden + 1) * paddedFloats(s.outputs);
  }

  AlignedVector<float>& parameters() { return parameters_; }
  const AlignedVector<float>& parameters() const { return parameters_; }
  // Offsets into parameters().
  std::size_t matrixWeights() const { return 0; }  ///< [matrixInputs][hidden]
  std::size_t inputWeights() const { return shape_.matrixInputs * hiddenStride(); }  ///< [inputs][hidden]
  std::size_t hiddenBias() const { return inputWeights() + shape_.inputs * hiddenStride(); }
  std::size_t outputWeights() const { return hiddenBias() + hiddenStride(); }  ///< [hidden][outputs]
  std::size_t outputBias() const { return outputWeights() + shape_.hidden * outputStride(); }
  const float* at(std::size_t offset) const { return parameters_.data() + offset; }
  float* at(std::size_t offset) { return parameters_.data() + offset; }

  /// b1 + Wm^T m: what the hidden layer starts from. @param base  hiddenStride() values (out)
  void hiddenBase(const float* matrix, float* base) const;
  /// y for `batch` vectors x that share `base`.
  /// @param x  [batch][inputs], rows of `xStride`   @param hidden  [batch][hiddenStride()] (out): the
  /// activations   @param y  [batch][outputStride()] (out)
  void forward(const float* base, const float* x, std::size_t xStride, std::size_t batch, float* hidden,
               float* y) const;
  /// The second layer alone. @param hidden  sums of the hidden layer (rectified here)
  void finish(float* hidden, std::size_t batch, float* y) const;

 private:
  Shape shape_;
  AlignedVector<float> parameters_;
};

}  // namespace crosstile
