// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/two_layer_network.h"

#include <algorithm>

namespace crosstile {

void TwoLayerNetwork::hiddenBase(const float* matrix, float* base) const {
  std::copy_n(at(hiddenBias()), hiddenStride(), base);
  addProduct({matrix, shape_.matrixInputs}, 1, shape_.matrixInputs, at(matrixWeights()), hiddenStride(), base,
             hiddenStride(), hiddenStride());
}

void TwoLayerNetwork::forward(const float* base, const float* x, std::size_t xStride, std::size_t batch,
                              float* hidden, float* y) const {
  for (std::size_t b = 0; b < batch; ++b) std::copy_n(base, hiddenStride(), hidden + b * hiddenStride());
  addProduct({x, xStride}, batch, shape_.inputs, at(inputWeights()), hiddenStride(), hidden, hiddenStride(),
             hiddenStride());
  finish(hidden, batch, y);
}

void TwoLayerNetwork::finish(float* hidden, std::size_t batch, float* y) const {
  const std::size_t n = batch * hiddenStride();
  for (std::size_t i = 0; i < n; ++i) hidden[i] = std::max(0.0F, hidden[i]);
  for (std::size_t b = 0; b < batch; ++b)
    std::copy_n(at(outputBias()), outputStride(), y + b * outputStride());
  addProduct({hidden, hiddenStride()}, batch, shape_.hidden, at(outputWeights()), outputStride(), y,
             outputStride(), outputStride());
}

}  // namespace crosstile
