// SPDX-License-Identifier: Apache-2.0
// A chip program cut into what each tile is told, and how images and results lie in host memory.
#pragma once

#include <cstdint>
#include <vector>

#include "platform/hardware/hardware.h"
#include "platform/tile/tile_program.h"

namespace crosstile {

/// What is written into the chip: per tile its program and the levels of its arrays.
struct ChipImage {
  struct TileImage {
    int node = 0;
    std::vector<TileProgram> programs;      ///< of its stages, by slot
    std::vector<const ArrayBlock*> blocks;  ///< with levels
  };
  std::vector<TileImage> tiles;
  struct Route {
    std::uint32_t node = 0, stream = 0, ringBytes = 0;
  };
  std::vector<Route> routes;      ///< who takes in images
  std::uint64_t inputBytes = 0;   ///< of one image
  std::uint64_t inputStride = 0;  ///< of one image in the streams of the input tiles: whole lines
  std::uint64_t resultBytes = 0;
  int inputBytesPerCode = 1;
  bool inputSigned = false;
  std::vector<std::int32_t>
      inputElement;  ///< CHW index of the network's input -> element of the input buffer
  std::vector<std::int32_t> outputElement;  ///< CHW index of the output -> element of the result
  int outputBytesPerCode = 8;
  bool outputSigned = true;
};

/// Cuts a chip program into what each tile is told. @param trims  by array id
ChipImage makeChipImage(const ChipProgram& program, const std::vector<AdcTrim>& trims,
                        const Hardware& hardware, std::uint64_t seed, std::uint32_t draw);

}  // namespace crosstile
