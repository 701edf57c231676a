// SPDX-License-Identifier: Apache-2.0
// The curve of a tabulated device law, from its CSV file.
#pragma once

#include <string>

#include "models/crossbar/array_config.h"

namespace crosstile::hardware {

/// Reads device.table: a line a point, `voltage,current` in volt and ampere; a first line that says
/// "voltage,current", empty lines and lines that start with # are skipped.
/// @param where  what named the file ("mine.toml:17: device.table"), for when it can't be read
/// @throws BadInput naming file and line of the first point that can't stand (models/device/tabulated.h)
void readDeviceTable(DeviceConfig& device, const std::string& where);

}  // namespace crosstile::hardware
