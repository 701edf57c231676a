// SPDX-License-Identifier: Apache-2.0
// `crosstile map`: where a network's layers lie on the chip.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "platform/app/floor_plan.h"
#include "platform/app/session.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

/// One stage as JSON: the table prints the same values.
Json stageJson(const Session& session, const Stage& stage) {
  std::set<std::pair<int, int>> cores;
  std::int64_t cells = 0;
  int flipped = 0, columns = 0;
  for (const ArrayBlock& block : stage.blocks) {
    cores.emplace(block.tile, block.core);
    cells += static_cast<std::int64_t>(block.rowCount) * static_cast<std::int64_t>(block.columns.size());
    columns += static_cast<int>(block.columns.size());
    flipped += static_cast<int>(std::count_if(block.columns.begin(), block.columns.end(),
                                              [](const ColumnCode& c) { return c.flipped; }));
  }
  const double capacity =
      static_cast<double>(stage.blocks.size()) * session.hardware.array.rows * session.hardware.array.columns;
  Json json;
  json["layer"] = stage.name;
  for (const int l : stage.layers)
    json["layers"].push_back(session.network.layers[static_cast<std::size_t>(l)].name);
  json["rows"] = stage.layer < 0 ? 0 : stage.input.rows();
  json["outputs"] = stage.outputs;
  json["positions"] = stage.input.positions();
  json["planes"] = stage.planes.size();
  json["row_blocks"] = stage.rowBlocks.size();
  json["arrays"] = stage.blocks.size();
  json["cores"] = cores.size();
  json["tiles"] = stage.tiles;
  json["columns"] = columns;
  json["flipped_columns"] = flipped;
  json["cell_utilisation"] = capacity > 0.0 ? static_cast<double>(cells) / capacity : 0.0;
  json["replicas"] = stage.replicas;
  std::int64_t buffered = 0;
  for (const Stream& stream : stage.streams) {
    buffered += stream.ringBytes;
    std::vector<std::string> sources;
    for (const Stream::Part& part : stream.parts)
      sources.push_back(part.stage < 0 ? "host"
                                       : session.program.stages[static_cast<std::size_t>(part.stage)].name);
    json["streams"].push_back({{"from", sources},
                               {"image_bytes", stream.imageBytes},
                               {"buffer_bytes", stream.ringBytes},
                               {"credit_bytes", stream.creditBytes}});
  }
  json["buffer_bytes"] = buffered;
  for (const ArrayBlock& b : stage.blocks) {
    json["blocks"].push_back({{"array", b.id},
                              {"tile", b.tile},
                              {"core", b.core},
                              {"slot", b.slot},
                              {"replica", b.replica},
                              {"rows", {b.rowBegin, b.rowBegin + b.rowCount}},
                              {"outputs", {b.outputBegin, b.outputBegin + b.outputCount}}});
  }
  return json;
}

Json mapJson(const Session& session) {
  const ChipShape& chip = session.hardware.chip;
  Json json;
  json["network"] = session.options().network;
  json["hardware"] = session.hardware.name;
  json["arrays"] = {{"used", session.program.arrays},
                    {"of", chip.tiles() * chip.coresPerTile * chip.arraysPerCore}};
  json["cores"] = {{"used", session.program.cores}, {"of", chip.tiles() * chip.coresPerTile}};
  json["tiles"] = {{"used", session.program.tiles}, {"of", chip.tiles()}};
  const double cores = std::max(session.program.tiles * chip.coresPerTile, 1);
  json["core_utilisation"] = session.program.cores / cores;
  json["array_utilisation"] = session.program.arrays / (cores * chip.arraysPerCore);
  for (const Stage& stage : session.program.stages) json["stages"].push_back(stageJson(session, stage));
  return json;
}

void printTable(const Json& json) {
  fmt::print("{:<24}{:>7}{:>9}{:>11}{:>8}{:>7}{:>7}{:>9}{:>8}  {}\n", "layer", "rows", "outputs", "positions",
             "arrays", "cores", "tiles", "flipped", "cells", "on tiles");
  for (const Json& s : json["stages"]) {
    std::string tiles;
    for (const auto& t : s["tiles"]) tiles += fmt::format("{}{}", tiles.empty() ? "" : " ", t.get<int>());
    fmt::print("{:<24}{:>7}{:>9}{:>11}{:>8}{:>7}{:>7}{:>9}{:>7.1f}%  {}\n", s["layer"].get<std::string>(),
               s["rows"].get<int>(), s["outputs"].get<int>(), s["positions"].get<int>(),
               s["arrays"].get<int>(), s["cores"].get<int>(), s["tiles"].size(),
               s["flipped_columns"].get<int>(), 100 * s["cell_utilisation"].get<double>(), tiles);
  }
  for (const char* what : {"arrays", "cores", "tiles"}) {
    fmt::print("{:<8}{} of {}\n", what, json[what]["used"].get<int>(), json[what]["of"].get<int>());
  }
  fmt::print("of the tiles in use {:.1f} % of the cores, {:.1f} % of the arrays\n",
             100 * json["core_utilisation"].get<double>(), 100 * json["array_utilisation"].get<double>());
}

}  // namespace

void addMap(CLI::App& app, Context& context) {
  auto options = std::make_shared<SessionOptions>();
  CLI::App* command = app.add_subcommand("map", "Show where a network's layers lie on the chip");
  options->addTo(*command, false);
  auto floor = std::make_shared<std::string>();
  command->add_option("--floor", *floor, "Write a picture of the chip floor (SVG)");
  command->callback([options, floor, &context] {
    if (!floor->empty()) checkOutputFile(*floor);
    const Session session(*options);
    if (!floor->empty()) writeWhole(*floor, floorPlan(session));
    const Json json = mapJson(session);
    if (context.json)
      fmt::print("{}\n", json.dump(2));
    else
      printTable(json);
  });
}

}  // namespace crosstile::app
