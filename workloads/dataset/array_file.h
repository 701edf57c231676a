// SPDX-License-Identifier: Apache-2.0
// The file formats of images and labels, each to an array of floats whose first dimension counts images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/dataset/byte_reader.h"

namespace crosstile {

/// Numbers of one file. Double holds every 32-bit integer and label exactly.
struct NumberArray {
  std::vector<std::int64_t> dims;  ///< dims[0] entries, at most as many as asked for
  std::vector<double> values;
};

/// Reads the first `limit` entries (all when 0) of an IDX, NPY or CSV file, told apart by the content.
/// @throws BadInput naming the file (CSV: and line)
NumberArray readArray(const std::string& path, int limit);

NumberArray readIdx(ByteReader& file, int limit);
NumberArray readNpy(ByteReader& file, int limit);
NumberArray readCsv(ByteReader& file, int limit);

/// How values are stored.
enum class NumberType { u1, i1, u2, i2, u4, i4, u8, i8, f4, f8 };

/// Reads values of `dims`, with dims[0] cut to `limit` when that isn't 0.
NumberArray readNumbers(ByteReader& file, std::vector<std::int64_t> dims, NumberType type, bool bigEndian,
                        int limit);

}  // namespace crosstile
