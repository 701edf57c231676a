// SPDX-License-Identifier: Apache-2.0
// `crosstile device fit`: measured I-V curves to a device file.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/app/commands.h"
#include "platform/app/curve_file.h"
#include "platform/app/device_fit.h"
#include "platform/app/validators.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

struct FitOptions {
  std::string curves, columns, fit = "current", out;
  std::string period, leastRetention, readVoltage;
  double splitResistance = 0.0;
  FitRequest request;
};

/// Low- and high-resistance curves, or all as one group.
std::vector<std::pair<std::string, std::vector<IvCurve>>> groupsOf(const FitOptions& o, std::vector<IvCurve> curves) {
  if (o.splitResistance == 0.0) return {{"device", std::move(curves)}};
  std::vector<std::pair<std::string, std::vector<IvCurve>>> groups{{"low", {}}, {"high", {}}};
  for (IvCurve& c : curves) groups[c.resistance < o.splitResistance ? 0 : 1].second.push_back(std::move(c));
  for (const auto& [name, members] : groups) {
    if (members.empty())
      throw BadInput("--split-resistance {:g}: no curve has a {} resistance", o.splitResistance,
                     name == "low" ? "lower" : "higher");
  }
  return groups;
}

double quantity(const std::string& given, const char* option, Unit unit) {
  if (given.empty()) return 0.0;
  try {
    return parseQuantity(given, unit);
  } catch (const Error& error) {
    throw BadInput("{} {}: {}", option, given, error.what());
  }
}

void runFit(FitOptions o, const Context& context) {
  const bool loops = o.request.model == "mean_metastable_switch";
  o.request.error = o.fit == "log" ? FitError::logarithm : FitError::current;
  o.request.period = quantity(o.period, "--period", Unit::second);
  o.request.leastRetention = quantity(o.leastRetention, "--least-retention", Unit::second);
  o.request.readVolt = quantity(o.readVoltage, "--read-voltage", Unit::volt);
  if (loops && !(o.request.period > 0.0)) throw BadInput("--model mean_metastable_switch: needs --period, the drive's");
  std::vector<IvCurve> curves = readCurves(o.curves, o.columns, loops ? 0.0 : 0.1);
  if (!loops) checkMonotone(curves, o.curves);
  Json report{{"version", std::string(kVersion)}, {"command", context.commandLine}, {"model", o.request.model}};
  std::vector<GroupFit> fits;
  for (const auto& [name, members] : groupsOf(o, std::move(curves))) {
    FitRequest request = o.request;
    request.fromBelow = name == "high";
    fits.push_back(fitGroup(name, members, request, report["groups"][name]));
  }
  const OutputFolder folder(o.out);
  for (const GroupFit& fit : fits) {
    writeWhole(o.out + "/" + fit.name + ".toml", fit.toml);
    writeWhole(o.out + "/" + fit.name + ".csv", fit.csv);
    writeWhole(o.out + "/" + fit.name + ".svg", toSvg(fit.charts, fmt::format("{}, {}", o.request.model, fit.name)));
  }
  writeWhole(o.out + "/fit.json", report.dump(2) + "\n");
  if (context.json)
    fmt::print("{}\n", report.dump(2));
  else if (!context.quiet)
    for (const GroupFit& fit : fits) fmt::print("{}", fit.text);
}

}  // namespace

void addDevice(CLI::App& app, Context& context) {
  CLI::App* device = app.add_subcommand("device", "Models of memristive devices from measurements");
  device->require_subcommand(1);
  auto o = std::make_shared<FitOptions>();
  CLI::App* command = device->add_subcommand("fit", "Fit a device law to measured I-V curves");
  command->add_option("curves", o->curves, "CSV file; the first line names the columns: voltage_v, current_a, curve, "
                                           "resistance_ohm (also _mv, _ma, _ua, _na)")
      ->required();
  command->add_option("--model", o->request.model, "Law to fit")
      ->check(CLI::IsMember({"poole_frenkel", "log_linear", "sinh", "mean_metastable_switch"}))
      ->required();
  command->add_option("--columns", o->columns, "Names of the columns of a file that has no first line of names");
  command->add_option("--fit", o->fit, "Least squares of the current, or of its logarithm")
      ->check(CLI::IsMember({"current", "log"}))
      ->capture_default_str();
  command->add_option("--split-resistance", o->splitResistance,
                      "Fit curves below and above this resistance (ohm) apart")
      ->check(CLI::PositiveNumber);
  command->add_option("--on-off-ratio", o->request.onOffRatio,
                      "G_on/G_off of the device file; the range ends at the largest conductance, or (high group) "
                      "begins at the least; default: that of the curves")
      ->check(CLI::Range(1.0001, 1e9));
  command->add_option("--temperature", o->request.temperature, "Of the measurement, K")
      ->check(CLI::Range(1.0, 2000.0))
      ->capture_default_str();
  command->add_option("--reference-voltage", o->request.referenceVolt, "log_linear: V_ref, V")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--period", o->period, "mean_metastable_switch: period of the drive (\"10 ms\")");
  command->add_option("--least-retention", o->leastRetention,
                      "mean_metastable_switch: only parameters that keep a state this long at 0 V (\"100 s\")");
  command->add_option("--read-voltage", o->readVoltage, "array.read_voltage of the device file (\"0.5 V\")");
  command->add_option("--preset", o->request.base, "Chip around the cells in the device file")->capture_default_str();
  command->add_option("--out", o->out, "Folder of device files, fit.json, tables and charts")->required();
  command->callback([o, &context] { runFit(*o, context); });
}

}  // namespace crosstile::app
