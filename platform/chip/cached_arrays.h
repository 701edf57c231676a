// SPDX-License-Identifier: Apache-2.0
// The arrays of a hardware description, with a folder that keeps them from run to run.
#pragma once

#include <string>

#include "platform/hardware/hardware.h"
#include "workloads/execution/analog_array.h"

namespace crosstile {

/// analogConfig() with an ArrayCache in `folder` (none where it is empty). @throws BadInput when it can't be made
AnalogConfig cachedAnalogConfig(const Hardware& hardware, const std::string& folder);

}  // namespace crosstile
