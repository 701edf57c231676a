// SPDX-License-Identifier: Apache-2.0
#include "platform/app/device_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/base/random.h"
#include "models/device/poole_frenkel.h"
#include "models/fitting/switch_fit.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kResidualDraws = 4096;
constexpr std::size_t kShownCurves = 12;

struct Range {
  double off = 0.0, on = 0.0;  // S
};

Range rangeOf(const std::vector<IvCurve>& curves, const FitRequest& request) {
  Range range{1e300, 0.0};
  for (const IvCurve& c : curves) {
    range.off = std::min(range.off, 1.0 / c.resistance);
    range.on = std::max(range.on, 1.0 / c.resistance);
  }
  if (request.onOffRatio > 0.0) {
    if (request.fromBelow)
      range.on = request.onOffRatio * range.off;
    else
      range.off = range.on / request.onOffRatio;
  }
  if (!(range.on > range.off))
    throw BadInput("G_on = {:g} S, G_off = {:g} S: the curves are all of one state; --on-off-ratio would set a range",
                   range.on, range.off);
  return range;
}

double readVoltage(const std::vector<IvCurve>& curves, const FitRequest& request) {
  double reach = 1e300;
  for (const IvCurve& c : curves) reach = std::min(reach, *std::max_element(c.volt.begin(), c.volt.end()));
  if (request.readVolt > reach * (1.0 + 1e-9))
    throw BadInput("--read-voltage {:g}: the curves reach {:g} V", request.readVolt, reach);
  return request.readVolt > 0.0 ? request.readVolt : std::min(0.5, reach);
}

std::string deviceHead(const std::string& name, const FitRequest& request, double volt, const Range& range) {
  return fmt::format(
      "# Fitted by crosstile device fit. The chip around the cells is the preset's.\n"
      "preset = \"{}\"\nname = \"{}\"\nreadout = \"device\"\n\n[array]\nread_voltage = \"{:.9g} V\"\n\n"
      "[device]\ng_on = \"{:.17g} S\"\ng_off = \"{:.17g} S\"\ntemperature = \"{:.9g} K\"\n",
      request.base, name, volt, range.on, range.off, request.temperature);
}

Json spreadJson(const std::vector<double>& values) {
  const Spread s = spreadOf(values);
  return {{"mean", s.mean}, {"deviation", s.deviation}};
}

std::vector<double> pick(const std::vector<CurveFit>& fits, double CurveFit::*member) {
  std::vector<double> values;
  for (const CurveFit& f : fits) values.push_back(f.*member);
  return values;
}

Json goodness(const std::vector<CurveFit>& fits) {
  const auto nrmse = pick(fits, &CurveFit::nrmse);
  return {{"nrmse_mean", spreadOf(nrmse).mean},
          {"nrmse_worst", *std::max_element(nrmse.begin(), nrmse.end())},
          {"relative_error_at_largest_voltage", spreadJson(pick(fits, &CurveFit::relativeEnd))}};
}

Json populationJson(const PooleFrenkelPopulation& p) {
  return {{"slope", p.slope}, {"intercept", p.intercept}, {"covariance", p.covariance}, {"r_squared", p.rSquared}};
}

/// Mean over the curves' states of V I(V), residuals drawn: what the law makes of these devices' power.
double meanPower(const std::vector<IvCurve>& curves, const PooleFrenkelPopulation& p, const FitRequest& request,
                 double volt) {
  PooleFrenkelLaw::Config config;
  config.slope = p.slope;
  config.intercept = p.intercept;
  config.covariance = p.covariance;
  config.temperature = Kelvin(request.temperature);
  const PooleFrenkelLaw law(config);
  std::vector<double> g;
  for (const IvCurve& c : curves) g.insert(g.end(), kResidualDraws, 1.0 / c.resistance);
  std::vector<double> parameters(2 * g.size()), v(g.size(), volt), current(g.size());
  const RandomStream stream({1}, Purpose::lawResidual);
  law.prepare(g, &stream, parameters);
  law.evaluate(parameters, v, current, {});
  double sum = 0.0;
  for (const double i : current) sum += volt * i;
  return sum / static_cast<double>(g.size());
}

