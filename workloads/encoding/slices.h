// SPDX-License-Identifier: Apache-2.0
// Bit-streaming of inputs into planes and bit-slicing of weights into cells.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/encoding/encoding_config.h"
#include "workloads/network/integer_network.h"

namespace crosstile {

/// One input plane: `bits` bits of every input code from bit `shift` on, as one pulse. A signed input's top
/// bit is a plane of its own that counts negative (two's complement).
struct Plane {
  int shift = 0;
  int bits = 1;
  bool negative = false;
};

/// Planes of a format, least significant first; `pulseBits` bits each, fewer in the last.
std::vector<Plane> planesOf(const CodeFormat& format, int pulseBits);

/// One column of cells that holds a slice of a weight: the weight is the sum over its columns of
/// sign * level * 2^shift, minus (offset scheme) 2^(weightBits-1).
struct SliceSpec {
  int shift = 0;
  int sign = 1;
};

/// The columns of one weight, in the order in which they lie in the array.
std::vector<SliceSpec> slicesOf(const EncodingConfig& encoding);

/// Levels (0 .. 2^cellBits - 1) of weight codes in a slice. @param levels  out, one a weight
void levelsOf(const std::vector<std::int32_t>& weights, const SliceSpec& slice, const EncodingConfig& encoding,
              std::uint8_t* levels);

/// Weight code that level 0 in every slice stands for, negated: 2^(weightBits-1) in the offset scheme, else
/// 0.
std::int64_t weightOffset(const EncodingConfig& encoding);

inline int maxLevel(const EncodingConfig& encoding) {
  return (1 << encoding.cellBits) - 1;
}
inline int maxDigit(const EncodingConfig& encoding) {
  return (1 << encoding.pulseBits) - 1;
}
/// True when a weight is the difference of two cells.
inline bool isPaired(const EncodingConfig& encoding) {
  return encoding.scheme != "offset";
}
/// Offset weights and flipped columns both need the sum of the inputs.
inline bool needsInputSum(const EncodingConfig& encoding) {
  return encoding.scheme == "offset" || encoding.flippedColumns;
}
/// True when an offset column in each array measures it.
inline bool hasOffsetColumn(const EncodingConfig& encoding) {
  return needsInputSum(encoding) && encoding.inputSum == "column";
}
/// Arrays that together hold a weight.
inline int arraysPerWeight(const EncodingConfig& encoding) {
  return encoding.slicePlacement == "arrays" ? static_cast<int>(slicesOf(encoding).size()) : 1;
}

}  // namespace crosstile
