// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/device_table.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "models/base/error.h"
#include "models/device/tabulated.h"

namespace crosstile::hardware {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool parse(std::string_view field, double& value) {
  field = trimmed(field);
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc{} && end == field.data() + field.size() && !field.empty();
}

bool isHeading(std::string_view row) {
  std::string letters;
  for (const char c : row) {
    if (c != ' ' && c != '\t' && c != '"')
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return letters == "voltage,current";
}

}  // namespace

void readDeviceTable(DeviceConfig& device, const std::string& where) {
  const std::string& path = device.table;
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw BadInput("{} = \"{}\": can't be read", where, path);
  std::vector<int> lineOf;
  device.tableVoltage.clear();
  device.tableCurrent.clear();
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    const std::string_view row = trimmed(text);
    if (row.empty() || row.front() == '#' || (lineOf.empty() && isHeading(row))) continue;
    const std::size_t comma = std::min(row.find(','), row.size());
    double voltage = 0.0, current = 0.0;
    if (comma == row.size() || !parse(row.substr(0, comma), voltage) ||
        !parse(row.substr(comma + 1), current))
      throw BadInput("{}:{}: \"{}\": must be a voltage and a current, as in 0.1,2.5e-6 (V, A)", path, line,
                     row.substr(0, 60));
    device.tableVoltage.push_back(voltage);
    device.tableCurrent.push_back(current);
    lineOf.push_back(line);
  }
  if (const auto fault = findTableFault(device.tableVoltage, device.tableCurrent)) {
    if (lineOf.empty()) throw BadInput("{}: {}", path, fault->problem);
    throw BadInput("{}:{}: {}", path, lineOf[fault->point], fault->problem);
  }
  try {
    TabulatedLaw(device.tableVoltage, device.tableCurrent, device.tableReadVoltage);
  } catch (const BadInput& e) {
    throw BadInput("{}: {}", path, e.what());
  }
}

}  // namespace crosstile::hardware
