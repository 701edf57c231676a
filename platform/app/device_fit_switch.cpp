// SPDX-License-Identifier: Apache-2.0
// The mean metastable switch of a hysteresis loop.
#include <fmt/format.h>

#include <iterator>

#include "models/base/error.h"
#include "models/fitting/switch_fit.h"
#include "platform/app/device_fit_parts.h"

namespace crosstile::app {
namespace {

constexpr double kReadVolt = 0.1;  // V; loops are no reads: small enough to leave the state alone
constexpr double kForever = 1e15;  // s, of a state that no rate moves
constexpr double kNarrow = 0.02;   // V, below kT/e: no thermal width

/// What the parameters don't tell, in a line.
std::string caveatOf(const SwitchFit& fit) {
  std::string text;
  if (!fit.thresholdsSeen)
    text += "; a threshold lies beyond the measured voltages: V_on, V_off and tau can't be told apart";
  if (fit.parameters.vT.value < kNarrow)
    text += "; V_T below kT/e is a number of this fit, not a temperature";
  return text.empty() ? text : text.substr(2);
}

}  // namespace

GroupFit fitSwitchGroup(const std::vector<IvCurve>& curves, const FitRequest& request,
                        nlohmann::ordered_json& json) {
  const SwitchFit fit = fitSwitch(curves, Seconds(request.period), Seconds(request.leastRetention));
  const MetastableSwitchConfig& p = fit.parameters;
  const std::string caveat = caveatOf(fit);
  const double readVolt = request.readVolt > 0.0 ? request.readVolt : kReadVolt;
  const double retentionAtRead =
      std::min(MetastableSwitch(p, Kelvin(request.temperature)).retentionTime(readVolt).value, kForever);
  json = {{"samples", fit.ampere.size()},
          {"parameters",
           {{"r_on", p.rOn.value},
            {"r_off", p.rOff.value},
            {"v_on", p.vOn.value},
            {"v_off", p.vOff.value},
            {"tau_s", p.tau.value},
            {"v_t", p.vT.value}}},
          {"nrmse", fit.nrmse},
          {"retention_at_0_v_s", fit.retention.value}};
  json["retention_at_read_v_s"] = retentionAtRead;
  if (curves.size() > 1) {
    for (std::size_t k = 0; k < curves.size(); ++k)
      json["loops"].push_back({{"curve", curves[k].label}, {"nrmse", fit.nrmseOf[k]}});
  }
  if (!caveat.empty()) json["caveat"] = caveat;
  GroupFit result;
  result.keys.law = request.model;
  result.keys.gOff = 1.0 / p.rOff.value;
  result.keys.gOn = 1.0 / p.rOn.value;
  result.keys.readVolt = readVolt;
  result.keys.temperature = request.temperature;
  const auto text = [](double value, const char* unit) { return fmt::format("\"{:.17g} {}\"", value, unit); };
  result.keys.ofLaw = {{"mms_r_on", text(p.rOn.value, "ohm")}, {"mms_r_off", text(p.rOff.value, "ohm")},
                       {"mms_v_on", text(p.vOn.value, "V")},   {"mms_v_off", text(p.vOff.value, "V")},
                       {"mms_tau", text(p.tau.value, "s")},    {"mms_v_t", text(p.vT.value, "V")}};
  result.keys.note = fmt::format("NRMSE {:.4f}, retention at 0 V {:.4g} s, at {:.3g} V {:.4g} s; {}{}",
                                 fit.nrmse, fit.retention.value, readVolt, retentionAtRead,
                                 curves.size() == 1 ? std::string("of this loop and its period alone")
                                                    : fmt::format("one set for {} loops", curves.size()),
                                 caveat.empty() ? "" : "; " + caveat);
  result.csvHead = "curve,r_on_ohm,r_off_ohm,v_on_v,v_off_v,tau_s,v_t_v,nrmse,retention_at_0_v_s";
  result.samples = "voltage_v,current_a,fitted_a\n";
  std::size_t at = 0;
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const IvCurve& loop = curves[k];
    result.csv += fmt::format("{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.4g},{:.4g}\n", labelOf(loop),
                              p.rOn.value, p.rOff.value, p.vOn.value, p.vOff.value, p.tau.value, p.vT.value,
                              fit.nrmseOf[k], fit.retention.value);
    const auto begin = fit.ampere.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<double> fitted(begin, begin + static_cast<std::ptrdiff_t>(loop.volt.size()));
    for (std::size_t i = 0; i < fitted.size(); ++i)
      fmt::format_to(std::back_inserter(result.samples), "{:.9g},{:.9g},{:.9g}\n", loop.volt[i],
                     loop.ampere[i], fitted[i]);
    result.charts.push_back({curves.size() == 1 ? "I in A: points measured, line fitted" : loop.label,
                             "V, volt",
                             "A",
                             {{"", loop.volt, loop.ampere, false}, {"", loop.volt, fitted, true}},
                             false});
    at += fitted.size();
  }
  result.text = fmt::format(
      "R_on {:.5g} ohm, R_off {:.5g} ohm, V_on {:.4g} V, V_off {:.4g} V, tau {:.4g} s, V_T {:.4g} V\n  NRMSE "
      "{:.4f}, "
      "retention at 0 V {:.4g} s{}\n",
      p.rOn.value, p.rOff.value, p.vOn.value, p.vOff.value, p.tau.value, p.vT.value, fit.nrmse,
      fit.retention.value, caveat.empty() ? "" : "\n  " + caveat);
  return result;
}

}  // namespace crosstile::app
