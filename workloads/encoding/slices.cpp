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

std::uint16_t levelOf(std::int64_t w, const SliceSpec& slice, const EncodingConfig& encoding) {
  if (encoding.scheme == "average") {  // plus + minus is the top level, or one less where that can't be
    const std::int64_t sum = maxLevel(encoding) + w;
    const std::int64_t plus = sum >> 1;
    return static_cast<std::uint16_t>(slice.sign > 0 ? plus : plus - w);
  }
  const std::int64_t code = encoding.scheme == "differential" ? std::max<std::int64_t>(slice.sign * w, 0)
                                                              : w + weightOffset(encoding);
  return static_cast<std::uint16_t>((code >> slice.shift) & maxLevel(encoding));
}

std::int64_t weightOffset(const EncodingConfig& encoding) {
  return isPaired(encoding) ? 0 : std::int64_t{1} << (encoding.weightBits - 1);
}

}  // namespace crosstile
