// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/fault_files.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "models/base/error.h"
#include "models/device/stuck.h"
#include "workloads/mapping/column_layout.h"

namespace crosstile::hardware {
namespace {

constexpr double kLargestConductance = 10.0;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\"");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

/// Calls `line(number, text)` for every line that isn't empty or a comment.
void forLines(const std::string& path, const std::string& where,
              const std::function<void(int, std::string_view)>& line) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw BadInput("{} = \"{}\": can't be read", where, path);
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    const std::string_view row = trimmed(text);
    if (!row.empty() && row.front() != '#') line(number, row);
  }
}

std::optional<double> conductance(std::string_view field) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  const bool whole = error == std::errc{} && end == field.data() + field.size();
  if (!whole || !(value >= 0.0) || !(value <= kLargestConductance)) return std::nullopt;
  return value;
}

/// What a cell of a yield map says: NaN for "as programmed".
std::optional<double> fault(std::string_view field, const DeviceConfig& device) {
  constexpr double kAsProgrammed = std::numeric_limits<double>::quiet_NaN();
  if (field == "ok") return kAsProgrammed;
  if (field == "on") return device.gOn.value;
  if (field == "off") return device.gOff.value;
  if (field == "open") return 0.0;
  const auto g = conductance(field);
  return g && *g == 0.0 ? kAsProgrammed : g;
}

}  // namespace

void readStuckDistribution(NonidealityConfig& nonideality, const std::string& where) {
  nonideality.stuckConductances.clear();
  forLines(nonideality.stuckDistribution, where, [&](int line, std::string_view row) {
    const auto g = conductance(row);
    if (!g) {
      throw BadInput("{}:{}: \"{}\": must be one conductance from 0 to {} S, as in 2.5e-6",
                     nonideality.stuckDistribution, line, row.substr(0, 60), kLargestConductance);
    }
    nonideality.stuckConductances.push_back(*g);
  });
  if (nonideality.stuckConductances.empty())
    throw BadInput("{}: holds no conductance: must hold at least one", nonideality.stuckDistribution);
}

void readYieldMap(Hardware& h, const std::string& where) {
  const std::string& path = h.nonideality.yieldMap;
  const ColumnLayout layout(h.array, h.encoding);
  auto map = std::make_shared<YieldMap>();
  map->rows = h.array.rows;
  map->columns = layout.total();
  const auto width = static_cast<std::size_t>(layout.total());
  int lines = 0;
  forLines(path, where, [&](int line, std::string_view row) {
    ++lines;
    std::vector<double> entries;
    while (true) {
      const std::size_t comma = std::min(row.find(','), row.size());
      const auto value = fault(trimmed(row.substr(0, comma)), h.device);
      if (!value) {
        throw BadInput("{}:{}: \"{}\": must be 0, ok, on, off, open or a conductance in siemens up to {}",
                       path, line, row.substr(0, std::min<std::size_t>(comma, 60)), kLargestConductance);
      }
      entries.push_back(*value);
      if (comma == row.size()) break;
      row.remove_prefix(comma + 1);
    }
    if (entries.size() != width && entries.size() != static_cast<std::size_t>(h.array.columns)) {
      throw BadInput("{}:{}: {} cells: must be {} (array.columns) or {} (all physical columns)", path, line,
                     entries.size(), h.array.columns, width);
    }
    std::vector<double> physical(width, std::numeric_limits<double>::quiet_NaN());
    const bool dataOnly = entries.size() != width;
    for (std::size_t c = 0; c < entries.size(); ++c)
      physical[dataOnly ? static_cast<std::size_t>(layout.physical(static_cast<int>(c))) : c] = entries[c];
    map->cells.insert(map->cells.end(), physical.begin(), physical.end());
  });
  if (lines == 0 || lines % h.array.rows != 0) {
    throw BadInput("{}: {} lines of cells: must be array.rows ({}) or a multiple of it", path, lines,
                   h.array.rows);
  }
  h.nonideality.yieldCells = std::move(map);
}

}  // namespace crosstile::hardware
