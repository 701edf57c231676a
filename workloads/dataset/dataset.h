// SPDX-License-Identifier: Apache-2.0
// Images and labels from files: IDX (plain or gzip), NPY, CSV; the format is told from the content.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/network/network.h"

namespace crosstile {

enum class ImageLayout { nchw, nhwc };

/// Images as stored: `count` images of `shape` values each (IDX 28x28 -> {28, 28}; NPY N,C,H,W -> {C, H, W}).
struct Images {
  int count = 0;
  Shape shape;
  std::vector<float> values;
  const float* image(int i) const {
    return values.data() + static_cast<std::size_t>(i) * elementCount(shape);
  }
};

/// Reads at most `limit` images (all when 0). @throws BadInput naming the file: missing, truncated, not an
/// image file
Images readImages(const std::string& path, int limit = 0);
/// Reads at most `limit` labels (all when 0). @throws BadInput naming the file; CSV: one label a line
std::vector<int> readLabels(const std::string& path, int limit = 0);

/// Pixels as the network's input: laid out as CHW, scaled and normalised.
/// @throws BadInput when the images' shape does not fit `inputShape` ({28,28} fits {1,28,28} and {784})
std::vector<float> preprocess(const Images& images, const Shape& inputShape, const Preprocessing& how,
                              ImageLayout layout);

/// Writes values of `shape` as NPY (dtype float32, int64, int32 or uint16 by type), whole or not at all.
template <typename T>
void writeNpy(const std::string& path, const std::vector<std::size_t>& shape, const T* values);

}  // namespace crosstile
