// SPDX-License-Identifier: Apache-2.0
// Shift-and-add: what puts bit-streamed inputs and bit-sliced weights together again (ISAAC, section 4).
#pragma once

#include <cstddef>
#include <cstdint>

namespace crosstile {

/// The codes of one input plane into the columns' accumulators: sum[j] += code[j] 2^shift, or -= when
/// `negative` (the sign plane of two's complement inputs). SIMD with run-time dispatch; integers, so exact on
/// every instruction set.
/// @param shift  0 .. 62, such that no sum leaves 64 bits   @param count  columns
void shiftAdd(const std::int32_t* code, int shift, bool negative, std::int64_t* sum, std::size_t count);

/// The same with 32-bit accumulators: for those who know that no sum leaves 32 bits (see fitsInt32). shift 0
/// .. 30.
void shiftAdd(const std::int32_t* code, int shift, bool negative, std::int32_t* sum, std::size_t count);

/// Whether the sums of codes of `codeBits` bits over `planes` planes of `pulseBits` bits fit 32-bit
/// accumulators: |sum| <= (2^codeBits - 1) (2^(planes pulseBits) - 1) / (2^pulseBits - 1) < 2^31.
bool fitsInt32(int codeBits, int planes, int pulseBits);

/// Where the bit slices of an output are: slice s of output o is column o*outputStride + s*sliceStride.
struct SliceLayout {
  std::size_t outputs = 0;
  int slices = 1;
  int cellBits = 1;
  std::size_t outputStride = 1;
  std::size_t sliceStride = 1;
};

/// The slices of each output: out[o] = sum over s of gain[c] columnSum[c] 2^(cellBits s), c the slice's
/// column. `gain` is the sign or weight of the column (-1: the negative half of a pair, or a flipped column);
/// nullptr: 1 everywhere.
void combineSlices(const SliceLayout& layout, const std::int64_t* columnSum, const std::int32_t* gain,
                   std::int64_t* out);

}  // namespace crosstile
