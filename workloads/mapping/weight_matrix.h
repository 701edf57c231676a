// SPDX-License-Identifier: Apache-2.0
// The matrix of a weighted layer as the levels of cells.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/encoding/slices.h"
#include "workloads/network/integer_network.h"

namespace crosstile {

/// Rows are inputs, the bias row last; a grouped convolution is zero outside its group.
class WeightMatrix {
 public:
  /// @param firstRow  row of the matrix that is called 0
  WeightMatrix(const Layer& layer, const IntegerLayer& values, const EncodingConfig& encoding, int firstRow);
  /// Levels of a slice of an output's weights in rows [row, row + count). @param levels  out
  void column(int row, int count, int output, const SliceSpec& slice, std::vector<std::uint8_t>& levels) const;

 private:
  const IntegerLayer& values_;
  const EncodingConfig& encoding_;
  int firstRow_;
  int outputs_, groupRows_, groupOutputs_, biasRow_;
};

}  // namespace crosstile
