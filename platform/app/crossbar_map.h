// SPDX-License-Identifier: Apache-2.0
// Maps of a crossbar's operating point: what every node and cell sees, as numbers and as a picture.
#pragma once

#include <string>
#include <vector>

#include "models/crossbar/circuit_solver.h"

namespace crosstile::app {

/// The files of a map: word_voltage.csv and bit_voltage.csv (V, at each crossing), cell_current.csv (A),
/// cell_power.csv (W, dissipated in each cell), each a line a word line, and map.svg, heat maps of all four.
/// @param head  lines of provenance, which every file carries as a comment
std::vector<std::pair<std::string, std::string>> mapFiles(const OperatingPoint& point,
                                                          const std::vector<std::string>& head);

}  // namespace crosstile::app
