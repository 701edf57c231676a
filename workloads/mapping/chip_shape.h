// SPDX-License-Identifier: Apache-2.0
// What mapping needs to know of the chip: sections [chip], [tile], [core] of a hardware file.
#pragma once

#include <cstddef>
#include <string>

#include "models/base/quantity.h"

namespace crosstile {

struct ChipShape {
  int meshColumns = 7;    ///< routers in x
  int meshRows = 6;       ///< routers in y
  int concentration = 4;  ///< tiles that share a router
  int coresPerTile = 12;
  int arraysPerCore = 8;
  Bytes bufferSize{65536};  ///< of a tile
  int tiles() const { return meshColumns * meshRows * concentration; }
};

}  // namespace crosstile
