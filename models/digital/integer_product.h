// SPDX-License-Identifier: Apache-2.0
// Exact products of integer vectors and matrices: what bit-streams, bit-slices, converters and shift-add come
// to together where no conversion loses anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/aligned.h"
#include "models/base/span.h"

namespace crosstile {

/// A matrix of 16-bit weights, rows x outputs, for products with integer vectors. Immutable once filled.
class IntegerMatrix {
 public:
  /// Scratch of addProduct(); one a thread.
  struct Scratch {
    std::vector<std::uint32_t> pair;  ///< first those pairs of rows that aren't both at 0 ...
    std::vector<std::int32_t> codes;  ///< ... and their two codes, 16 bits each
    AlignedVector<std::int32_t> sums;
  };

  IntegerMatrix(int rows, int outputs);
  /// @param weights  rows x outputs, row by row   @return false, the matrix then worthless, when one isn't of
  /// 16 bits
  bool fill(Span<const std::int32_t> weights);
  int rows() const { return rows_; }
  int outputs() const { return outputs_; }

  /// sums[o] += factor * sum over rows r of weight(r, o) * codes[r]: `rows` codes of -32768 .. 65535,
  /// `outputs` sums; exact as long as no sum leaves 64 bits. SIMD with run-time dispatch.
  void addProduct(const std::int32_t* codes, std::int64_t factor, std::int64_t* sums, Scratch& scratch) const;

 private:
  template <class Part>
  void addParts(const Part& part, std::int32_t largest, std::int64_t factor, std::int64_t* sums,
                Scratch& scratch) const;

  int rows_, outputs_;
  std::size_t stride_;                   // values of a pair of rows: two an output, whole 64-byte lines
  std::int32_t largest_ = 0;             // |weight|
  AlignedVector<std::int16_t> weights_;  // [pair of rows][output][which of the two]
};

}  // namespace crosstile