double measuredPower(const std::vector<IvCurve>& curves, double volt) {
  double sum = 0.0;
  for (const IvCurve& c : curves) sum += volt * volt / resistanceAt(c, volt);
  return sum / static_cast<double>(curves.size());
}

template <class Law>
Chart curvesChart(const std::vector<IvCurve>& curves, const Law& law) {
  Chart chart{"I(V), measured and fitted", "V", "A", {}, true};
  const std::size_t step = std::max<std::size_t>(1, curves.size() / kShownCurves);
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

Chart regressionChart(const char* title, const std::vector<double>& x, const std::vector<double>& y, double slope,
                      double intercept) {
  Chart chart{title, "ln R", title, {{"", x, y, false}}, false};
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  chart.series.push_back({"", {*low, *high}, {slope * *low + intercept, slope * *high + intercept}, true});
  return chart;
}

GroupFit fitPooleFrenkelGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request,
                              Json& json) {
  GroupFit result;
  const double volt = readVoltage(curves, request);
  std::vector<CurveFit> fits[2];
  PooleFrenkelPopulation population[2];
  const char* names[2] = {"current", "logarithm"};
  for (const FitError error : {FitError::current, FitError::logarithm}) {
    const auto e = static_cast<std::size_t>(error);
    for (const IvCurve& c : curves) fits[e].push_back(fitPooleFrenkel(c, error));
  }
  const Range range = rangeOf(curves, request);
  for (std::size_t e = 0; e < 2; ++e) population[e] = fitPopulation(curves, fits[e], Kelvin(request.temperature));
  const auto chosen = static_cast<std::size_t>(request.error);
  const PooleFrenkelPopulation& p = population[chosen];
  const double measured = measuredPower(curves, volt);
  json = {{"curves", curves.size()}, {"g_on", range.on}, {"g_off", range.off}, {"fit", names[chosen]}};
  json["parameters"] = populationJson(p);
  json["mean_power_w"] = {{"voltage", volt}, {"measured", measured}};
  for (std::size_t e = 0; e < 2; ++e) {
    json["by_fit"][names[e]] = populationJson(population[e]);
    json["by_fit"][names[e]]["goodness"] = goodness(fits[e]);
    json["mean_power_w"][names[e]] = meanPower(curves, population[e], request, volt);
  }
  result.toml = deviceHead(name, request, volt, range) +
                fmt::format(
                    "law = \"poole_frenkel\"\npf_slope = [{:.17g}, {:.17g}]\npf_intercept = [{:.17g}, {:.17g}]\n"
                    "pf_covariance = [{:.17g}, {:.17g}, {:.17g}]\n",
                    p.slope[0], p.slope[1], p.intercept[0], p.intercept[1], p.covariance[0], p.covariance[1],
                    p.covariance[2]);
  result.csv = "curve,resistance_ohm,ln_c,ln_a,nrmse,ln_c_log,ln_a_log,nrmse_log\n";
  std::vector<double> lnR, lnC, lnA;
  for (std::size_t k = 0; k < curves.size(); ++k) {
    fmt::format_to(std::back_inserter(result.csv), "\"{}\",{:.9g},{:.9g},{:.9g},{:.4g},{:.9g},{:.9g},{:.4g}\n",
                   curves[k].name, curves[k].resistance, fits[0][k].first, fits[0][k].second, fits[0][k].nrmse,
                   fits[1][k].first, fits[1][k].second, fits[1][k].nrmse);
    lnR.push_back(std::log(curves[k].resistance));
    lnC.push_back(fits[chosen][k].first);
    lnA.push_back(fits[chosen][k].second);
  }
  result.charts.push_back(curvesChart(curves, [&](std::size_t k, double v) {
    return v * std::exp(lnC[k] + std::sqrt(std::exp(lnA[k]) * v));
  }));
  const Line c = fitLine(lnR, lnC), a = fitLine(lnR, lnA);
  result.charts.push_back(regressionChart("ln c (c in S)", lnR, lnC, c.slope, c.intercept));
  result.charts.push_back(regressionChart("ln a (a in 1/V)", lnR, lnA, a.slope, a.intercept));
  const auto line = [&](const char* what, double on, double logarithm, double ratio) {
    result.text += fmt::format("  {:<28}{:>14.6g}{:>14.6g}{:>10.3f}\n", what, on, logarithm, ratio);
  };
  result.text = fmt::format("{}: {} curves, G_off {:.6g} S, G_on {:.6g} S\n  {:<28}{:>14}{:>14}{:>10}\n", name,
                            curves.size(), range.off, range.on, "", "fit to I", "fit to ln I", "ratio");
  const auto pair = [&](const char* what, double on, double logarithm) { line(what, on, logarithm, logarithm / on); };
  pair("slope of ln c", population[0].slope[0], population[1].slope[0]);
  pair("slope of ln d_eps", population[0].slope[1], population[1].slope[1]);
  pair("intercept of ln c", population[0].intercept[0], population[1].intercept[0]);
  pair("intercept of ln d_eps", population[0].intercept[1], population[1].intercept[1]);
  pair("Sigma11", population[0].covariance[0], population[1].covariance[0]);
  pair("Sigma12", population[0].covariance[1], population[1].covariance[1]);
  pair("Sigma22", population[0].covariance[2], population[1].covariance[2]);
  pair("mean NRMSE of a curve", spreadOf(pick(fits[0], &CurveFit::nrmse)).mean,
       spreadOf(pick(fits[1], &CurveFit::nrmse)).mean);
  pair(fmt::format("mean power at {:g} V, W", volt).c_str(), json["mean_power_w"]["current"].get<double>(),
       json["mean_power_w"]["logarithm"].get<double>());
  result.text += fmt::format("  measured mean power {:.6g} W\n", measured);
  return result;
}

