// SPDX-License-Identifier: Apache-2.0
#include "platform/app/curve_file.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

#include "models/base/error.h"

namespace crosstile::app {
namespace {

constexpr double kMostVolt = 20.0, kMostAmpere = 1.0;  // beyond them a unit is wrong
constexpr double kDip = 0.2;  // of the largest current: measured curves jump

std::vector<std::string> fieldsOf(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t comma = std::min(line.find(',', start), line.size());
    std::string_view field = line.substr(start, comma - start);
    while (!field.empty() && (field.front() == ' ' || field.front() == '\t')) field.remove_prefix(1);
    while (!field.empty() && (field.back() == ' ' || field.back() == '\t' || field.back() == '\r'))
      field.remove_suffix(1);
    fields.emplace_back(field);
    start = comma + 1;
  }
  return fields;
}

/// Where the columns are, and what a volt or ampere is in their units.
struct Columns {
  int curve = -1, resistance = -1, volt = -1, ampere = -1;
  double voltUnit = 1.0, ampereUnit = 1.0;

  Columns(const std::vector<std::string>& names, const std::string& where) {
    const std::map<std::string, double> volts{{"voltage_v", 1.0}, {"voltage_mv", 1e-3}};
    const std::map<std::string, double> amperes{
        {"current_a", 1.0}, {"current_ma", 1e-3}, {"current_ua", 1e-6}, {"current_na", 1e-9}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      const int at = static_cast<int>(i);
      if (names[i] == "curve") curve = at;
      if (names[i] == "resistance_ohm") resistance = at;
      if (const auto v = volts.find(names[i]); v != volts.end()) volt = at, voltUnit = v->second;
      if (const auto a = amperes.find(names[i]); a != amperes.end()) ampere = at, ampereUnit = a->second;
    }
    if (volt >= 0 && ampere >= 0) return;
    throw BadInput(
        "{}: the columns must be named and include voltage_v (or _mv) and current_a (or _ma, _ua, _na); --columns names "
        "them for a file that doesn't",
        where);
  }
};

double number(const std::string& field, const std::string& where, const char* what) {
  double value = 0.0;
  const char* begin = field.data() + (field.size() > 1 && field.front() == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value))
    throw BadInput("{}: {} \"{}\": must be a finite number", where, what, field.substr(0, 40));
  return value;
}

}  // namespace

std::vector<IvCurve> readCurves(const std::string& path, const std::string& columns, double readVolt) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw BadInput("{}: can't be read", path);
  std::vector<std::string> names;
  if (!columns.empty()) names = fieldsOf(columns);
  std::map<std::string, std::size_t> index;
  std::vector<IvCurve> curves;
  std::string line;
  for (int n = 1; std::getline(file, line); ++n) {
    const auto fields = fieldsOf(line);
    if ((fields.size() == 1 && fields[0].empty()) || fields[0].rfind('#', 0) == 0) continue;
    const std::string where = fmt::format("{}:{}", path, n);
    if (names.empty()) {
      names = fields;
      Columns(names, where);
      continue;
    }
    const Columns at(names, columns.empty() ? path : "--columns " + columns);
    if (fields.size() != names.size())
      throw BadInput("{}: {} values for {} columns", where, fields.size(), names.size());
    const std::string name = at.curve >= 0 ? fields[static_cast<std::size_t>(at.curve)] : std::string();
    const auto [found, isNew] = index.emplace(name, curves.size());
    if (isNew) {
      IvCurve curve;
      curve.name = name.empty() ? path : fmt::format("{}: curve {}", path, name);
      curves.push_back(std::move(curve));
    }
    IvCurve& curve = curves[found->second];
    curve.volt.push_back(at.voltUnit * number(fields[static_cast<std::size_t>(at.volt)], where, "voltage"));
    curve.ampere.push_back(at.ampereUnit * number(fields[static_cast<std::size_t>(at.ampere)], where, "current"));
    if (std::abs(curve.volt.back()) > kMostVolt || std::abs(curve.ampere.back()) > kMostAmpere) {
      throw BadInput("{}: {:g} V, {:g} A: beyond {:g} V and {:g} A; is the unit another (voltage_mv, current_ma, _ua, _na)?",
                     where, curve.volt.back(), curve.ampere.back(), kMostVolt, kMostAmpere);
    }
    if (at.resistance < 0) continue;
    const double ohm = number(fields[static_cast<std::size_t>(at.resistance)], where, "resistance");
    if (!(ohm > 0.0)) throw BadInput("{}: resistance {:g} ohm: must be above 0", where, ohm);
    if (curve.resistance != 0.0 && curve.resistance != ohm)
      throw BadInput("{}: resistance {:g} ohm: the curve's first line has {:g}", where, ohm, curve.resistance);
    curve.resistance = ohm;
  }
  if (curves.empty()) throw BadInput("{}: holds no curves", path);
  for (IvCurve& curve : curves) {
    if (curve.resistance == 0.0 && readVolt > 0.0) curve.resistance = resistanceAt(curve, readVolt);
  }
  return curves;
}

void checkMonotone(const std::vector<IvCurve>& curves, const std::string& path) {
  for (const IvCurve& curve : curves) {
    double largest = 0.0;
    for (const double a : curve.ampere) largest = std::max(largest, std::abs(a));
    for (std::size_t i = 1; i < curve.volt.size(); ++i) {
      const double rise = curve.volt[i] - curve.volt[i - 1];
      const double change = (curve.ampere[i] - curve.ampere[i - 1]) * (rise > 0.0 ? 1.0 : -1.0);
      if (rise == 0.0 || change >= -kDip * largest) continue;
      throw BadInput(
          "{}: not monotone: from {:g} to {:g} V the current goes from {:g} to {:g} A; a conduction law is fitted to one "
          "branch (loops: --model mean_metastable_switch)",
          curve.name.empty() ? path : curve.name, curve.volt[i - 1], curve.volt[i], curve.ampere[i - 1],
          curve.ampere[i]);
    }
  }
}

}  // namespace crosstile::app
