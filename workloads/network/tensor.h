// SPDX-License-Identifier: Apache-2.0
// Dense tensors of a network, without a batch dimension: {channels, height, width} or {features}.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crosstile {

using Shape = std::vector<int>;

/// Number of elements of a shape.
inline std::int64_t elementCount(const Shape& shape) {
  std::int64_t n = 1;
  for (const int d : shape) n *= d;
  return n;
}
/// "6x14x14".
std::string toString(const Shape& shape);

/// Values in row-major order of `shape`.
template <typename T>
struct Tensor {
  Shape shape;
  std::vector<T> values;
};

}  // namespace crosstile
