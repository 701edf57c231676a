// SPDX-License-Identifier: Apache-2.0
// `crosstile crossbar`: the currents of one crossbar, from CSV to CSV.
#include <tbb/parallel_for.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/base/version.h"
#include "models/crossbar/circuit_solver.h"
#include "models/crossbar/readout.h"
#include "models/device/linear.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"
#include "platform/app/commands.h"
#include "platform/app/crossbar_map.h"
#include "platform/hardware/hardware.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string conductances, voltages, out;
  std::string device = "linear";
  double deviceParameter = NAN;
  double rWord = 0.0, rBit = 0.0, rSource = 0.0, rSink = 0.0;
  double tolerance = 1e-9, error = 0.0;
  bool bothEnds = false;
  std::string readout;
  std::string map;
  int mapInput = 0;
};

/// A table of numbers, row by row.
struct Table {
  int rows = 0;
  int columns = 0;
  std::vector<double> values;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

double parseNumber(std::string_view field, const std::string& path, int line, int column) {
  std::string_view text = trimmed(field);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    throw BadInput("{}:{}: value {} is \"{}\": must be a finite number", path, line, column, trimmed(field));
  return value;
}

/// Numbers separated by commas, a row a line; empty lines and lines that start with # are skipped.
Table readCsv(const std::string& path) {
  std::ifstream file(path);
  if (!file || fs::is_directory(path)) throw BadInput("{}: can't be read", path);
  Table table;
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    const std::string_view row = trimmed(text);
    if (row.empty() || row.front() == '#') continue;
    int column = 0;
    for (std::size_t start = 0; start <= row.size(); ++column) {
      const std::size_t comma = std::min(row.find(',', start), row.size());
      table.values.push_back(parseNumber(row.substr(start, comma - start), path, line, column + 1));
      start = comma + 1;
    }
    if (table.rows++ == 0) table.columns = column;
    if (column != table.columns)
      throw BadInput("{}:{}: {} values: the lines before have {}", path, line, column, table.columns);
  }
  if (file.bad()) throw BadInput("{}: can't be read", path);
  if (table.rows == 0) throw BadInput("{}: holds no numbers", path);
  return table;
}

Table readConductances(const std::string& path) {
  Table table = readCsv(path);
  for (std::size_t k = 0; k < table.values.size(); ++k) {
    if (table.values[k] < 0.0)
      throw BadInput("{}: conductance of word line {}, bit line {} is {} S: must be >= 0", path,
                     k / static_cast<std::size_t>(table.columns), k % static_cast<std::size_t>(table.columns),
                     table.values[k]);
  }
  return table;
}

double requiredParameter(const Options& options, const char* meaning) {
  if (std::isnan(options.deviceParameter))
    throw BadInput("--device {}: needs --device-parameter ({})", options.device, meaning);
  return options.deviceParameter;
}

/// What stands at every crossing.
struct Cells {
  std::shared_ptr<const DeviceLaw> law;
  AccessConfig access;
};

/// `linear`, `sinh`, `poole_frenkel`, or the [device] and [access] of a hardware file.
Cells makeCells(const Options& options) {
  const std::string& device = options.device;
  if (device == "linear") return {std::make_shared<LinearLaw>(), {}};
  if (device == "sinh") return {std::make_shared<SinhLaw>(requiredParameter(options, "B, 1/V")), {}};
  if (device == "poole_frenkel")
    return {std::make_shared<SimplePooleFrenkelLaw>(requiredParameter(options, "beta, V^-1/2")), {}};
  if (fs::path(device).extension() == ".toml") {
    const Hardware hardware = loadHardware(device);
    return {makeDeviceLaw(hardware.device), hardware.array.access};
  }
  throw BadInput("--device {}: must be linear, sinh, poole_frenkel or a hardware file (FILE.toml)", device);
}

std::shared_ptr<const ProgrammedArray> makeArray(const Table& conductances,
                                                 std::shared_ptr<const DeviceLaw> law) {
  auto array = std::make_shared<ProgrammedArray>();
  array->rows = conductances.rows;
  array->columns = conductances.columns;
  array->conductance = conductances.values;
  array->law = std::move(law);
  array->cellParameters.resize(array->law->parameterCount() * array->conductance.size());
  array->law->prepare(array->conductance, nullptr, array->cellParameters);
  return array;
}

