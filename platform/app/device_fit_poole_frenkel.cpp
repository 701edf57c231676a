// SPDX-License-Identifier: Apache-2.0
// Poole-Frenkel cells by the recipe of Joksas et al. 2022, and what a logarithmic fit would change.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "models/base/random.h"
#include "models/device/poole_frenkel.h"
#include "platform/app/device_fit_parts.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kResidualDraws = 4096;
constexpr const char* kNames[2] = {"current", "logarithm"};

struct Fitted {
  std::vector<CurveFit> curves;
  PooleFrenkelPopulation population;
  double power = 0.0;  ///< W
};

Json populationJson(const PooleFrenkelPopulation& p) {
  return {{"slope", p.slope},
          {"intercept", p.intercept},
          {"covariance", p.covariance},
          {"r_squared", p.rSquared}};
}

/// Mean over the curves' states of V I(V), residuals drawn: what the law makes of these devices' power.
double meanPower(const std::vector<IvCurve>& curves, const PooleFrenkelPopulation& p, double kelvin,
                 double volt) {
  PooleFrenkelLaw::Config config;
  config.slope = p.slope;
  config.intercept = p.intercept;
  config.covariance = p.covariance;
  config.temperature = Kelvin(kelvin);
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

Chart lineChart(const char* title, const std::vector<double>& lnR, const std::vector<double>& y, double slope,
                double intercept) {
  Chart chart{title, "ln R, R in ohm", title, {{"", lnR, y, false}}, false};
  const auto [low, high] = std::minmax_element(lnR.begin(), lnR.end());
  chart.series.push_back({"", {*low, *high}, {slope * *low + intercept, slope * *high + intercept}, true});
  return chart;
}

std::string table(std::size_t curves, const DeviceKeys& keys, const std::array<Fitted, 2>& fits,
                  double measured) {
  std::string text = fmt::format("{} curves, G_off {:.6g} S, G_on {:.6g} S\n  {:<28}{:>14}{:>14}{:>10}\n",
                                 curves, keys.gOff, keys.gOn, "", "fit to I", "fit to ln I", "ratio");
  const auto line = [&](const std::string& what, const auto& of) {
    const double current = of(fits[0]), logarithm = of(fits[1]);
    fmt::format_to(std::back_inserter(text), "  {:<28}{:>14.6g}{:>14.6g}{:>10.3f}\n", what, current,
                   logarithm, logarithm / current);
  };
  line("slope of ln c", [](const Fitted& f) { return f.population.slope[0]; });
  line("slope of ln d_eps", [](const Fitted& f) { return f.population.slope[1]; });
  line("intercept of ln c", [](const Fitted& f) { return f.population.intercept[0]; });
  line("intercept of ln d_eps", [](const Fitted& f) { return f.population.intercept[1]; });
  line("Sigma11", [](const Fitted& f) { return f.population.covariance[0]; });
  line("Sigma12", [](const Fitted& f) { return f.population.covariance[1]; });
  line("Sigma22", [](const Fitted& f) { return f.population.covariance[2]; });
  line("mean NRMSE of a curve",
       [](const Fitted& f) { return spreadOf(pick(f.curves, &CurveFit::nrmse)).mean; });
  line("I fitted/measured - 1, last V",
       [](const Fitted& f) { return spreadOf(pick(f.curves, &CurveFit::relativeEnd)).mean; });
  line(fmt::format("mean power at {:.3g} V, W", keys.readVolt), [](const Fitted& f) { return f.power; });
  return text + fmt::format("  measured mean power {:.6g} W\n", measured);
}

}  // namespace

GroupFit fitPooleFrenkelGroup(const std::vector<IvCurve>& curves, const FitRequest& request, Json& json) {
  GroupFit result;
  std::vector<double> conductance, lnR;
  for (const IvCurve& c : curves) {
    conductance.push_back(1.0 / c.resistance);
    lnR.push_back(std::log(c.resistance));
  }
  std::array<Fitted, 2> fits;
  for (const FitError error : {FitError::current, FitError::logarithm}) {
    for (const IvCurve& c : curves)
      fits[static_cast<std::size_t>(error)].curves.push_back(fitPooleFrenkel(c, error));
  }
  const DeviceKeys keys = keysOf(curves, conductance, request);
  for (Fitted& fit : fits) {
    fit.population = fitPopulation(curves, fit.curves, Kelvin(request.temperature));
    fit.power = meanPower(curves, fit.population, request.temperature, keys.readVolt);
  }
  const auto chosen = static_cast<std::size_t>(request.error);
  const PooleFrenkelPopulation& p = fits[chosen].population;
  const double measured = measuredPower(curves, keys.readVolt);
  json = {{"curves", curves.size()}, {"g_on", keys.gOn}, {"g_off", keys.gOff}, {"fit", kNames[chosen]}};
  json["parameters"] = populationJson(p);
  json["mean_power_w"] = {{"voltage", keys.readVolt}, {"measured", measured}};
  for (std::size_t e = 0; e < 2; ++e) {
    json["by_fit"][kNames[e]] = populationJson(fits[e].population);
    json["by_fit"][kNames[e]]["goodness"] = goodness(fits[e].curves);
    json["mean_power_w"][kNames[e]] = fits[e].power;
  }
  result.keys = keys;
  result.keys.ofLaw = {{"pf_slope", fmt::format("[{:.17g}, {:.17g}]", p.slope[0], p.slope[1])},
                       {"pf_intercept", fmt::format("[{:.17g}, {:.17g}]", p.intercept[0], p.intercept[1])},
                       {"pf_covariance", fmt::format("[{:.17g}, {:.17g}, {:.17g}]", p.covariance[0],
                                                     p.covariance[1], p.covariance[2])}};
  const double kelvin = request.temperature;
  const auto lnEps = [&](const CurveFit& f) { return lnBarrier(f, Kelvin(kelvin)); };
  result.csvHead =
      "curve,resistance_ohm,ln_c,ln_d_eps,nrmse,relative_error_at_largest_voltage,ln_c_log,ln_d_eps_log,"
      "nrmse_log,"
      "relative_error_at_largest_voltage_log";
  std::vector<double> lnC, lnD;
  for (std::size_t k = 0; k < curves.size(); ++k) {
    fmt::format_to(std::back_inserter(result.csv), "{},{:.9g}", labelOf(curves[k]), curves[k].resistance);
    for (const Fitted& fit : fits) {
      const CurveFit& f = fit.curves[k];
      fmt::format_to(std::back_inserter(result.csv), ",{:.9g},{:.9g},{:.4g},{:.4g}", f.first, lnEps(f),
                     f.nrmse, f.relativeEnd);
    }
    result.csv += "\n";
    lnC.push_back(fits[chosen].curves[k].first);
    lnD.push_back(lnEps(fits[chosen].curves[k]));
  }
  result.charts = {curvesChart(curves,
                               [&](std::size_t k, double v) {
                                 const CurveFit& f = fits[chosen].curves[k];
                                 return v * std::exp(f.first + std::sqrt(std::exp(f.second) * v));
                               }),
                   lineChart("ln c, c in S", lnR, lnC, p.slope[0], p.intercept[0]),
                   lineChart("ln d_eps, d_eps in F", lnR, lnD, p.slope[1], p.intercept[1])};
  result.text = table(curves.size(), keys, fits, measured);
  return result;
}

}  // namespace crosstile::app
