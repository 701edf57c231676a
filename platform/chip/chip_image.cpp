// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/chip_image.h"

#include <map>
#include <tuple>

#include "workloads/mapping/traffic.h"

namespace crosstile {
namespace {

/// A stage's part on a tile, its blocks without levels.
void addStage(ChipImage::TileImage& tile, const Stage& stage, const std::vector<AdcTrim>& trims) {
  tile.programs.emplace_back();
  TileProgram& program = tile.programs.back();
  program.stage = stage;
  std::tie(program.outputBegin, program.outputCount) = outputsOf(stage, tile.node);
  program.outputCount -= program.outputBegin;
  program.stage.blocks.clear();
  for (const ArrayBlock& block : stage.blocks) {
    if (block.tile != tile.node) continue;
    tile.blocks.push_back(&block);
    ArrayBlock mine = block;
    mine.levels = nullptr;
    program.stage.blocks.push_back(std::move(mine));
    program.trims.push_back(trims.at(static_cast<std::size_t>(block.id)));
  }
}

}  // namespace

ChipImage makeChipImage(const ChipProgram& program, const std::vector<AdcTrim>& trims,
                        const Hardware& hardware, std::uint64_t seed, std::uint32_t draw) {
  ChipImage image;
  const int host = hardware.chip.tiles();
  std::map<int, std::size_t> indexOf;  // of a node's tile
  for (const Stage& stage : program.stages) {
    for (const int node : stage.tiles) {
      if (indexOf.emplace(node, image.tiles.size()).second) image.tiles.push_back({node, {}, {}});
      ChipImage::TileImage& tile = image.tiles[indexOf.at(node)];
      addStage(tile, stage, trims);
      tile.programs.back().seed = seed;
      tile.programs.back().draw = draw;
    }
  }
  const auto programOf = [&](const Stage& stage, int node) -> TileProgram& {
    return image.tiles[indexOf.at(node)].programs.at(static_cast<std::size_t>(stage.slot));
  };
  for (const Stage& stage : program.stages) {
    for (std::size_t k = 0; k < stage.streams.size(); ++k) {
      const Stream& stream = stage.streams[k];
      const int number = static_cast<int>(k);
      for (const Stream::Part& part : stream.parts) {
        if (part.stage < 0) {
          for (const int to : stage.tiles) {
            programOf(stage, to).sources.push_back({host, number, 0});
            image.routes.push_back({static_cast<std::uint32_t>(to), static_cast<std::uint32_t>(stage.firstStream + number),
                                    static_cast<std::uint32_t>(stream.ringBytes)});
          }
          image.inputBytes = static_cast<std::uint64_t>(stream.elements()) * static_cast<std::uint64_t>(stream.bytes);
          image.inputStride = static_cast<std::uint64_t>(stream.imageBytes);
          image.inputBytesPerCode = stream.bytes;
          continue;
        }
        const Stage& from = program.stages[static_cast<std::size_t>(part.stage)];
        for (const int node : from.tiles) {
          for (const int to : stage.tiles) {
            const auto [first, last] = outputsSent(from, node, part, stage, to, k > 0);
            if (first >= last) continue;
            programOf(stage, to).sources.push_back({node, number, part.channelBegin + first});
            auto& targets = programOf(from, node).targets;
            // All tiles of a stage take in the same codes of its matrix's input.
            if (k == 0 && to != stage.tiles.front() && hardware.timing.multicast) {
              targets.back().nodes.push_back(to);
              continue;
            }
            targets.push_back({{to}, stage.firstStream + number, first, last - first, part.channelBegin + first, stream.channels,
                               static_cast<std::uint64_t>(stream.imageBytes),
                               static_cast<std::uint64_t>(stream.ringBytes)});
          }
        }
      }
    }
  }
  const Stage& final = program.stages.back();
  image.resultBytes = static_cast<std::uint64_t>(final.outPositions) *
                      static_cast<std::uint64_t>(final.outputs) *
                      static_cast<std::uint64_t>(final.outputBytes);
  for (const int node : final.tiles) {
    TileProgram& p = programOf(final, node);
    p.toHost = true;
    p.targets = {{{host}, 0, p.outputBegin, p.outputCount, p.outputBegin, final.outputs, image.resultBytes, 0}};
  }
  image.inputElement = program.inputElement;
  image.outputElement = program.outputElement;
  image.outputBytesPerCode = final.outputBytes;
  image.outputSigned = final.outputFormat.isSigned;
  return image;
}

}  // namespace crosstile