ArrayConfig wiresFrom(const Options& options) {
  const struct {
    const char* name;
    double ohm;
  } all[] = {{"--r-word", options.rWord},
             {"--r-bit", options.rBit},
             {"--r-source", options.rSource},
             {"--r-sink", options.rSink}};
  for (const auto& r : all) {
    if (!std::isfinite(r.ohm) || r.ohm < 0.0)
      throw BadInput("{} {}: must be a finite resistance >= 0 (ohm)", r.name, r.ohm);
  }
  ArrayConfig config;
  config.rWord = Ohms{options.rWord};
  config.rBit = Ohms{options.rBit};
  config.rSource = Ohms{options.rSource};
  config.rSink = Ohms{options.rSink};
  config.driveBothEnds = options.bothEnds;
  if (!(options.tolerance >= 1e-13 && options.tolerance <= 0.1))
    throw BadInput("--tolerance {}: must be from 1e-13 to 0.1", options.tolerance);
  config.circuitTolerance = options.tolerance;
  if (!(options.error >= 0.0 && options.error <= 0.1))
    throw BadInput("--error {}: must be from 0 to 0.1", options.error);
  config.circuitError = options.error;
  return config;
}

/// What is asked for, or the simplest rung that is exact.
std::string readoutOf(const Options& options, const Cells& cells) {
  const bool access = cells.access.kind != "none";
  const bool wires = options.rWord + options.rBit + options.rSource + options.rSink > 0.0;
  const std::string name = !options.readout.empty()         ? options.readout
                           : access || options.bothEnds     ? "circuit"
                           : wires && cells.law->isLinear() ? "ir_drop"
                           : wires                          ? "circuit"
                                                            : "device";
  if (name != "ohmic" && name != "device" && name != "ir_drop" && name != "circuit")
    throw BadInput("--readout {}: must be ohmic, device, ir_drop or circuit", name);
  if (name != "circuit" && access)
    throw BadInput("--readout {}: cells with an access device ({}: access.kind = \"{}\") need circuit", name,
                   options.device, cells.access.kind);
  if (name != "circuit" && options.bothEnds)
    throw BadInput("--readout {}: --drive-both-ends needs circuit", name);
  return name;
}

std::string toCsv(const Eigen::MatrixXd& current) {
  std::string text;
  for (Eigen::Index vector = 0; vector < current.cols(); ++vector) {
    for (Eigen::Index j = 0; j < current.rows(); ++j) {
      fmt::format_to(std::back_inserter(text), "{}{:.17g}", j > 0 ? "," : "", current(j, vector));
    }
    text += '\n';
  }
  return text;
}

constexpr Eigen::Index kVectorsATask = 64;

/// All vectors, spread over the cores.
Eigen::MatrixXd readAll(const Readout& readout, const Eigen::MatrixXd& voltages, int columns) {
  Eigen::MatrixXd current(columns, voltages.cols());
  tbb::parallel_for(Eigen::Index{0}, (voltages.cols() + kVectorsATask - 1) / kVectorsATask,
                    [&](Eigen::Index task) {
                      const Eigen::Index first = task * kVectorsATask,
                                         count = std::min(kVectorsATask, voltages.cols() - first);
                      current.middleCols(first, count) = readout.read(voltages.middleCols(first, count));
                    });
  return current;
}

/// The operating point of the map: of the circuit that the rung stands for.
OperatingPoint pointOf(const std::string& readout, const ProgrammedArray& array, const ArrayConfig& config,
                       const Eigen::VectorXd& voltages) {
  auto cells = std::make_shared<ProgrammedArray>(array);
  if (readout == "ohmic" || readout == "ir_drop") {
    cells->law = std::make_shared<LinearLaw>();
    cells->cellParameters = cells->conductance;
  }
  const bool wires = readout == "ir_drop" || readout == "circuit";
  CircuitOptions options;
  options.tolerance = config.circuitTolerance;
  return CircuitSolver(cells, wires ? wiresOf(config) : Wires{}, config.access)
      .operatingPoint(voltages, options);
}

