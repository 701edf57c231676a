// SPDX-License-Identifier: Apache-2.0
// The points that no other beats.
#pragma once

#include <cstddef>
#include <vector>

namespace crosstile {

/// Indices, ascending, of the rows that no other row dominates: is at least as small in every column and smaller in one.
/// All numbers are to be minimised; equal rows stand together.
std::vector<std::size_t> paretoFront(const std::vector<std::vector<double>>& rows);

}  // namespace crosstile
