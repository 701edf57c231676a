// SPDX-License-Identifier: Apache-2.0
// Cells of laws with one nonlinearity for all of them: sinh and log_linear.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "platform/app/device_fit_parts.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

/// The law's own G of each curve.
std::vector<double> conductances(const std::vector<CurveFit>& fits) {
  std::vector<double> g;
  for (const CurveFit& f : fits) g.push_back(std::exp(f.first));
  return g;
}

/// Everything but the law's keys, parameters and chart.
GroupFit groupOf(const std::vector<IvCurve>& curves, const std::vector<CurveFit>& fits,
                 const std::vector<double>& nonlinearity, const char* symbol, const FitRequest& request,
                 Json& json) {
  GroupFit result;
  const std::vector<double> g = conductances(fits);
  result.keys = keysOf(curves, g, request);
  json = {{"curves", curves.size()},
          {"g_on", result.keys.gOn},
          {"g_off", result.keys.gOff},
          {"fit", request.error == FitError::current ? "current" : "logarithm"},
          {"goodness", goodness(fits)}};
  result.csvHead = fmt::format("curve,resistance_ohm,g_s,{},nrmse,relative_error_at_largest_voltage", symbol);
  for (std::size_t k = 0; k < curves.size(); ++k)
    fmt::format_to(std::back_inserter(result.csv), "{},{:.9g},{:.9g},{:.9g},{:.4g},{:.4g}\n",
                   labelOf(curves[k]), curves[k].resistance, g[k], nonlinearity[k], fits[k].nrmse,
                   fits[k].relativeEnd);
  const Spread spread = spreadOf(nonlinearity);
  result.text =
      fmt::format("{} curves, G_off {:.6g} S, G_on {:.6g} S, {} = {:.6g} +- {:.3g}, mean NRMSE {:.3g}\n",
                  curves.size(), result.keys.gOff, result.keys.gOn, symbol, spread.mean, spread.deviation,
                  spreadOf(pick(fits, &CurveFit::nrmse)).mean);
  return result;
}

}  // namespace

GroupFit fitSinhGroup(const std::vector<IvCurve>& curves, const FitRequest& request, Json& json) {
  std::vector<CurveFit> fits;
  for (const IvCurve& c : curves) fits.push_back(fitSinh(c, request.error));
  const std::vector<double> b = pick(fits, &CurveFit::second);
  GroupFit result = groupOf(curves, fits, b, "b", request, json);
  const Spread spread = spreadOf(b);
  json["parameters"] = {{"b", spread.mean}, {"b_deviation", spread.deviation}};
  result.keys.ofLaw = {{"sinh_b", fmt::format("{:.17g}", spread.mean)}};
  result.keys.note = fmt::format("B = {:.6g} +- {:.3g} 1/V over the curves", spread.mean, spread.deviation);
  result.charts.push_back(curvesChart(curves, [&](std::size_t k, double v) {
    const double x = fits[k].second * v;
    return std::exp(fits[k].first) * v * (x > 0.0 ? std::sinh(x) / x : 1.0);
  }));
  return result;
}

GroupFit fitLogLinearGroup(const std::vector<IvCurve>& curves, const FitRequest& request, Json& json) {
  std::vector<CurveFit> fits;
  std::vector<double> n;
  for (const IvCurve& c : curves) {
    fits.push_back(fitLogLinear(c, request.error, request.referenceVolt));
    n.push_back(std::exp2(fits.back().second));
  }
  GroupFit result = groupOf(curves, fits, n, "n", request, json);
  const Spread spread = spreadOf(n);
  const auto below = std::count_if(n.begin(), n.end(), [](double one) { return one < 2.0; });
  json["parameters"] = {{"n", spread.mean},
                        {"n_deviation", spread.deviation},
                        {"v_ref", request.referenceVolt},
                        {"curves_below_2", below}};
  // The law's normal is truncated at 2: a mean below it is one of ohmic cells.
  result.keys.ofLaw = {{"log_linear_n", fmt::format("{:.17g}", std::max(spread.mean, 2.0))},
                       {"log_linear_n_sigma", fmt::format("{:.17g}", spread.deviation)},
                       {"log_linear_reference_voltage", fmt::format("\"{:.9g} V\"", request.referenceVolt)}};
  result.charts.push_back(curvesChart(curves, [&](std::size_t k, double v) {
    return request.referenceVolt *
           std::exp(fits[k].first + fits[k].second * std::log(v / request.referenceVolt));
  }));
  return result;
}

}  // namespace crosstile::app
