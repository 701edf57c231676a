// SPDX-License-Identifier: Apache-2.0
// im2col without the copy: which input element each row of a layer's matrix sees at each output position.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/network/network.h"

namespace crosstile {

/// A layer's matrix has rows (c, kh, kw) in ONNX's order and positions (y, x) row by row. Its input lies in a
/// buffer position by position, channels together (HWC), in the producer's order; `elementOf` leads from the
/// layer's own CHW index to there, through any reshape and transpose in between.
struct WindowMap {
  int channels = 1, height = 1, width = 1;  ///< of the input as the layer sees it
  int outHeight = 1, outWidth = 1;
  Window window;
  std::vector<std::int32_t> elementOf;  ///< CHW index -> element of the input buffer
  bool plain = false;                   ///< elementOf is that of HWC
  std::int32_t biasCode = 0;            ///< input of a last row, the bias's; 0: there is none
  int firstRow = 0, rowsHeld = -1;      ///< only these rows of the matrix; -1: all from the first on

  static constexpr std::int32_t kPadding = -1;  ///< "elements" that aren't in the buffer: 0,
  static constexpr std::int32_t kBias = -2;     ///< and biasCode

  int allRows() const { return channels * window.kernelH * window.kernelW + (biasCode != 0 ? 1 : 0); }
  int rows() const { return rowsHeld < 0 ? allRows() - firstRow : rowsHeld; }
  int positions() const { return outHeight * outWidth; }

  /// Input-buffer elements of rows [rowBegin, rowBegin + count) at a position, or kPadding or kBias.
  void gather(int position, int rowBegin, int count, std::int32_t* element) const;
  /// The code behind an element that gather() gave.
  template <typename T>
  T codeOf(std::int32_t element, const T* buffer) const {
    return element >= 0 ? buffer[element] : element == kBias ? static_cast<T>(biasCode) : T(0);
  }
  /// The largest input-buffer element that a position needs (-1: only padding).
  std::int32_t lastElement(int position) const;
};

/// The map of a convolution or dense layer whose input comes unpermuted, in HWC.
/// @param physicalOf  CHW index -> buffer element; empty: HWC of the layer's own input shape
WindowMap makeWindowMap(const Layer& layer, std::vector<std::int32_t> physicalOf);

/// HWC position of every CHW index of a shape ({n} and {c,h,w}).
std::vector<std::int32_t> hwcOf(const Shape& shape);

}  // namespace crosstile
