// SPDX-License-Identifier: Apache-2.0
#include "platform/app/crossbar_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "models/base/quantity.h"

namespace crosstile::app {
namespace {

/// One map: a value a crossing.
struct Field {
  const char* file;
  const char* title;
  Unit unit;
  Eigen::MatrixXd values;
};

std::string toCsv(const Field& field, const std::vector<std::string>& head) {
  std::string text;
  for (const std::string& line : head) text += "# " + line + "\n";
  text += fmt::format("# {}, {}, a line a word line\n", field.title, symbol(field.unit));
  for (Eigen::Index i = 0; i < field.values.rows(); ++i) {
    for (Eigen::Index j = 0; j < field.values.cols(); ++j)
      fmt::format_to(std::back_inserter(text), "{}{:.17g}", j > 0 ? "," : "", field.values(i, j));
    text += '\n';
  }
  return text;
}

constexpr int kShades = 48;
constexpr double kPanel = 360.0;  // longest side of a panel, px
constexpr double kMargin = 40.0;

/// A scale that is readable in grey and by the colour-blind: dark blue through green to yellow, in even steps
/// of lightness.
std::string shade(double t) {
  constexpr std::array<std::array<double, 3>, 5> kStops{
      {{38, 16, 84}, {46, 86, 140}, {30, 148, 132}, {122, 204, 80}, {252, 232, 56}}};
  const double x = std::clamp(t, 0.0, 1.0) * (kStops.size() - 1);
  const auto k = std::min(static_cast<std::size_t>(x), kStops.size() - 2);
  const double f = x - static_cast<double>(k);
  const auto channel = [&](std::size_t c) {
    return static_cast<int>(std::lround(kStops[k][c] + f * (kStops[k + 1][c] - kStops[k][c])));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", channel(0), channel(1), channel(2));
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// A heat map with its scale; cells of one shade are one path.
void appendPanel(std::string& svg, const Field& field, double left, double top) {
  const Eigen::MatrixXd& v = field.values;
  const double low = v.minCoeff(), high = v.maxCoeff();
  const double scale = high > low ? 1.0 / (high - low) : 0.0;
  const double pixel = kPanel / static_cast<double>(std::max(v.rows(), v.cols()));
  std::array<std::string, kShades> paths;
  for (Eigen::Index i = 0; i < v.rows(); ++i) {
    for (Eigen::Index j = 0; j < v.cols(); ++j) {
      const int k = std::min(static_cast<int>((v(i, j) - low) * scale * kShades), kShades - 1);
      fmt::format_to(std::back_inserter(paths[static_cast<std::size_t>(k)]), "M{} {}h1v1h-1z", j, i);
    }
  }
  fmt::format_to(std::back_inserter(svg),
                 "<g transform=\"translate({:.1f} {:.1f})\"><text y=\"-8\">{}</text>"
                 "<g transform=\"scale({:.4f})\" shape-rendering=\"crispEdges\">",
                 left, top, field.title, pixel);
  for (int k = 0; k < kShades; ++k) {
    if (paths[static_cast<std::size_t>(k)].empty()) continue;
    svg += "<path fill=\"" + shade((k + 0.5) / kShades) + "\" d=\"" + paths[static_cast<std::size_t>(k)] +
           "\"/>";
  }
  svg += "</g>";
  const double bar = kPanel + 10.0;
  for (int k = 0; k < kShades; ++k) {
    fmt::format_to(std::back_inserter(svg),
                   "<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"12\" height=\"{:.2f}\" fill=\"{}\"/>", bar,
                   kPanel * (kShades - 1 - k) / kShades, kPanel / kShades + 0.5, shade((k + 0.5) / kShades));
  }
  const auto label = [&](double y, double value) {
    fmt::format_to(std::back_inserter(svg), "<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"small\">{}</text>",
                   bar + 16.0, y, formatQuantity(value, field.unit, 4));
  };
  label(8.0, high);
  label(0.5 * kPanel + 4.0, 0.5 * (low + high));
  label(kPanel, low);
  svg += "</g>\n";
}

std::string toSvg(const std::vector<Field>& fields, const std::vector<std::string>& head) {
  const double pitch = kPanel + 130.0, height = kPanel + kMargin + 10.0;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\">\n"
      "<style>text{{font:14px sans-serif;fill:#222}}.small{{font-size:11px}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<desc>",
      2.0 * pitch + kMargin, 2.0 * height + kMargin);
  for (const std::string& line : head) svg += escaped(line) + "\n";
  svg += "</desc>\n";
  for (std::size_t k = 0; k < fields.size(); ++k)
    appendPanel(svg, fields[k], kMargin + pitch * static_cast<double>(k % 2),
                kMargin + height * static_cast<double>(k / 2));
  fmt::format_to(std::back_inserter(svg),
                 "<text x=\"{:.0f}\" y=\"{:.0f}\" class=\"small\">Rows are word lines, driven from the left; "
                 "columns are "
                 "bit lines, read at the bottom.</text>\n</svg>\n",
                 kMargin, 2.0 * height + kMargin - 14.0);
  return svg;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> mapFiles(const OperatingPoint& point,
                                                          const std::vector<std::string>& head) {
  const Eigen::MatrixXd power = point.cellCurrent.cwiseProduct(point.wordVoltage - point.bitVoltage);
  const std::vector<Field> fields{
      {"word_voltage.csv", "Voltage of the word lines", Unit::volt, point.wordVoltage},
      {"bit_voltage.csv", "Voltage of the bit lines", Unit::volt, point.bitVoltage},
      {"cell_current.csv", "Current of each cell", Unit::ampere, point.cellCurrent},
      {"cell_power.csv", "Power of each cell", Unit::watt, power}};
  std::vector<std::pair<std::string, std::string>> files;
  for (const Field& field : fields) files.emplace_back(field.file, toCsv(field, head));
  files.emplace_back("map.svg", toSvg(fields, head));
  return files;
}

}  // namespace crosstile::app
