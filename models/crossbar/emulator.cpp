// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/emulator.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr double kSame = 1e-9;         // relative: numbers that went through a file or another unit
constexpr double kOutsideRange = 0.5;  // of G_on - G_off: programming errors may leave the range this far

bool same(double a, double b) {
  return std::abs(a - b) <= kSame * std::max(std::abs(a), std::abs(b));
}

void checkSize(const EmulatorTechnology& t, const ProgrammedArray& array) {
  if (array.rows == t.rows && array.columns == t.columns) return;
  throw BadInput(
      "emulator: trained for {}x{} cells (reference and offset columns included), the array has {}x{}",
      t.rows, t.columns, array.rows, array.columns);
}

void checkWires(const EmulatorTechnology& t, const Wires& wires) {
  const struct {
    const char* name;
    double trained, here;
  } all[] = {{"array.r_word", t.wires.rWord, wires.rWord},
             {"array.r_bit", t.wires.rBit, wires.rBit},
             {"array.r_source", t.wires.rSource, wires.rSource},
             {"array.r_sink", t.wires.rSink, wires.rSink}};
  for (const auto& w : all) {
    if (!same(w.trained, w.here))
      throw BadInput("emulator: trained for {} = {} ohm, the array has {} ohm", w.name, w.trained, w.here);
  }
}

constexpr const char* kLaws[] = {"linear", "sinh", "poole_frenkel"};

/// Laws are compared by what they do: the currents of cells at both ends of the range at two voltages.
void checkLaw(const EmulatorTechnology& t, const DeviceLaw& law) {
  const auto trained = makeDeviceLaw(t.device);
  const auto currents = [&](const DeviceLaw& l) {
    const std::vector<double> g{t.device.gOff.value, t.device.gOn.value, t.device.gOff.value,
                                t.device.gOn.value};
    const std::vector<double> v{t.voltage, t.voltage, 0.5 * t.voltage, 0.5 * t.voltage};
    std::vector<double> parameters(l.parameterCount() * g.size()), current(g.size());
    l.prepare(g, nullptr, parameters);
    l.evaluate(parameters, v, current, {});
    return current;
  };
  if (trained->name() != law.name())
    throw BadInput("emulator: trained for cells of law {}, the array has {}", trained->name(), law.name());
  const std::vector<double> a = currents(*trained), b = currents(law);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i]))
      throw BadInput("emulator: trained for cells of law {} with other parameters", trained->name());
  }
}

void checkConductances(const EmulatorTechnology& t, const ProgrammedArray& array) {
  const double low = t.device.gOff.value, high = t.device.gOn.value, margin = kOutsideRange * (high - low);
  for (std::size_t c = 0; c < array.conductance.size(); ++c) {
    const double g = array.conductance[c];
    if (g >= low - margin && g <= high + margin) continue;
    throw BadInput("emulator: trained for conductances from {:.4g} to {:.4g} S, cell ({}, {}) has {:.4g} S",
                   low, high, c / static_cast<std::size_t>(array.columns),
                   c % static_cast<std::size_t>(array.columns), g);
  }
}

}  // namespace

std::string_view nameOf(EmulatorKind kind) {
  return kind == EmulatorKind::geniex ? "geniex" : "residual";
}

EmulatorKind emulatorKind(std::string_view name) {
  if (name == "geniex") return EmulatorKind::geniex;
  if (name == "residual") return EmulatorKind::residual;
  throw BadInput("emulator kind \"{}\": must be geniex or residual", name);
}

Predistortion::Predistortion(const DeviceConfig& device)
    : law_(makeDeviceLaw(device)), conductance_(device.gOn.value) {
  cell_.resize(law_->parameterCount());
  law_->prepare(std::vector<double>{conductance_}, nullptr, cell_);
}

double Predistortion::operator()(double voltage) const {
  double current = 0.0;
  law_->evaluate(cell_, {&voltage, 1}, {&current, 1}, {});
  return current / conductance_;
}

void checkEmulatorTechnology(const DeviceConfig& device, const ArrayConfig& config) {
  if (std::find(std::begin(kLaws), std::end(kLaws), device.law) == std::end(kLaws))
    throw BadInput("emulator: device.law = \"{}\": must be linear, sinh or poole_frenkel", device.law);
  checkEmulatorDrive(config);
}

void checkEmulatorDrive(const ArrayConfig& config) {
  if (config.access.kind != "none")
    throw BadInput(
        "emulator: access.kind = \"{}\": must be none, emulators are for cells without access devices",
        config.access.kind);
  if (config.driveBothEnds)
    throw BadInput(
        "emulator: array.drive_both_ends = true: must be false, emulators are for drive from one end");
  if (config.floatIdleRows)
    throw BadInput(
        "emulator: array.float_idle_rows = true: must be false, emulators hold idle word lines at 0 V");
}

void checkEmulatorFits(const EmulatorTechnology& technology, const ProgrammedArray& array,
                       const ArrayConfig& config, Span<const double> voltages) {
  checkSize(technology, array);
  checkEmulatorDrive(config);
  checkWires(technology, wiresOf(config));
  checkLaw(technology, *array.law);
  checkConductances(technology, array);
  checkEmulatorVoltages(technology, voltages);
}

void checkEmulatorVoltages(const EmulatorTechnology& technology, Span<const double> voltages) {
  for (const double v : voltages) {
    if (v >= 0.0 && v <= technology.voltage * (1.0 + kSame)) continue;
    throw BadInput("emulator: trained for voltages from 0 to {} V, an input is {} V", technology.voltage, v);
  }
}

}  // namespace crosstile
