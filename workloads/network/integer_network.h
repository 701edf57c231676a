// SPDX-License-Identifier: Apache-2.0
// A network in integer arithmetic: what the accelerator computes when every analog product is exact. Made by
// workloads/encoding; run layer by layer by the integer reference (plain loops, no mapping or encoding code).
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/network/network.h"

namespace crosstile {

/// An integer code q stands for the real value scale * q.
struct CodeFormat {
  double scale = 1.0;
  int bits = 8;
  bool isSigned = false;
  std::int64_t low() const { return isSigned ? -(std::int64_t{1} << (bits - 1)) : 0; }
  std::int64_t high() const { return (std::int64_t{1} << (isSigned ? bits - 1 : bits)) - 1; }
};

/// Fixed-point rescaling: q = clamp(floor((a * multiplier + 2^(shift-1)) / 2^shift), low, high); a *
/// multiplier is exact (128 bits). shift >= 1.
struct Requantise {
  std::int64_t multiplier = 1;
  int shift = 1;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// The integer side of network.layers[i]. By kind:
///  conv, dense: acc = sum of weight * code + bias; output = requantise(acc), or acc when !hasRequantise (the
///  last one) relu: max(x, 0);  clip: clamp(x, low, high) maxPool: largest code of the window's part inside
///  the image averagePool, globalAveragePool: floor((2 sum + n) / (2 n)) with n the divisor (the kernel's
///  size with
///    countIncludePad, else the number of elements inside the image)
///  sigmoid, tanh: table[x - tableLow]
///  reshape, transpose, concat: the same codes moved; all inputs of a concat have its format;  softmax: the
///  codes unchanged (the host applies it to the logits) add: clamp(floor((sum over inputs k of code_k *
///  addMultipliers[k] + 2^(addShift-1)) / 2^addShift), low, high), the sum exact (128 bits), addShift >= 1
struct IntegerLayer {
  std::vector<std::int32_t> weights;  ///< layout of Layer::weights
  std::vector<std::int64_t> bias;
  /// Bias as a row of the matrix: bias = biasWeights * biasInput. Empty: bias is added digitally.
  std::vector<std::int32_t> biasWeights;
  std::int32_t biasInput = 0;  ///< code of the row's input
  /// Levels of the pairs' cells where training chose them, [row][output], the bias row last; weights = plus -
  /// minus.
  std::vector<std::uint8_t> plusLevels, minusLevels;
  bool hasRequantise = false;
  Requantise requantise;
  std::vector<std::int64_t>
      addMultipliers;  ///< one an input: scale of its codes over the output's, times 2^addShift
  int addShift = 1;
  std::int64_t low = 0, high = 0;  ///< of clip and add
  std::vector<std::int32_t> table;
  std::int64_t tableLow = 0;
  CodeFormat output;  ///< of this layer's output codes (bits of an unrequantised output: 64)
};

struct IntegerNetwork {
  const Network* network = nullptr;
  CodeFormat input;
  std::vector<IntegerLayer> layers;  ///< one for each of network->layers
};

/// Outputs of every layer for one input of codes (elementCount(network->inputShape) values, CHW).
std::vector<std::vector<std::int64_t>> runIntegerAllLayers(const IntegerNetwork& network,
                                                           const std::int64_t* input);

}  // namespace crosstile
