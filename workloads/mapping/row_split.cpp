// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/row_split.h"

#include <fmt/format.h>

namespace crosstile {
namespace {

/// The stage of rows [first, first + count), which hands on its sums.
Stage partOf(const Stage& whole, int first, int count) {
  Stage part;
  part.name = fmt::format("{} (rows {} to {})", whole.name, first, first + count - 1);
  part.layer = whole.layer;
  part.ledger = whole.ledger;
  part.layers = {whole.layer};
  part.streams = {whole.streams.front()};
  part.input = whole.input;
  part.input.firstRow = first;
  part.input.rowsHeld = count;
  part.planes = whole.planes;
  part.outputs = whole.outputs;
  part.bias.assign(whole.bias.size(), 0);
  part.partial = true;
  part.outPositions = whole.input.positions();
  part.outputFormat = {1.0, 64, true};
  part.outputBytes = 8;
  return part;
}

/// Takes in the sums of stage `from`.
void takeSums(Stage& stage, int from) {
  Stream sums;
  sums.parts = {{from, 0}};
  sums.channels = stage.outputs;
  sums.positions = stage.input.positions();
  sums.format = {1.0, 64, true};
  sums.bytes = 8;
  stage.sumStream = static_cast<int>(stage.streams.size());
  stage.streams.push_back(sums);
}

}  // namespace

void splitRows(ChipProgram& program, const RowSplit& config) {
  std::vector<Stage> stages;
  std::vector<int> renamed;  // of the stages as they were
  for (Stage& stage : program.stages) {
    for (Stream& stream : stage.streams) {
      for (Stream::Part& part : stream.parts) {
        if (part.stage >= 0) part.stage = renamed.at(static_cast<std::size_t>(part.stage));
      }
    }
    const bool grouped =
        stage.layer >= 0 && config.network.layers[static_cast<std::size_t>(stage.layer)].groups > 1;
    const int rows = stage.layer < 0 || grouped ? 0 : stage.input.rows();
    const int rowBlocks = (rows + config.arrayRows - 1) / config.arrayRows;
    if (rowBlocks > config.arraysPerTile) {
      const int parts = (rowBlocks + config.arraysPerTile - 1) / config.arraysPerTile;
      const int most = (rowBlocks + parts - 1) / parts * config.arrayRows;
      for (int first = 0; first + most < rows; first += most) {
        stages.push_back(partOf(stage, first, most));
        if (first > 0) takeSums(stages.back(), static_cast<int>(stages.size()) - 2);
        stage.input.firstRow = first + most;
      }
      takeSums(stage, static_cast<int>(stages.size()) - 1);
    }
    renamed.push_back(static_cast<int>(stages.size()));
    stages.push_back(std::move(stage));
  }
  program.stages = std::move(stages);
}

}  // namespace crosstile
