// SPDX-License-Identifier: Apache-2.0
// `crosstile device programme`: what pulses do to cells; trains of them, or in a closed loop to targets.
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/programming/pulsed_array.h"
#include "models/programming/write_verify.h"
#include "platform/app/device_commands.h"
#include "platform/app/device_fit.h"
#include "platform/app/validators.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

struct ProgrammeOptions {
  DeviceOptions common;
  int up = 50, down = 50;
  std::string setVoltage, resetVoltage, width;
  std::vector<double> targets;
  int cells = 1;
};

std::string joules(const PulseEnergy& e) {
  return fmt::format("{:.9g},{:.9g},{:.9g},{:.9g}", e.device, e.series, e.accessSwitch, e.limiter);
}

std::unique_ptr<PulsedArray> cellsOf(const Hardware& h, int count, std::uint64_t seed) {
  auto cells = std::make_unique<PulsedArray>(h.device, h.array, h.programming, 1, count,
                                             StreamOwner{seed, 0, 0, 0, 0});
  const RandomStream start({seed, 0, 0, 0, 0}, Purpose::sampling);
  const std::string& state = h.programming.initialState;
  for (std::size_t c = 0; c < cells->size(); ++c)
    cells->setState(c, state == "off" ? 0.0 : state == "on" ? 1.0 : start.uniform(c));
  return cells;
}

/// `up` pulses of one sign, then `down` of the other, on each cell.
void train(const Hardware& h, const ProgrammeOptions& o, const Context& context) {
  const auto volt = [](const std::string& given, const char* option, Volts otherwise) {
    return given.empty() ? otherwise.value : quantityOf(given, option, Unit::volt, 1e-6);
  };
  const double up = volt(o.setVoltage, "--set-voltage", h.device.writeVoltage);
  const double down = volt(o.resetVoltage, "--reset-voltage", h.device.writeVoltage);
  const Seconds width{o.width.empty() ? h.device.writeTime.value
                                      : quantityOf(o.width, "--width", Unit::second, 1e-15)};
  const auto cells = cellsOf(h, o.cells, o.common.seed);
  std::string csv = "cell,pulse,time_s,amplitude_v,conductance_s,device_j,series_j,switch_j,limiter_j\n";
  Chart chart{"G in S", "pulse", "S", {}, false};
  PulseEnergy sum;
  for (std::size_t c = 0; c < cells->size(); ++c) {
    Series curve{fmt::format("cell {}", c), {0.0}, {cells->conductance(c)}, true};
    const double start = cells->now();
    for (int k = 0; k < o.up + o.down; ++k) {
      const double amplitude = k < o.up ? up : -down;
      const PulseCost cost = cells->pulse(c, {Volts{amplitude}, width});
      cells->rest(h.programming.gap);
      const double g = cells->conductance(c);
      sum += cost.selected;
      fmt::format_to(std::back_inserter(csv), "{},{},{:.9g},{:.9g},{:.9g},{}\n", c, k + 1,
                     cells->now() - start, amplitude, g, joules(cost.selected));
      curve.x.push_back(k + 1);
      curve.y.push_back(g);
    }
    if (c < 12) chart.series.push_back(std::move(curve));
  }
  const OutputFolder folder(o.common.out);
  writeWhole(o.common.out + "/pulses.csv", csv);
  writeWhole(
      o.common.out + "/pulses.svg",
      toSvg({chart}, fmt::format("{}: {} pulses of {}, {} of {}", h.name, o.up,
                                 formatQuantity(up, Unit::volt), o.down, formatQuantity(-down, Unit::volt))));
  if (context.quiet) return;
  fmt::print("{} cells, {} pulses each: {} in the cells, {} in series, {} in switches, {} in limiters\n{}",
             o.cells, o.up + o.down, formatQuantity(sum.device, Unit::joule),
             formatQuantity(sum.series, Unit::joule), formatQuantity(sum.accessSwitch, Unit::joule),
             formatQuantity(sum.limiter, Unit::joule), retentionText(h));
}

