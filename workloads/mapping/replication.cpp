// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/replication.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// Cores that one copy of a stage takes in the fullest of its tiles.
int coresOf(const Stage& stage) {
  int cores = 0;
  for (const ArrayBlock& block : stage.blocks) cores = std::max(cores, block.core + 1);
  return cores;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "conv1=4, conv2=2".
std::map<std::string, int> byHand(const std::string& text) {
  std::map<std::string, int> copies;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) {
    if (trimmed(item).empty()) continue;
    const auto equals = item.rfind('=');
    const std::string number = equals == std::string::npos ? "" : trimmed(item.substr(equals + 1));
    const bool isNumber =
        !number.empty() && number.size() < 7 && number.find_first_not_of("0123456789") == std::string::npos;
    if (!isNumber || std::stoi(number) < 1)
      throw BadInput("mapping.replicas: \"{}\": must be NODE=COPIES, COPIES from 1 on", trimmed(item));
    copies[trimmed(item.substr(0, equals))] = std::stoi(number);
  }
  return copies;
}

void copy(Stage& stage, int copies) {
  const int cores = coresOf(stage);
  const std::size_t own = stage.blocks.size();
  stage.replicas = copies;
  for (int r = 1; r < copies; ++r) {
    for (std::size_t b = 0; b < own; ++b) {
      ArrayBlock block = stage.blocks[b];
      block.replica = r;
      block.core += r * cores;
      stage.blocks.push_back(std::move(block));
    }
  }
}

}  // namespace

void chooseReplicas(ChipProgram& program, const ChipShape& chip, const MappingConfig& config) {
  std::map<std::string, int> hand = byHand(config.replicas);
  const auto roomFor = [&](const Stage& stage) {
    return stage.layer < 0 ? 1 : chip.coresPerTile / coresOf(stage);
  };
  int longest = 1;
  for (const Stage& stage : program.stages)
    longest = std::max(longest, (stage.input.positions() + roomFor(stage) - 1) / roomFor(stage));
  for (Stage& stage : program.stages) {
    int copies = config.replication == "balanced" ? (stage.input.positions() + longest - 1) / longest : 1;
    copies = std::min(copies, roomFor(stage));
    if (const auto found = hand.find(stage.name); found != hand.end()) {
      copies = found->second;
      if (copies > roomFor(stage)) {
        throw BadInput("mapping.replicas: node \"{}\" has room for {} copies in its tiles, not {}",
                       stage.name, roomFor(stage), copies);
      }
      hand.erase(found);
    }
    if (copies > 1) copy(stage, copies);
  }
  if (!hand.empty())
    throw BadInput("mapping.replicas: no weighted layer is called \"{}\"", hand.begin()->first);
}

}  // namespace crosstile
