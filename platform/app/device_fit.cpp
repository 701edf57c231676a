// SPDX-License-Identifier: Apache-2.0
#include "platform/app/device_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/base/error.h"
#include "platform/app/device_fit_parts.h"

namespace crosstile::app {
namespace {

constexpr std::size_t kShownCurves = 12;

double readVoltage(const std::vector<IvCurve>& curves, const FitRequest& request) {
  double reach = 1e300;
  for (const IvCurve& c : curves) reach = std::min(reach, *std::max_element(c.volt.begin(), c.volt.end()));
  if (request.readVolt > reach * (1.0 + 1e-9))
    throw BadInput("--read-voltage {:g}: the curves reach {:g} V", request.readVolt, reach);
  return request.readVolt > 0.0 ? request.readVolt : std::min(0.5, reach);
}

}  // namespace

DeviceKeys keysOf(const std::vector<IvCurve>& curves, const std::vector<double>& conductance,
                  const FitRequest& request) {
  DeviceKeys keys;
  keys.readVolt = readVoltage(curves, request);
  const auto [least, largest] = std::minmax_element(conductance.begin(), conductance.end());
  keys.gOff = *least;
  keys.gOn = *largest;
  if (request.onOffRatio > 0.0) {
    if (request.fromBelow)
      keys.gOn = request.onOffRatio * keys.gOff;
    else
      keys.gOff = keys.gOn / request.onOffRatio;
  }
  if (!(keys.gOn > keys.gOff * (1.0 + 1e-9)))
    throw BadInput("{}{}: G_on = {:g} S, G_off = {:g} S: all of one state; --on-off-ratio would set a range",
                   curves.front().name, curves.size() > 1 ? " and others" : "", keys.gOn, keys.gOff);
  keys.temperature = request.temperature;
  keys.law = request.model;
  return keys;
}

std::vector<double> pick(const std::vector<CurveFit>& fits, double CurveFit::*member) {
  std::vector<double> values;
  for (const CurveFit& f : fits) values.push_back(f.*member);
  return values;
}

nlohmann::ordered_json spreadJson(const std::vector<double>& values) {
  const Spread s = spreadOf(values);
  return {{"mean", s.mean}, {"deviation", s.deviation}};
}

nlohmann::ordered_json goodness(const std::vector<CurveFit>& fits) {
  const auto nrmse = pick(fits, &CurveFit::nrmse);
  return {{"nrmse_mean", spreadOf(nrmse).mean},
          {"nrmse_worst", *std::max_element(nrmse.begin(), nrmse.end())},
          {"relative_error_at_largest_voltage", spreadJson(pick(fits, &CurveFit::relativeEnd))}};
}

std::string labelOf(const IvCurve& curve) {
  std::string quoted = "\"";
  for (const char c : curve.label) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

Chart curvesChart(const std::vector<IvCurve>& curves, const std::function<double(std::size_t, double)>& law) {
  Chart chart{"I in A: points measured, lines fitted", "V, volt", "A", {}, true};
  const std::size_t step = (curves.size() + kShownCurves - 1) / kShownCurves;
  for (std::size_t k = 0; k < curves.size(); k += step) {
    Series points{"", {}, {}, false}, line{"", {}, {}, true};
    for (std::size_t i = 0; i < curves[k].volt.size(); ++i) {
      const double v = curves[k].volt[i];
      if (!(v > 0.0) || !(curves[k].ampere[i] > 0.0)) continue;
      points.x.push_back(v);
      points.y.push_back(curves[k].ampere[i]);
      line.x.push_back(v);
      line.y.push_back(law(k, v));
    }
    chart.series.push_back(std::move(points));
    chart.series.push_back(std::move(line));
  }
  return chart;
}

GroupFit fitGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request,
                  nlohmann::ordered_json& json) {
  static const std::map<std::string, FitFunction*> fits{{"poole_frenkel", fitPooleFrenkelGroup},
                                                        {"sinh", fitSinhGroup},
                                                        {"log_linear", fitLogLinearGroup},
                                                        {"mean_metastable_switch", fitSwitchGroup}};
  GroupFit result = fits.at(request.model)(curves, request, json);
  result.name = name;
  result.text = name + ": " + result.text;
  return result;
}

}  // namespace crosstile::app
