// SPDX-License-Identifier: Apache-2.0
// `crosstile describe`: the effective hardware description and what it amounts to.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "platform/app/commands.h"
#include "platform/hardware/chip_figures.h"
#include "platform/hardware/hardware.h"
#include "platform/host/register_table.h"

namespace crosstile::app {
namespace {

struct Options {
  std::string hardware;
  std::vector<std::string> settings;
  bool toml = false;
  bool keys = false;
  std::string registers;
};

std::string power(Watts w) {
  return formatQuantity(w.value, Unit::watt);
}
std::string area(SquareMetres a) {
  return fmt::format("{:.4g} mm2", a.value * 1e6);
}

void printHead(const Hardware& h, const ChipFigures& f) {
  const Population& p = f.population;
  const int cores = p.tiles() * p.coresPerTile;
  fmt::print("{}: {}\n\n", h.name, h.description);
  fmt::print("chip      {} tiles at {} routers ({}x{}), {} cores, {} arrays, {} ADCs\n", p.tiles(), p.routers,
             h.chip.meshColumns, h.chip.meshRows, cores, cores * p.arraysPerCore, cores * p.adcsPerCore);
  fmt::print("array     {} rows x {} data columns ({} converted), {} outputs of {} cells a weight\n",
             h.array.rows, h.array.columns, p.columnsPerArray, f.outputsPerArray, f.slices);
  fmt::print("operands  {}-bit inputs in {} pulses, {}-bit weights ({}), {}-bit ADC, readout {}\n",
             h.encoding.inputBits, f.planes, h.encoding.weightBits, h.encoding.scheme, h.adc.bits, h.readout);
  fmt::print("read      {} a pulse, {} to convert it: {} limits\n",
             formatQuantity(f.readTime.value, Unit::second),
             formatQuantity(f.conversionTime.value, Unit::second),
             f.conversionTime > f.readTime ? "the ADC" : "the array");
}

void printSettling(const Hardware& h, const ChipFigures& f) {
  if (!(f.settling.time.value > 0.0)) return;
  const auto seconds = [](Seconds t) { return formatQuantity(t.value, Unit::second); };
  fmt::print("settling  {} to half an LSB of {} bits (Elmore delay {} of a word line, {} of a bit line)\n",
             seconds(f.settling.time), h.adc.bits, seconds(f.settling.word), seconds(f.settling.bit));
  if (f.settlesTooLate())
    fmt::print(
        "warning   the lines settle in {}, array.read_time is {}: values assume that they have settled\n",
        seconds(f.settling.time), seconds(f.readTime));
}

void printAdc(const Hardware& h) {
  const ComponentCost& adc = h.cost[Component::adc];
  const AdcDesign design = adcDesign(h);
  fmt::print("adc       {} ({}): {} a conversion, {}, {} at {:.4g} GS/s\n", h.cost.adcModel, adc.source,
             formatQuantity(adc.energy.value, Unit::joule), area(adc.area), power(adc.power),
             design.rate.value * 1e-9);
  if (h.cost.adcModel == "explicit") return;
  const Seconds latency = adcCost(h.cost.adcModel, design).latency;
  if (latency > h.adc.period)
    fmt::print("warning   by this model a conversion takes {}, adc.period is {}\n",
               formatQuantity(latency.value, Unit::second), formatQuantity(h.adc.period.value, Unit::second));
}

void printTable(const ChipFigures& f) {
  fmt::print("\n{:<24}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}\n", "component", "core", "", "tile", "", "chip",
             "");
  const auto row = [](const std::string& name, const AreaPower& core, const AreaPower& tile,
                      const AreaPower& chip) {
    fmt::print("{:<24}{:>14}{:>14}{:>14}{:>14}{:>14}{:>14}\n", name, power(core.power), area(core.area),
               power(tile.power), area(tile.area), power(chip.power), area(chip.area));
  };
  for (std::size_t c = 0; c < kComponents; ++c) {
    const bool empty = f.chip[c].power.value == 0.0 && f.chip[c].area.value == 0.0;
    if (!empty) row(std::string(toString(static_cast<Component>(c))), f.core[c], f.tile[c], f.chip[c]);
  }
  row("total", total(f.core), total(f.tile), total(f.chip));
  const Watts leakage = total(f.chip).leakage;
  if (leakage.value > 0.0) {
    fmt::print("{:<24}{:>14}{:>14}{:>14}{:>14}{:>14}\n", "  of it leakage", power(total(f.core).leakage), "",
               power(total(f.tile).leakage), "", power(leakage));
  }
  fmt::print("(a tile holds 1/{} of its router)\n", f.population.tilesPerRouter);
}

void printPeak(const ChipFigures& f) {
  fmt::print("\npeak      {:.4g} TOPS", f.peakOpsPerSecond * 1e-12);
  if (f.opsPerJoule > 0.0) fmt::print(", {:.4g} GOPS/W", f.opsPerJoule * 1e-9);
  if (f.opsPerSecondPerSquareMetre > 0.0)
    fmt::print(", {:.4g} GOPS/s/mm2", f.opsPerSecondPerSquareMetre * 1e-15);
  fmt::print(" (one multiply-accumulate = 2 operations)\n");
}

std::string registerText(const std::string& form) {
  if (form == "c") return registerHeader();
  if (form == "sv") return registerPackage();
  return form == "ipxact" ? registerIpXact() : registerDocumentation();
}

void describe(const Options& options, const Context& context) {
  if (!options.registers.empty()) {
    fmt::print("{}", registerText(options.registers));
    return;
  }
  if (options.keys) {
    fmt::print("{}", keyReference());
    return;
  }
  if (options.hardware.empty()) throw BadInput("describe: --hardware is missing: a file or a preset's name");
  const Hardware hardware = loadHardware(options.hardware, options.settings);
  const ChipFigures figures = chipFigures(hardware);
  if (options.toml) {
    fmt::print("{}", toToml(hardware));
  } else if (context.json) {
    fmt::print("{}\n", toJson(hardware, figures));
  } else {
    printHead(hardware, figures);
    printSettling(hardware, figures);
    printAdc(hardware);
    printTable(figures);
    printPeak(figures);
  }
}

}  // namespace

void addDescribe(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("describe", "Effective description, area, power and peak performance");
  command->add_option("--hardware", options->hardware, "Hardware file (TOML) or preset");
  command->add_option("--set", options->settings, "section.key=value, replaces a key of the description")
      ->allow_extra_args(false)
      ->take_all();
  command->add_flag("--toml", options->toml, "Print the effective description as TOML");
  command
      ->add_option("--registers", options->registers,
                   "Print the host's register map: table (Markdown), c (a header), sv (a package) or ipxact")
      ->check(CLI::IsMember({"table", "c", "sv", "ipxact"}));
  command->add_flag("--keys", options->keys, "Print the reference of all keys (docs/hardware.md)");
  command->callback([options, &context] { describe(*options, context); });
}

}  // namespace crosstile::app
