// SPDX-License-Identifier: Apache-2.0
// `crosstile device fit`: measured I-V curves to a device file.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/app/commands.h"
#include "platform/app/curve_file.h"
#include "platform/app/device_commands.h"
#include "platform/app/device_fit.h"
#include "platform/app/validators.h"
#include "platform/hardware/hardware.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kResistanceVolt = 0.1;  // where the resistance of a state is read

struct FitOptions {
  std::string curves, columns, fit = "current", preset = "siox-high", out;
  std::string period, leastRetention, readVoltage;
  double splitResistance = 0.0;
  FitRequest request;
};

/// Low- and high-resistance curves, or all as one group.
std::vector<std::pair<std::string, std::vector<IvCurve>>> groupsOf(const FitOptions& o,
                                                                   std::vector<IvCurve> curves) {
  if (o.splitResistance == 0.0) return {{"device", std::move(curves)}};
  std::vector<std::pair<std::string, std::vector<IvCurve>>> groups{{"low", {}}, {"high", {}}};
  for (IvCurve& c : curves) groups[c.resistance < o.splitResistance ? 0 : 1].second.push_back(std::move(c));
  for (const auto& [name, members] : groups) {
    if (members.empty())
      throw BadInput("--split-resistance {:g}: no curve of {} has a {} resistance", o.splitResistance,
                     o.curves, name == "low" ? "lower" : "higher");
  }
  return groups;
}

double quantity(const std::string& given, const char* option, Unit unit) {
  if (given.empty()) return 0.0;
  try {
    const double value = parseQuantity(given, unit);
    if (!(value > 0.0)) throw BadInput("must be above 0");
    return value;
  } catch (const Error& error) {
    throw BadInput("{} {}: {}", option, given, error.what());
  }
}

/// Every file of the result, before any is written.
std::vector<std::pair<std::string, std::string>> filesOf(const std::vector<GroupFit>& fits,
                                                         const FitOptions& o, const Json& report,
                                                         const Context& context) {
  std::vector<std::pair<std::string, std::string>> files;
  std::string table = "group," + fits.front().csvHead + "\n";
  for (const GroupFit& fit : fits) {
    files.emplace_back(fit.name + ".toml", deviceFile(fit.name, fit.keys, o.preset, context.commandLine));
    files.emplace_back(fit.name + ".svg",
                       toSvg(fit.charts, fmt::format("{}, {}", o.request.model, fit.name)));
    if (!fit.samples.empty()) files.emplace_back("loop.csv", fit.samples);
    std::istringstream lines(fit.csv);
    for (std::string line; std::getline(lines, line);) table += fit.name + "," + line + "\n";
  }
  files.emplace_back("fit.csv", table);
  files.emplace_back("fit.json", report.dump(2) + "\n");
  return files;
}

void runFit(FitOptions o, const Context& context) {
  const bool loops = o.request.model == "mean_metastable_switch";
  o.request.error = o.fit == "log" ? FitError::logarithm : FitError::current;
  o.request.period = quantity(o.period, "--period", Unit::second);
  o.request.leastRetention = quantity(o.leastRetention, "--least-retention", Unit::second);
  o.request.readVolt = quantity(o.readVoltage, "--read-voltage", Unit::volt);
  if (!loops && o.request.period + o.request.leastRetention > 0.0)
    throw BadInput("--{}: of loops (--model mean_metastable_switch)",
                   o.request.period > 0.0 ? "period" : "least-retention");
  if (loops && o.splitResistance > 0.0) throw BadInput("--split-resistance: a loop has no one resistance");
  loadHardware(o.preset);  // a chip that can't be is said before anything is fitted
  std::vector<IvCurve> curves = readCurves(o.curves, o.columns, loops ? 0.0 : kResistanceVolt);
  if (!loops) checkMonotone(curves);
  Json report{{"version", std::string(kVersion)},
              {"command", context.commandLine},
              {"curves", o.curves},
              {"model", o.request.model}};
  std::vector<GroupFit> fits;
  for (const auto& [name, members] : groupsOf(o, std::move(curves))) {
    FitRequest request = o.request;
    request.fromBelow = name == "high";
    fits.push_back(fitGroup(name, members, request, report["groups"][name]));
  }
  const auto files = filesOf(fits, o, report, context);
  const OutputFolder folder(o.out);
  for (const auto& [name, content] : files) writeWhole(o.out + "/" + name, content);
  if (context.json)
    fmt::print("{}\n", report.dump(2));
  else if (!context.quiet)
    for (const GroupFit& fit : fits) fmt::print("{}", fit.text);
}

}  // namespace

void addDevice(CLI::App& app, Context& context) {
  CLI::App* device =
      app.add_subcommand("device", "Models of memristive devices: fitted to measurements, drawn, pulsed");
  device->require_subcommand(1);
  addDeviceIv(*device, context);
  addDeviceProgramme(*device, context);
  auto o = std::make_shared<FitOptions>();
  const CLI::Validator above0 = finiteNumber(" above 0", [](float x) { return x > 0.0F; });
  CLI::App* command = device->add_subcommand("fit", "Fit a device law to measured I-V curves");
  command
      ->add_option("curves", o->curves,
                   "CSV file; the first line names the columns: voltage_v (_mv), current_a (_ma, "
                   "_ua, _na), curve, resistance_ohm, time_s (_ms, _us), - (skipped)")
      ->required();
  command->add_option("--model", o->request.model, "Law to fit")
      ->check(CLI::IsMember({"poole_frenkel", "log_linear", "sinh", "mean_metastable_switch"}))
      ->required();
  command->add_option("--columns", o->columns,
                      "Names of the columns of a file that has no first line of names");
  command->add_option("--fit", o->fit, "Least squares of the current, or of its logarithm")
      ->check(CLI::IsMember({"current", "log"}))
      ->capture_default_str();
  command
      ->add_option("--split-resistance", o->splitResistance,
                   "Fit curves below and above this resistance (ohm) apart")
      ->check(above0);
  command
      ->add_option(
          "--on-off-ratio", o->request.onOffRatio,
          "G_on/G_off of the device file; the range ends at the largest conductance, or (high group) "
          "begins at the least; default: that of the curves")
      ->check(finiteNumber(" from 1.0001 to 1e9", [](float x) { return x >= 1.0001F && x <= 1e9F; }));
  command->add_option("--temperature", o->request.temperature, "Of the measurement, K")
      ->check(finiteNumber(" from 1 to 2000 (K)", [](float x) { return x >= 1.0F && x <= 2000.0F; }))
      ->capture_default_str();
  command->add_option("--reference-voltage", o->request.referenceVolt, "log_linear: V_ref, V")
      ->check(above0)
      ->capture_default_str();
  command->add_option(
      "--period", o->period,
      "mean_metastable_switch: period of the drive (\"10 ms\"), which the samples cover; default: what "
      "their times say");
  command->add_option(
      "--least-retention", o->leastRetention,
      "mean_metastable_switch: only parameters that keep a state this long at 0 V (\"100 s\")");
  command->add_option("--read-voltage", o->readVoltage, "array.read_voltage of the device file (\"0.5 V\")");
  command
      ->add_option("--preset", o->preset,
                   "Chip around the cells in the device file: a preset or a hardware file (NAME.toml)")
      ->capture_default_str();
  command->add_option("--out", o->out, "Folder of device files, fit.json, tables and charts")->required();
  command->callback([o, &context] { runFit(*o, context); });
}

}  // namespace crosstile::app