/// Each cell to its target, a share of the range from G_off to G_on; cell after cell.
void tune(Hardware h, const ProgrammeOptions& o, const Context& context) {
  h.programming.parallel = "cell";
  std::vector<double> targets;
  for (int c = 0; c < o.cells; ++c) {
    const double share = o.targets[static_cast<std::size_t>(c) % o.targets.size()];
    targets.push_back(h.device.gOff.value + share * (h.device.gOn.value - h.device.gOff.value));
  }
  const auto cells = cellsOf(h, o.cells, o.common.seed);
  const ArrayReport report = WriteVerify(h.programming, h.device).tuneAll(*cells, targets);
  std::string csv =
      "cell,target_s,conductance_s,reached,pulses,reads,time_s,device_j,series_j,switch_j,limiter_j,read_j\n";
  Chart chart{
      "G in S: points reached, line target", "cell", "S", {{"", {}, {}, false}, {"", {}, {}, true}}, false};
  std::string missed;
  for (std::size_t c = 0; c < report.cells.size(); ++c) {
    const CellReport& cell = report.cells[c];
    fmt::format_to(std::back_inserter(csv), "{},{:.9g},{:.9g},{},{},{},{:.9g},{},{:.9g}\n", c, cell.target,
                   cell.conductance, cell.reached ? 1 : 0, cell.pulses, cell.reads, cell.seconds,
                   joules(cell.write.selected), cell.readJ);
    chart.series[0].x.push_back(static_cast<double>(c));
    chart.series[0].y.push_back(cell.conductance);
    chart.series[1].x.push_back(static_cast<double>(c));
    chart.series[1].y.push_back(cell.target);
    if (!cell.reached)
      fmt::format_to(std::back_inserter(missed), "  cell {}: {} of {} after {} pulses\n", c,
                     formatQuantity(cell.conductance, Unit::siemens),
                     formatQuantity(cell.target, Unit::siemens), cell.pulses);
  }
  const PulseEnergy& e = report.write.selected;
  const nlohmann::ordered_json json{{"cells", o.cells},       {"unreached", report.unreached},
                                    {"left", report.left},    {"pulses", report.pulses},
                                    {"reads", report.reads},  {"time_s", report.seconds},
                                    {"device_j", e.device},   {"unselected_j", report.write.unselected},
                                    {"series_j", e.series},   {"switch_j", e.accessSwitch},
                                    {"limiter_j", e.limiter}, {"read_j", report.readJ}};
  const OutputFolder folder(o.common.out);
  writeWhole(o.common.out + "/cells.csv", csv);
  writeWhole(o.common.out + "/cells.json", json.dump(2) + "\n");
  writeWhole(o.common.out + "/cells.svg", toSvg({chart}, fmt::format("{}: write and verify", h.name)));
  if (context.json) {
    fmt::print("{}\n", json.dump(2));
  } else if (!context.quiet) {
    fmt::print("{} cells: {} pulses, {} reads, {}, {} in the cells; {} not reached\n{}{}", o.cells,
               report.pulses, report.reads, formatQuantity(report.seconds, Unit::second),
               formatQuantity(e.device, Unit::joule), report.unreached, missed, retentionText(h));
  }
}

}  // namespace

void addDeviceProgramme(CLI::App& device, Context& context) {
  auto o = std::make_shared<ProgrammeOptions>();
  CLI::App* command = device.add_subcommand("programme", "Pulse cells, or write and verify them to targets");
  o->common.addTo(*command);
  command->add_option("--up", o->up, "Pulses that raise G, first")
      ->check(wholeNumber(0, 1000000))
      ->capture_default_str();
  command->add_option("--down", o->down, "Pulses that lower it, then")
      ->check(wholeNumber(0, 1000000))
      ->capture_default_str();
  command->add_option("--set-voltage", o->setVoltage, "Of the first (default device.write_voltage)");
  command->add_option("--reset-voltage", o->resetVoltage, "Minus this of the others (the same)");
  command->add_option("--width", o->width, "Of a pulse (device.write_time)");
  command
      ->add_option(
          "--targets", o->targets,
          "Write and verify instead: shares of the range from g_off (0) to g_on (1), one a cell in turn")
      ->delimiter(',')
      ->check(finiteNumber(" from 0 to 1", [](float x) { return x >= 0.0F && x <= 1.0F; }));
  command->add_option("--cells", o->cells, "How many cells")
      ->check(wholeNumber(1, 1000000))
      ->capture_default_str();
  command->callback([o, &context] {
    const Hardware h = loadHardware(o->common.device, o->common.settings);
    if (o->targets.empty()) {
      train(h, *o, context);
    } else {
      tune(h, *o, context);
    }
  });
}

}  // namespace crosstile::app
