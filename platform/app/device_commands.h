// SPDX-License-Identifier: Apache-2.0
// The subcommands of `crosstile device` beside `fit`, one file each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/app/commands.h"
#include "platform/hardware/hardware.h"

namespace crosstile::app {

void addDeviceIv(CLI::App& device, Context& context);
void addDeviceProgramme(CLI::App& device, Context& context);

/// Which device, and where the results go.
struct DeviceOptions {
  std::string device = "sdc-tungsten", out;
  std::vector<std::string> settings;
  std::uint64_t seed = 1;
  void addTo(CLI::App& command);
};

/// A quantity of the command line. @throws BadInput naming the option: no such quantity, or below `least`
double quantityOf(const std::string& given, const char* option, Unit unit, double least);

/// Retention at 0 V and at the read voltage, for people; empty for laws without a state.
std::string retentionText(const Hardware& hardware);

}  // namespace crosstile::app
