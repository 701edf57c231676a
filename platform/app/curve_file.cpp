// SPDX-License-Identifier: Apache-2.0
#include "platform/app/curve_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>

#include "models/base/error.h"

namespace crosstile::app {
namespace {

constexpr double kMostVolt = 20.0, kMostAmpere = 1.0;      // beyond them a unit is wrong
constexpr double kLeastVolt = 1e-2, kLeastAmpere = 1e-13;  // a curve's largest must reach these
constexpr double kMostApart = 2.0;                         // of a stated resistance and that of the samples
constexpr double kDip = 0.2;                               // of the largest current: measured curves jump

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

/// The beginning of a field, fit to be shown.
std::string printable(std::string field) {
  field.resize(std::min<std::size_t>(field.size(), 40));
  std::replace_if(
      field.begin(), field.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return field;
}

/// Where the columns are, and what one of their units is in V, A, s, ohm.
struct Columns {
  struct Column {
    int at = -1;
    double unit = 1.0;
    explicit operator bool() const { return at >= 0; }
  };
  Column curve, resistance, volt, ampere, second;

  /// @param where  file and line, or the option, that names them
  Columns(const std::vector<std::string>& names, const std::string& where) {
    const std::map<std::string, std::pair<Column*, double>> known{
        {"curve", {&curve, 1.0}},        {"resistance_ohm", {&resistance, 1.0}},
        {"voltage_v", {&volt, 1.0}},     {"voltage_mv", {&volt, 1e-3}},
        {"current_a", {&ampere, 1.0}},   {"current_ma", {&ampere, 1e-3}},
        {"current_ua", {&ampere, 1e-6}}, {"current_na", {&ampere, 1e-9}},
        {"time_s", {&second, 1.0}},      {"time_ms", {&second, 1e-3}},
        {"time_us", {&second, 1e-6}}};
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == "-") continue;
      const auto found = known.find(names[i]);
      if (found == known.end()) {
        throw BadInput("{}: unknown column \"{}\"; columns: {}{}", where, printable(names[i]), kColumns,
                       columnsHint(names));
      }
      auto& [column, unit] = found->second;
      if (*column) throw BadInput("{}: column \"{}\" says again what an earlier one says", where, names[i]);
      *column = {static_cast<int>(i), unit};
    }
    if (!volt || !ampere)
      throw BadInput("{}: no column of {}; columns: {}", where, volt ? "currents" : "voltages", kColumns);
  }

 private:
  static constexpr const char* kColumns =
      "voltage_v (_mv), current_a (_ma, _ua, _na), curve, resistance_ohm, time_s (_ms, _us), - (skipped)";

  /// A first line of numbers is no line of names.
  static std::string columnsHint(const std::vector<std::string>& names) {
    return names[0].find_first_not_of("0123456789.+-eE") == std::string::npos
               ? "; the first line names them, or --columns does"
               : "";
  }
};

double number(const std::string& field, const std::string& where, const char* what) {
  double value = 0.0;
  const char* begin = field.data() + (field.size() > 1 && field.front() == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value))
    throw BadInput("{}: {} \"{}\": must be a finite number", where, what, printable(field));
  return value;
}

/// The lines of a file, gathered into curves.
class CurveTable {
 public:
  explicit CurveTable(std::string path) : path_(std::move(path)) {}

  void add(const std::vector<std::string>& fields, const Columns& columns, const std::string& where) {
    const auto value = [&](const Columns::Column& column, const char* what) {
      return column.unit * number(fields[static_cast<std::size_t>(column.at)], where, what);
    };
    IvCurve& curve =
        curveOf(columns.curve ? fields[static_cast<std::size_t>(columns.curve.at)] : std::string());
    const double volt = value(columns.volt, "voltage"), ampere = value(columns.ampere, "current");
    if (std::abs(volt) > kMostVolt || std::abs(ampere) > kMostAmpere) {
      throw BadInput(
          "{}: {:g} V, {:g} A: beyond {:g} V and {:g} A; is the unit another (voltage_mv, current_ma, _ua, "
          "_na)?",
          where, volt, ampere, kMostVolt, kMostAmpere);
    }
    curve.volt.push_back(volt);
    curve.ampere.push_back(ampere);
    if (columns.second) curve.second.push_back(value(columns.second, "time"));
    if (!columns.resistance) return;
    const double ohm = value(columns.resistance, "resistance");
    if (!(ohm > 0.0)) throw BadInput("{}: resistance {:g} ohm: must be above 0", where, ohm);
    if (curve.resistance != 0.0 && curve.resistance != ohm)
      throw BadInput("{}: resistance {:g} ohm: the curve's first line has {:g}", where, ohm,
                     curve.resistance);
    curve.resistance = ohm;
  }