GroupFit fitSinhGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request,
                      Json& json) {
  GroupFit result;
  std::vector<CurveFit> fits;
  for (const IvCurve& c : curves) fits.push_back(fitSinh(c, request.error));
  const Spread b = spreadOf(pick(fits, &CurveFit::second));
  const Range range = rangeOf(curves, request);
  json = {{"curves", curves.size()},
          {"g_on", range.on},
          {"g_off", range.off},
          {"parameters", {{"b", b.mean}, {"b_deviation", b.deviation}}},
          {"goodness", goodness(fits)}};
  result.toml = deviceHead(name, request, readVoltage(curves, request), range) +
                fmt::format("law = \"sinh\"\nsinh_b = {:.17g}   # 1/V, standard deviation over the curves {:.6g}\n",
                            b.mean, b.deviation);
  result.csv = "curve,resistance_ohm,ln_g,b,nrmse\n";
  for (std::size_t k = 0; k < curves.size(); ++k)
    fmt::format_to(std::back_inserter(result.csv), "\"{}\",{:.9g},{:.9g},{:.9g},{:.4g}\n", curves[k].name,
                   curves[k].resistance, fits[k].first, fits[k].second, fits[k].nrmse);
  result.charts.push_back(curvesChart(curves, [&](std::size_t k, double v) {
    return std::exp(fits[k].first) * std::sinh(fits[k].second * v) / fits[k].second;
  }));
  result.text = fmt::format("{}: {} curves, B = {:.6g} +- {:.3g} 1/V, mean NRMSE {:.3g}\n", name, curves.size(), b.mean,
                            b.deviation, spreadOf(pick(fits, &CurveFit::nrmse)).mean);
  return result;
}

