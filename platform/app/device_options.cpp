// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "models/base/error.h"
#include "models/device/metastable_switch.h"
#include "platform/app/device_commands.h"
#include "platform/app/validators.h"

namespace crosstile::app {

void DeviceOptions::addTo(CLI::App& command) {
  command.add_option("--device", device, "Hardware file (TOML) or preset whose cell it is")
      ->capture_default_str();
  command.add_option("--set", settings, "Overrides a key of it: section.key=value")->take_all();
  command.add_option("--seed", seed, "Seed of all random streams")
      ->check(wholeNumber(0))
      ->capture_default_str();
  command.add_option("--out", out, "Folder of the CSV and SVG files")->required();
}

double quantityOf(const std::string& given, const char* option, Unit unit, double least) {
  try {
    const double value = parseQuantity(given, unit);
    if (!(value >= least)) throw BadInput("must be at least {}", formatQuantity(least, unit));
    return value;
  } catch (const Error& error) {
    throw BadInput("{} {}: {}", option, given, error.what());
  }
}

std::string retentionText(const Hardware& h) {
  if (h.device.law != "mean_metastable_switch") return {};
  const MetastableSwitch device(h.device.mms, h.device.temperature);
  const auto text = [&](double volt) {
    const double second = device.retentionTime(volt).value;
    return std::isfinite(second) ? formatQuantity(second, Unit::second) : std::string("for ever (held)");
  };
  const double read = h.array.readVoltage.value;
  return fmt::format("retention {} at 0 V, {} at {}, {} at {}\n", text(0.0), text(read),
                     formatQuantity(read, Unit::volt), text(-read), formatQuantity(-read, Unit::volt));
}

}  // namespace crosstile::app
