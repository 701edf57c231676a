// SPDX-License-Identifier: Apache-2.0
// The charts of a fit as SVG.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "platform/app/device_fit.h"

namespace crosstile::app {
namespace {

constexpr double kWidth = 330.0, kHeight = 260.0, kLeft = 70.0, kTop = 60.0, kGap = 90.0;
constexpr const char* kColours[] = {"#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568"};

/// A chart's axes.
struct Axes {
  double left = 0.0, lowX = 0.0, highX = 1.0, lowY = 0.0, highY = 1.0;
  bool logY = false;
  double value(double y) const { return logY ? std::log10(y) : y; }
  double x(double v) const { return left + kWidth * (v - lowX) / (highX - lowX); }
  double y(double v) const { return kTop + kHeight * (1.0 - (value(v) - lowY) / (highY - lowY)); }
};

Axes axesOf(const Chart& chart, double left) {
  Axes a;
  a.left = left;
  a.logY = chart.logY;
  a.lowX = a.lowY = 1e300;
  a.highX = a.highY = -1e300;
  for (const Series& s : chart.series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      a.lowX = std::min(a.lowX, s.x[i]), a.highX = std::max(a.highX, s.x[i]);
      a.lowY = std::min(a.lowY, a.value(s.y[i])), a.highY = std::max(a.highY, a.value(s.y[i]));
    }
  }
  if (!(a.highX > a.lowX)) a.lowX -= 0.5, a.highX += 0.5;
  if (!(a.highY > a.lowY)) a.lowY -= 0.5, a.highY += 0.5;
  return a;
}

void text(std::string& svg, double x, double y, const char* anchor, const std::string& what) {
  fmt::format_to(std::back_inserter(svg), "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x,
                 y, anchor, what);
}

void drawAxes(std::string& svg, const Chart& chart, const Axes& a) {
  fmt::format_to(
      std::back_inserter(svg),
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"none\" stroke=\"#888\"/>\n",
      a.left, kTop, kWidth, kHeight);
  text(svg, a.left + kWidth / 2, kTop - 10, "middle", chart.title);
  text(svg, a.left + kWidth / 2, kTop + kHeight + 36, "middle", chart.xName);
  for (int k = 0; k <= 4; ++k) {
    const double x = a.lowX + (a.highX - a.lowX) * k / 4, y = a.lowY + (a.highY - a.lowY) * k / 4;
    text(svg, a.left + kWidth * k / 4, kTop + kHeight + 18, "middle", fmt::format("{:.3g}", x));
    text(svg, a.left - 6, kTop + kHeight * (1.0 - k / 4.0) + 4, "end",
         fmt::format("{:.3g}", a.logY ? std::pow(10.0, y) : y));
  }
}

void drawSeries(std::string& svg, const Series& s, const Axes& a, const char* colour) {
  if (!s.line) {
    for (std::size_t i = 0; i < s.x.size(); ++i)
      fmt::format_to(std::back_inserter(svg), "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.8\" fill=\"{}\"/>\n",
                     a.x(s.x[i]), a.y(s.y[i]), colour);
    return;
  }
  std::string path;
  for (std::size_t i = 0; i < s.x.size(); ++i)
    fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", i == 0 ? "M" : "L", a.x(s.x[i]), a.y(s.y[i]));
  fmt::format_to(std::back_inserter(svg),
                 "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.4\"/>\n", path, colour);
}

}  // namespace

std::string toSvg(const std::vector<Chart>& charts, const std::string& title) {
  const double width = kLeft + (kWidth + kGap) * static_cast<double>(charts.size()),
               height = kTop + kHeight + 60.0;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "fill=\"#fff\"/>\n",
      width, height);
  text(svg, kLeft, 24, "start", title);
  for (std::size_t c = 0; c < charts.size(); ++c) {
    const Axes axes = axesOf(charts[c], kLeft + (kWidth + kGap) * static_cast<double>(c));
    drawAxes(svg, charts[c], axes);
    for (std::size_t s = 0; s < charts[c].series.size(); ++s)
      drawSeries(svg, charts[c].series[s], axes, kColours[s / 2 % std::size(kColours)]);
  }
  return svg + "</svg>\n";
}

}  // namespace crosstile::app
