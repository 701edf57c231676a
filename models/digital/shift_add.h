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

}  // namespace crosstile
