// SPDX-License-Identifier: Apache-2.0
// `crosstile device iv`: the current-voltage loop of a cell under a periodic drive.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "models/base/error.h"
#include "models/device/switch_pulse.h"
#include "platform/app/device_commands.h"
#include "platform/app/device_fit.h"
#include "platform/app/validators.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

struct IvOptions {
  DeviceOptions common;
  std::string amplitude = "0.8 V", frequency = "100 Hz", waveform = "sine";
  int periods = 3, samples = 400;
  double state = 0.0;
};

/// From -1 to 1, at `phase` of a period, beginning at 0 and rising.
double shapeOf(const std::string& waveform, double phase) {
  if (waveform == "sine") return std::sin(6.283185307179586 * phase);
  const double x = phase - std::floor(phase);
  return x < 0.25 ? 4.0 * x : x < 0.75 ? 2.0 - 4.0 * x : 4.0 * x - 4.0;
}

struct Loop {
  Series curve{"", {}, {}, true}, state{"", {}, {}, true};
  std::string csv;
  double leastG = HUGE_VAL, mostG = 0.0;
  PulseEnergy energy;  ///< of the last period
};

/// A switch: the drive goes straight from sample to sample.
Loop loopOf(const Hardware& h, const IvOptions& o, double amplitude, double period) {
  const MeanMetastableSwitchLaw law(h.device.mms, h.device.temperature);
  const SwitchPulser pulser(law, h.programming.path());
  const MetastableSwitch& device = law.dynamics();
  Loop loop;
  loop.csv = "time_s,driver_v,voltage_v,current_a,state,conductance_s\n";
  double x = o.state;
  for (int k = 0; k <= o.periods * o.samples; ++k) {
    const double phase = static_cast<double>(k) / o.samples, t = phase * period;
    const double volt = amplitude * shapeOf(o.waveform, phase);
    if (k > 0) {
      const double before = amplitude * shapeOf(o.waveform, static_cast<double>(k - 1) / o.samples);
      const PulseResult step = pulser.ramp(device, x, before, volt, Seconds{period / o.samples});
      x = step.state;
      if (k > (o.periods - 1) * o.samples) loop.energy += step.energy;
    }
    const CellPoint at = pulser.operate(device, x, volt);
    const double g = device.conductance(x);
    fmt::format_to(std::back_inserter(loop.csv), "{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n", t, volt,
                   at.volt, at.ampere, x, g);
    loop.curve.x.push_back(at.volt);
    loop.curve.y.push_back(at.ampere);
    loop.state.x.push_back(t);
    loop.state.y.push_back(x);
    if (k < (o.periods - 1) * o.samples) continue;
    loop.leastG = std::min(loop.leastG, g);
    loop.mostG = std::max(loop.mostG, g);
  }
  return loop;
}

/// A law without a state: its curves at G_on and G_off.
Series staticCurve(const DeviceLaw& law, const std::string& name, double g, double amplitude, int samples) {
  std::vector<double> parameters(law.parameterCount()), current(1);
  law.prepare(std::vector<double>{g}, nullptr, parameters);
  Series curve{name, {}, {}, true};
  for (int k = 0; k <= samples; ++k) {
    const double volt = amplitude * (2.0 * k / samples - 1.0);
    law.evaluate(parameters, std::vector<double>{volt}, current, {});
    curve.x.push_back(volt);
    curve.y.push_back(current[0]);
  }
  return curve;
}

void runIv(const IvOptions& o, const Context& context) {
  const double amplitude = quantityOf(o.amplitude, "--amplitude", Unit::volt, 1e-6);
  const double frequency = quantityOf(o.frequency, "--frequency", Unit::hertz, 1e-9);
  const Hardware h = loadHardware(o.common.device, o.common.settings);
  const double rated = h.device.ratedVoltage.value;
  if (rated > 0.0 && amplitude > rated)
    throw BadInput("--amplitude {}: above device.rated_voltage ({})", o.amplitude,
                   formatQuantity(rated, Unit::volt));
  std::string csv, text;
  std::vector<Chart> charts;
  if (h.device.law == "mean_metastable_switch") {
    const Loop loop = loopOf(h, o, amplitude, 1.0 / frequency);
    csv = loop.csv;
    charts = {{"I in A", "V of the cell, volt", "A", {loop.curve}, false},
              {"state x", "time, s", "", {loop.state}, false}};
    text = fmt::format(
        "G from {} to {} in the last period; cell {}, series {}, switch {}, limiter {} a period\n{}",
        formatQuantity(loop.leastG, Unit::siemens), formatQuantity(loop.mostG, Unit::siemens),
        formatQuantity(loop.energy.device, Unit::joule), formatQuantity(loop.energy.series, Unit::joule),
        formatQuantity(loop.energy.accessSwitch, Unit::joule),
        formatQuantity(loop.energy.limiter, Unit::joule), retentionText(h));
  } else {
    const auto law = makeDeviceLaw(h.device);
    const Series on = staticCurve(*law, "g_on", h.device.gOn.value, amplitude, o.samples);
    const Series off = staticCurve(*law, "g_off", h.device.gOff.value, amplitude, o.samples);
    csv = "voltage_v,current_at_g_on_a,current_at_g_off_a\n";
    for (std::size_t k = 0; k < on.x.size(); ++k)
      fmt::format_to(std::back_inserter(csv), "{:.9g},{:.9g},{:.9g}\n", on.x[k], on.y[k], off.y[k]);
    charts = {{"I in A, at G_on", "V, volt", "A", {on}, false},
              {"I in A, at G_off", "V, volt", "A", {off}, false}};
    text = fmt::format("{} has no state that a drive moves: curves at G_on and G_off\n", h.device.law);
  }
  const OutputFolder folder(o.common.out);
  writeWhole(o.common.out + "/iv.csv", csv);
  writeWhole(o.common.out + "/iv.svg",
             toSvg(charts, fmt::format("{}, {}, {}", h.name, o.amplitude, o.frequency)));
  if (!context.quiet) fmt::print("{}", text);
}

}  // namespace

void addDeviceIv(CLI::App& device, Context& context) {
  auto o = std::make_shared<IvOptions>();
  CLI::App* command = device.add_subcommand("iv", "Draw the current-voltage loop of a cell");
  o->common.addTo(*command);
  command->add_option("--amplitude", o->amplitude, "Of the driver")->capture_default_str();
  command->add_option("--frequency", o->frequency, "Of the drive")->capture_default_str();
  command->add_option("--waveform", o->waveform, "sine | triangle")
      ->check(CLI::IsMember({"sine", "triangle"}))
      ->capture_default_str();
  command->add_option("--periods", o->periods, "How many")
      ->check(wholeNumber(1, 10000))
      ->capture_default_str();
  command->add_option("--samples", o->samples, "Of a period")
      ->check(wholeNumber(8, 100000))
      ->capture_default_str();
  command->add_option("--state", o->state, "At the beginning, 0 (all switches off) to 1")
      ->check(finiteNumber(" from 0 to 1", [](float x) { return x >= 0.0F && x <= 1.0F; }))
      ->capture_default_str();
  command->callback([o, &context] { runIv(*o, context); });
}

}  // namespace crosstile::app