  std::vector<IvCurve> take(double readVolt) {
    if (curves_.empty()) throw BadInput("{}: holds no curves", path_);
    for (IvCurve& curve : curves_) {
      checkMagnitudes(curve);
      if (readVolt > 0.0) readResistance(curve, readVolt);
    }
    return std::move(curves_);
  }

 private:
  IvCurve& curveOf(const std::string& label) {
    const auto [found, isNew] = index_.emplace(label, curves_.size());
    if (isNew) {
      curves_.emplace_back();
      curves_.back().label = label;
      curves_.back().name = label.empty() ? path_ : fmt::format("{}: curve {}", path_, label);
    }
    return curves_[found->second];
  }

  static void checkMagnitudes(const IvCurve& curve) {
    double volt = 0.0, ampere = 0.0;
    for (const double v : curve.volt) volt = std::max(volt, std::abs(v));
    for (const double a : curve.ampere) ampere = std::max(ampere, std::abs(a));
    if (volt < kLeastVolt || ampere < kLeastAmpere) {
      throw BadInput("{}: at most {:g} V and {:g} A: below {:g} V or {:g} A; is the unit another?",
                     curve.name, volt, ampere, kLeastVolt, kLeastAmpere);
    }
  }

  /// The file's resistance must be that of its samples: a wrong unit of either shows here.
  static void readResistance(IvCurve& curve, double readVolt) {
    const double read = resistanceAt(curve, readVolt);
    if (curve.resistance == 0.0) curve.resistance = read;
    const double ratio = read / curve.resistance;
    if (ratio < kMostApart && ratio > 1.0 / kMostApart) return;
    throw BadInput("{}: resistance_ohm is {:g}, but V/I at {:g} V {:g} ohm: which unit is wrong?", curve.name,
                   curve.resistance, readVolt, read);
  }

  std::string path_;
  std::map<std::string, std::size_t> index_;
  std::vector<IvCurve> curves_;
};

}  // namespace

std::vector<IvCurve> readCurves(const std::string& path, const std::string& columns, double readVolt) {
  std::ifstream file(path);
  if (!file || std::filesystem::is_directory(path)) throw BadInput("{}: can't be read", path);
  std::vector<std::string> names;
  std::optional<Columns> at;
  if (!columns.empty()) at.emplace(names = fieldsOf(columns), "--columns " + columns);
  CurveTable table(path);
  std::string line;
  for (int n = 1; std::getline(file, line); ++n) {
    const auto fields = fieldsOf(line);
    if ((fields.size() == 1 && fields[0].empty()) || fields[0].rfind('#', 0) == 0) continue;
    const std::string where = fmt::format("{}:{}", path, n);
    if (!at) {
      at.emplace(names = fields, where);
      continue;
    }
    if (fields.size() != names.size())
      throw BadInput("{}: {} values for {} columns", where, fields.size(), names.size());
    table.add(fields, *at, where);
  }
  return table.take(readVolt);
}

void checkMonotone(const std::vector<IvCurve>& curves) {
  for (const IvCurve& curve : curves) {
    double largest = 0.0;
    for (const double a : curve.ampere) largest = std::max(largest, std::abs(a));
    std::vector<std::size_t> order(curve.volt.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t i, std::size_t j) { return curve.volt[i] < curve.volt[j]; });
    for (std::size_t k = 1; k < order.size(); ++k) {
      const std::size_t i = order[k - 1], j = order[k];
      if (curve.ampere[j] - curve.ampere[i] >= -kDip * largest) continue;
      throw BadInput(
          "{}: not monotone: from {:g} to {:g} V the current goes from {:g} to {:g} A; a conduction law is "
          "fitted to "
          "one branch (loops: --model mean_metastable_switch)",
          curve.name, curve.volt[i], curve.volt[j], curve.ampere[i], curve.ampere[j]);
    }
  }
}

}  // namespace crosstile::app
