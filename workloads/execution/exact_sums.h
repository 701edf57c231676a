// SPDX-License-Identifier: Apache-2.0
// The sums of a stage without planes, slices and conversions, where those lose nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/base/span.h"
#include "models/digital/integer_product.h"
#include "workloads/execution/stage_array.h"

namespace crosstile {

/// The arrays of a stage as integer matrices, one a row block: with the `ideal` readout and converters that
/// give every possible sum of a column as a code of its own, bit-streaming, bit-slicing, conversion and
/// shift-add come to the product of codes and weights. Bit for bit the same sums as by way of pulses, for a
/// fraction of the work.
class ExactSums {
 public:
  /// @param decoders  of each array   @param rowBlocks  of the stage
  /// @return null when a read or a conversion could change a value, or a weight is wider than 16 bits
  static std::unique_ptr<const ExactSums> make(const EncodingConfig& encoding, Span<const StageArray> arrays,
                                               Span<const ColumnDecoder> decoders, std::size_t rowBlocks,
                                               int outputCount);

  /// Adds what one row block contributes to the sums of a position.
  /// @param codes  of the row block's rows   @param sums  one an output
  void add(int rowBlock, const std::int32_t* codes, std::int64_t* sums,
           IntegerMatrix::Scratch& scratch) const;

 private:
  std::vector<std::unique_ptr<IntegerMatrix>> matrices_;  // of each row block; none that has no array here
};

}  // namespace crosstile
