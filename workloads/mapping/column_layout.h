// SPDX-License-Identifier: Apache-2.0
// Where the physical bit lines of an array lie.
#pragma once

#include "models/crossbar/array_config.h"
#include "workloads/encoding/slices.h"

namespace crosstile {

/// Offset and reference column sit in the middle, so that they
/// see the same mean wire resistance as the data columns whose errors they cancel.
struct ColumnLayout {
  ColumnLayout(const ArrayConfig& array, const EncodingConfig& encoding) : data(array.columns) {
    int next = data / 2;
    if (hasOffsetColumn(encoding)) offset = next++;
    if (array.referenceColumn) reference = next++;
    extra = next - data / 2;
  }
  int physical(int column) const { return column < data / 2 ? column : column + extra; }
  int total() const { return data + extra; }
  int data, offset = -1, reference = -1, extra = 0;
};

}  // namespace crosstile