void run(const Options& options, const Context& context) {
  ArrayConfig config = wiresFrom(options);
  const Table conductances = readConductances(options.conductances);
  const Table voltages = readCsv(options.voltages);
  if (voltages.columns != conductances.rows)
    throw BadInput("{}: {} voltages a line for the {} word lines of {}", options.voltages, voltages.columns,
                   conductances.rows, options.conductances);
  const Cells cells = makeCells(options);
  config.access = cells.access;
  const std::string name = readoutOf(options, cells);
  const auto array = makeArray(conductances, cells.law);
  const Eigen::Map<const Eigen::MatrixXd> v(voltages.values.data(), voltages.columns, voltages.rows);
  if (options.mapInput < 0 || options.mapInput >= voltages.rows)
    throw BadInput("--map-input {}: {} has vectors 0 to {}", options.mapInput, options.voltages,
                   voltages.rows - 1);
  checkOutputFile(options.out);
  std::unique_ptr<OutputFolder> folder;
  if (!options.map.empty()) folder = std::make_unique<OutputFolder>(options.map);
  const auto readout = makeReadout(name, array, config);
  const Eigen::MatrixXd current = readAll(*readout, v, array->columns);
  if (!current.allFinite())
    throw BadInput("the currents overflow: --device-parameter or the voltages are too large");
  std::vector<std::pair<std::string, std::string>> maps;
  if (folder != nullptr) {
    maps = mapFiles(
        pointOf(name, *array, config, v.col(options.mapInput)),
        {fmt::format("CrossTile {}: {}", kVersion, context.commandLine),
         fmt::format("input vector {} of {}, readout {}", options.mapInput, options.voltages, name)});
  }
  writeWhole(options.out, toCsv(current));
  for (const auto& [file, content] : maps) writeWhole((fs::path(options.map) / file).string(), content);
  if (context.json) {
    fmt::print("{}\n", nlohmann::json{{"out", options.out},
                                      {"vectors", current.cols()},
                                      {"columns", current.rows()},
                                      {"readout", name},
                                      {"residual", readout->residual()}}
                           .dump());
  } else if (!context.quiet) {
    fmt::print("{}: {} vectors x {} columns, readout {}, residual {:.2g} of the current\n", options.out,
               current.cols(), current.rows(), name, readout->residual());
    if (!maps.empty())
      fmt::print("{}: map of vector {}\n", (fs::path(options.map) / "map.svg").string(), options.mapInput);
  }
}

}  // namespace

void addCrossbar(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("crossbar", "Bit-line currents of one crossbar, from CSV to CSV");
  command->add_option("--conductances", options->conductances, "CSV, a line a word line, siemens")
      ->required();
  command->add_option("--voltages", options->voltages, "CSV, a line an input vector, volt")->required();
  command->add_option("--device", options->device,
                      "linear | sinh | poole_frenkel | FILE.toml ([device] and [access] of a hardware file)");
  command->add_option("--device-parameter", options->deviceParameter,
                      "sinh: B of I = G sinh(BV)/B (1/V); poole_frenkel: beta of "
                      "I = G V exp(beta (sqrt(|V| + 1e-6) - sqrt(1e-6))) (V^-1/2)");
  command->add_option("--r-word", options->rWord, "One word-line segment, ohm");
  command->add_option("--r-bit", options->rBit, "One bit-line segment, ohm");
  command->add_option("--r-source", options->rSource, "In series with a word line's first segment, ohm");
  command->add_option("--r-sink", options->rSink, "In series with a bit line's last segment, ohm");
  command->add_option(
      "--readout", options->readout,
      "ohmic (G V, no wires) | device (each cell's I(V), no wires) | ir_drop (G and wires) | "
      "circuit (each cell's I(V) and wires); default: device without wires, with them ir_drop for "
      "linear cells and circuit for others");
  command->add_option("--tolerance", options->tolerance,
                      "circuit: L1 norm of the Kirchhoff residual over the largest current; default 1e-9");
  command->add_option(
      "--error", options->error,
      "circuit, the fast path: it is enough that each current's error is at most this share of the "
      "largest current (a bound checked for every input)");
  command->add_flag("--drive-both-ends", options->bothEnds, "circuit: word lines are driven at both ends");
  command->add_option(
      "--map", options->map,
      "Folder for node voltages, cell currents and powers (CSV) and heat maps of them (map.svg)");
  command->add_option("--map-input", options->mapInput,
                      "The input vector that is mapped; default 0, the first");
  command->add_option("--out", options->out, "CSV, a line an input vector, ampere")->required();
  command->callback([options, &context] { run(*options, context); });
}

}  // namespace crosstile::app
