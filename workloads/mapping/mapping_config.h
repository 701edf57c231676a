// SPDX-License-Identifier: Apache-2.0
// Choices of the mapper: section [mapping] of a hardware file.
#pragma once

#include <cstdint>
#include <string>

namespace crosstile {

struct MappingConfig {
  std::string replication =
      "none";                    ///< none | balanced: copies of weights in the spare cores of a layer's tiles
  std::string replicas;          ///< by hand: "node=copies, ..."; counts for the nodes named
  std::string packing = "none";  ///< none | tile: several small stages in the cores of one tile
  std::string placement = "annealed";  ///< snake | annealed
  std::uint64_t placementSeed = 1;
};

}  // namespace crosstile
