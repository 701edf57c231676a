// SPDX-License-Identifier: Apache-2.0
#include "workloads/encoding/slices.h"

#include <algorithm>

namespace crosstile {

std::vector<Plane> planesOf(const CodeFormat& format, int pulseBits) {
  std::vector<Plane> planes;
  const int magnitudeBits = format.isSigned ? format.bits - 1 : format.bits;
  for (int shift = 0; shift < magnitudeBits; shift += pulseBits) {
    planes.push_back({shift, std::min(pulseBits, magnitudeBits - shift), false});
  }
  if (format.isSigned) planes.push_back({format.bits - 1, 1, true});
  return planes;
}

std::vector<SliceSpec> slicesOf(const EncodingConfig& encoding) {
  const bool pairs = isPaired(encoding);
  const int bits = pairs ? encoding.weightBits - 1 : encoding.weightBits;
  std::vector<SliceSpec> slices;
  for (int shift = 0; shift < bits; shift += encoding.cellBits) {
    slices.push_back({shift, 1});
    if (pairs) slices.push_back({shift, -1});
  }
  return slices;
}

void levelsOf(const std::vector<std::int32_t>& weights, const SliceSpec& slice, const EncodingConfig& encoding,
              std::uint8_t* levels) {
  const std::int32_t top = maxLevel(encoding);
  const int shift = slice.shift;
  const std::size_t count = weights.size();
  if (encoding.scheme == "average") {  // plus + minus is the top level, or one less where that can't be
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t plus = (top + weights[i]) >> 1;
      levels[i] = static_cast<std::uint8_t>(slice.sign > 0 ? plus : plus - weights[i]);
    }
  } else if (encoding.scheme == "differential") {
    for (std::size_t i = 0; i < count; ++i)
      levels[i] = static_cast<std::uint8_t>((std::max(slice.sign * weights[i], 0) >> shift) & top);
  } else {
    const auto offset = static_cast<std::int32_t>(weightOffset(encoding));
    for (std::size_t i = 0; i < count; ++i)
      levels[i] = static_cast<std::uint8_t>(((weights[i] + offset) >> shift) & top);
  }
}

std::int64_t weightOffset(const EncodingConfig& encoding) {
  return isPaired(encoding) ? 0 : std::int64_t{1} << (encoding.weightBits - 1);
}

}  // namespace crosstile
