// SPDX-License-Identifier: Apache-2.0
// A fitted device as a hardware file: the chip of a preset or of another file, with this cell in it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace crosstile::app {

/// What a fit says about a cell.
struct DeviceKeys {
  double gOff = 0.0, gOn = 0.0;  ///< the law's own G, S
  double readVolt = 0.0;         ///< V
  double temperature = 0.0;      ///< K
  std::string law;
  std::vector<std::pair<std::string, std::string>> ofLaw;  ///< key of [device], value as TOML
  std::string note;                                        ///< a comment, one line
};

/// The text of the file. Where the chip counts the cells' own energy, the table's energy of an array read,
/// which is an upper bound, becomes this cell's too.
/// @param base  a preset or a hardware file (NAME.toml, relative to where the program runs)
/// @throws BadInput when the chip can't be read, or refuses the cell
std::string deviceFile(const std::string& name, const DeviceKeys& keys, const std::string& base,
                       const std::string& command);

}  // namespace crosstile::app
