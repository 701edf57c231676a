// SPDX-License-Identifier: Apache-2.0
#include "platform/app/emulator_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "models/base/xml_text.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

Json figuresJson(const ErrorFigures& f) {
  return {{"rmse", f.rmse}, {"percentile_99_9", f.percentile999}, {"max", f.largest}};
}

/// Place and scale of a panel: x is current from 0 to 1, y the logarithm of the error by decades.
struct Panel {
  double left = 70.0, top = 0.0, width = 560.0, height = 230.0;
  int lowDecade = -6, highDecade = 0;
  double x(double current) const { return left + current * width; }
  double y(double error) const {
    const double decade =
        std::clamp(std::log10(error), static_cast<double>(lowDecade), static_cast<double>(highDecade));
    return top + height * (highDecade - decade) / (highDecade - lowDecade);
  }
};

constexpr const char* kColours[] = {"#7f7f7f", "#1f77b4", "#17becf", "#ff7f0e", "#bcbd22", "#d62728"};

void text(std::string& svg, double x, double y, const char* anchor, const std::string& what) {
  fmt::format_to(std::back_inserter(svg), "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x,
                 y, anchor, xmlText(what));
}

void axes(std::string& svg, const Panel& p, const std::string& name) {
  for (int decade = p.lowDecade; decade <= p.highDecade; ++decade) {
    const double y = p.y(std::pow(10.0, decade));
    fmt::format_to(std::back_inserter(svg), "<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#dddddd\"/>\n",
                   p.left, y, p.left + p.width);
    text(svg, p.left - 6, y + 4, "end", fmt::format("1e{}", decade));
  }
  for (int tick = 0; tick <= 10; tick += 2)
    text(svg, p.x(tick / 10.0), p.top + p.height + 16, "middle", fmt::format("{:.1f}", tick / 10.0));
  fmt::format_to(std::back_inserter(svg),
                 "<path d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\" stroke=\"#000\" fill=\"none\"/>\n", p.left, p.top,
                 p.top + p.height, p.left + p.width);
  text(svg, p.left + p.width / 2, p.top + p.height + 34, "middle", "I_ideal / (rows G_on V_max)");
  text(svg, p.left, p.top - 8, "start", "RMSE of f_R on " + name);
}

void line(std::string& svg, const Panel& p, const ModelErrors& model, const char* colour) {
  std::string path;
  for (std::size_t b = 0; b < model.ratioByCurrent.size(); ++b) {
    if (model.ratioByCurrent[b] <= 0.0) continue;
    fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", path.empty() ? "M" : "L",
                   p.x((static_cast<double>(b) + 0.5) / Evaluation::kBins), p.y(model.ratioByCurrent[b]));
  }
  fmt::format_to(std::back_inserter(svg), "<path d=\"{}\" stroke=\"{}\" stroke-width=\"2\" fill=\"none\"/>\n",
                 path, colour);
}

}  // namespace

nlohmann::ordered_json toJson(const NamedEvaluation& e) {
  Json json{{"on", e.name}, {"currents", e.evaluation.count}};
  for (const ModelErrors& m : e.evaluation.models) {
    json["models"].push_back({{"model", m.model},
                              {"f_r", figuresJson(m.ratio)},
                              {"current", figuresJson(m.current)},
                              {"f_r_rmse_by_current", m.ratioByCurrent}});
  }
  json["currents_by_current"] = e.evaluation.countByCurrent;
  json["beats_predistorted"] = e.evaluation.beatsPredistortion();
  return json;
}

std::string toTable(const NamedEvaluation& e) {
  std::string table =
      fmt::format("{} ({} currents)\n{:<22}{:>11}{:>11}{:>11}{:>13}{:>11}{:>11}\n", e.name,
                  e.evaluation.count, "model", "f_R rmse", "99.9 %", "max", "I rmse", "99.9 %", "max");
  for (const ModelErrors& m : e.evaluation.models) {
    fmt::format_to(std::back_inserter(table),
                   "{:<22}{:>11.2e}{:>11.2e}{:>11.2e}{:>13.2e}{:>11.2e}{:>11.2e}\n", m.model, m.ratio.rmse,
                   m.ratio.percentile999, m.ratio.largest, m.current.rmse, m.current.percentile999,
                   m.current.largest);
  }
  return table;
}

std::string verdict(const NamedEvaluation& e) {
  const double emulator = e.evaluation.of("emulator").ratio.rmse;
  const double model = e.evaluation.of("predistorted_fitted").ratio.rmse;
  if (e.evaluation.beatsPredistortion()) {
    return fmt::format(
        "on {} the emulator is {:.3g} times better than the pre-distorted linear model with two constants",
        e.name, model / emulator);
  }
  return fmt::format(
      "on {} the emulator is NO BETTER than the pre-distorted linear model with two constants (RMSE of f_R "
      "{:.2e} "
      "against {:.2e}): use that one, or train on more draws",
      e.name, emulator, model);
}

std::string toCsv(const std::vector<NamedEvaluation>& evaluations) {
  std::string csv =
      "on,model,f_r_rmse,f_r_percentile_99_9,f_r_max,current_rmse,current_percentile_99_9,current_max\n";
  for (const NamedEvaluation& e : evaluations) {
    for (const ModelErrors& m : e.evaluation.models) {
      fmt::format_to(std::back_inserter(csv), "\"{}\",{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", e.name,
                     m.model, m.ratio.rmse, m.ratio.percentile999, m.ratio.largest, m.current.rmse,
                     m.current.percentile999, m.current.largest);
    }
  }
  return csv;
}

std::string toSvg(const std::vector<NamedEvaluation>& evaluations, const std::string& title) {
  const double height = 70.0 + 310.0 * static_cast<double>(evaluations.size());
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"820\" height=\"{0}\" viewBox=\"0 0 820 {0}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"820\" height=\"{0}\" fill=\"#fff\"/>\n",
      height);
  text(svg, 70, 24, "start", title);
  for (std::size_t n = 0; n < evaluations.size(); ++n) {
    Panel panel;
    panel.top = 70.0 + 310.0 * static_cast<double>(n);
    axes(svg, panel, evaluations[n].name);
    const auto& models = evaluations[n].evaluation.models;
    for (std::size_t m = 0; m < models.size(); ++m) {
      const char* colour = kColours[m % std::size(kColours)];
      line(svg, panel, models[m], colour);
      const double y = panel.top + 10.0 + 18.0 * static_cast<double>(m);
      fmt::format_to(std::back_inserter(svg),
                     "<path d=\"M645 {0:.1f}h20\" stroke=\"{1}\" stroke-width=\"2\"/>\n", y, colour);
      text(svg, 670, y + 4, "start", models[m].model);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace crosstile::app
