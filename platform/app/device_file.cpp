// SPDX-License-Identifier: Apache-2.0
#include "platform/app/device_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/hardware/hardware.h"

namespace crosstile::app {
namespace {

namespace fs = std::filesystem;

struct Section {
  std::string name;
  std::vector<std::pair<std::string, std::string>> keys;
};

std::string quoted(double value, const char* unit) {
  return fmt::format("\"{:.17g} {}\"", value, unit);
}

std::vector<Section> sectionsOf(const DeviceKeys& cell, const Hardware& chip) {
  Section device{"device",
                 {{"law", "\"" + cell.law + "\""},
                  {"g_on", quoted(cell.gOn, "S")},
                  {"g_off", quoted(cell.gOff, "S")},
                  {"temperature", fmt::format("\"{:.9g} K\"", cell.temperature)}}};
  device.keys.insert(device.keys.end(), cell.ofLaw.begin(), cell.ofLaw.end());
  std::vector<Section> sections{{"array", {{"read_voltage", fmt::format("\"{:.9g} V\"", cell.readVolt)}}},
                                device};
  if (!chip.cost.deviceEnergy) return sections;
  const double power =
      chip.array.rows * chip.array.columns * 0.5 * (cell.gOn + cell.gOff) * cell.readVolt * cell.readVolt;
  sections.push_back(
      {"cost.array",
       {{"energy", fmt::format("\"{:.6g} J\"", power * chip.array.readTime.value)},
        {"power", fmt::format("\"{:.6g} W\"", power)},
        {"source", "\"derived: all cells at (G_on + G_off)/2, all rows on; a run counts the cells' own\""}}});
  return sections;
}

std::string oneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

std::string deviceFile(const std::string& name, const DeviceKeys& cell, const std::string& base,
                       const std::string& command) {
  const bool isFile = fs::path(base).extension() == ".toml";
  const std::vector<Section> sections = sectionsOf(cell, loadHardware(base));
  std::string toml = fmt::format("# CrossTile {}: {}\n", kVersion, oneLine(command));
  if (!cell.note.empty()) toml += "# " + oneLine(cell.note) + "\n";
  // TOML's literal strings have no escapes: a path with a quote in it can't be one.
  const std::string path = isFile ? fs::absolute(base).lexically_normal().string() : base;
  if (path.find_first_of("'\n\r") != std::string::npos)
    throw BadInput("--preset {}: must be a path without quotes", oneLine(path));
  toml += fmt::format("preset = '{}'\nname = \"{}\"\nreadout = \"device\"\n", path, name);
  std::vector<std::string> settings{"readout=device"};
  for (const Section& section : sections) {
    fmt::format_to(std::back_inserter(toml), "\n[{}]\n", section.name);
    for (const auto& [key, value] : section.keys) {
      fmt::format_to(std::back_inserter(toml), "{} = {}\n", key, value);
      settings.push_back(fmt::format("{}.{}={}", section.name, key, value));
    }
  }
  try {
    loadHardware(base, settings);
  } catch (const Error& error) {
    throw BadInput("{}: the fitted cell can't be one of {}: {}", name, base, error.what());
  }
  return toml;
}

}  // namespace crosstile::app