GroupFit fitLogLinearGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request,
                           Json& json) {
  GroupFit result;
  std::vector<CurveFit> fits;
  for (const IvCurve& c : curves) fits.push_back(fitLogLinear(c, request.error, request.referenceVolt));
  std::vector<double> n;
  for (const CurveFit& f : fits) n.push_back(std::exp2(f.second));
  const Spread spread = spreadOf(n);
  const Range range = rangeOf(curves, request);
  json = {{"curves", curves.size()},
          {"g_on", range.on},
          {"g_off", range.off},
          {"parameters", {{"n", spread.mean}, {"n_deviation", spread.deviation}, {"v_ref", request.referenceVolt}}},
          {"goodness", goodness(fits)}};
  result.toml = deviceHead(name, request, readVoltage(curves, request), range) +
                fmt::format(
                    "law = \"log_linear\"\nlog_linear_n = {:.17g}\nlog_linear_n_sigma = {:.17g}\n"
                    "log_linear_reference_voltage = \"{:.9g} V\"\n",
                    std::max(spread.mean, 2.0), spread.deviation, request.referenceVolt);
  result.csv = "curve,resistance_ohm,ln_g,n,nrmse\n";
  for (std::size_t k = 0; k < curves.size(); ++k)
    fmt::format_to(std::back_inserter(result.csv), "\"{}\",{:.9g},{:.9g},{:.9g},{:.4g}\n", curves[k].name,
                   curves[k].resistance, fits[k].first, n[k], fits[k].nrmse);
  result.charts.push_back(curvesChart(curves, [&](std::size_t k, double v) {
    return request.referenceVolt * std::exp(fits[k].first + fits[k].second * std::log(v / request.referenceVolt));
  }));
  result.text = fmt::format("{}: {} curves, n = {:.6g} +- {:.3g}, mean NRMSE {:.3g}\n", name, curves.size(),
                            spread.mean, spread.deviation, spreadOf(pick(fits, &CurveFit::nrmse)).mean);
  return result;
}

GroupFit fitSwitchGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request,
                        Json& json) {
  if (curves.size() != 1) throw BadInput("{} loops: a switch is fitted to one", curves.size());
  const SwitchFit fit = fitSwitch(curves.front(), Seconds(request.period), Seconds(request.leastRetention));
  const MetastableSwitchConfig& p = fit.parameters;
  json = {{"samples", curves.front().volt.size()},
          {"parameters",
           {{"r_on", p.rOn.value},
            {"r_off", p.rOff.value},
            {"v_on", p.vOn.value},
            {"v_off", p.vOff.value},
            {"tau_s", p.tau.value},
            {"v_t", p.vT.value}}},
          {"nrmse", fit.nrmse},
          {"retention_at_0_v_s", fit.retention.value}};
  GroupFit result;
  FitRequest shown = request;
  const double volt = request.readVolt > 0.0 ? request.readVolt : 0.1;
  result.toml =
      deviceHead(name, shown, volt, {1.0 / p.rOff.value, 1.0 / p.rOn.value}) +
      fmt::format(
          "law = \"mean_metastable_switch\"\nmms_r_on = \"{:.17g} ohm\"\nmms_r_off = \"{:.17g} ohm\"\n"
          "mms_v_on = \"{:.17g} V\"\nmms_v_off = \"{:.17g} V\"\nmms_tau = \"{:.17g} s\"\nmms_v_t = \"{:.17g} V\"\n"
          "# retention at 0 V: {:.4g} s\n",
          p.rOn.value, p.rOff.value, p.vOn.value, p.vOff.value, p.tau.value, p.vT.value, fit.retention.value);
  result.csv = "voltage_v,current_a,fitted_a\n";
  for (std::size_t i = 0; i < fit.ampere.size(); ++i)
    fmt::format_to(std::back_inserter(result.csv), "{:.9g},{:.9g},{:.9g}\n", curves.front().volt[i],
                   curves.front().ampere[i], fit.ampere[i]);
  result.charts.push_back({"I(V), measured and fitted",
                           "V",
                           "A",
                           {{"", curves.front().volt, curves.front().ampere, false},
                            {"", curves.front().volt, fit.ampere, true}},
                           false});
  result.text = fmt::format(
      "{}: R_on {:.5g} ohm, R_off {:.5g} ohm, V_on {:.4g} V, V_off {:.4g} V, tau {:.4g} s, V_T {:.4g} V\n  NRMSE {:.4f}, "
      "retention at 0 V {:.4g} s\n",
      name, p.rOn.value, p.rOff.value, p.vOn.value, p.vOff.value, p.tau.value, p.vT.value, fit.nrmse,
      fit.retention.value);
  return result;
}

}  // namespace

GroupFit fitGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request, Json& json) {
  GroupFit result = request.model == "poole_frenkel" ? fitPooleFrenkelGroup(name, curves, request, json)
                    : request.model == "sinh"        ? fitSinhGroup(name, curves, request, json)
                    : request.model == "log_linear"  ? fitLogLinearGroup(name, curves, request, json)
                                                     : fitSwitchGroup(name, curves, request, json);
  result.name = name;
  return result;
}

}  // namespace crosstile::app
