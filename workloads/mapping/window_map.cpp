// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/window_map.h"

#include <algorithm>

namespace crosstile {

void WindowMap::gather(int position, int rowBegin, int count, std::int32_t* element) const {
  const int y0 = position / outWidth * window.strideH - window.padTop;
  const int x0 = position % outWidth * window.strideW - window.padLeft;
  const int kernel = window.kernelH * window.kernelW;
  const int first = firstRow + rowBegin;
  int c = first / kernel;
  int ky = first % kernel / window.kernelW;
  int kx = first % window.kernelW;
  for (int i = 0; i < count; ++i) {
    const int y = y0 + ky;
    const int x = x0 + kx;
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    if (c == channels) {
      element[i] = kBias;
      continue;
    }
    element[i] = inside ? elementOf[static_cast<std::size_t>((c * height + y) * width + x)] : kPadding;
    if (++kx < window.kernelW) continue;
    kx = 0;
    if (++ky < window.kernelH) continue;
    ky = 0;
    ++c;
  }
}

std::int32_t WindowMap::lastElement(int position) const {
  std::vector<std::int32_t> element(static_cast<std::size_t>(rows()));
  gather(position, 0, rows(), element.data());
  return std::max(kPadding, *std::max_element(element.begin(), element.end()));
}

std::vector<std::int32_t> hwcOf(const Shape& shape) {
  const int channels = shape[0];
  const auto pixels = static_cast<int>(elementCount(shape) / channels);
  std::vector<std::int32_t> index(static_cast<std::size_t>(channels) * static_cast<std::size_t>(pixels));
  for (int c = 0; c < channels; ++c) {
    for (int p = 0; p < pixels; ++p) index[static_cast<std::size_t>(c * pixels + p)] = p * channels + c;
  }
  return index;
}

WindowMap makeWindowMap(const Layer& layer, std::vector<std::int32_t> physicalOf) {
  WindowMap map;
  const bool dense = layer.kind == LayerKind::dense;
  const auto size = static_cast<int>(elementCount(layer.inputShape));
  std::vector<std::int32_t> own = hwcOf(dense ? Shape{size, 1, 1} : layer.inputShape);
  map.plain = physicalOf.empty() || physicalOf == own;
  map.elementOf = physicalOf.empty() ? std::move(own) : std::move(physicalOf);
  if (dense) {
    map.channels = size;
    return map;
  }
  map.channels = layer.inputShape[0];
  map.height = layer.inputShape[1];
  map.width = layer.inputShape[2];
  map.outHeight = layer.outputShape[1];
  map.outWidth = layer.outputShape[2];
  map.window = layer.window;
  return map;
}

}  // namespace crosstile
