// SPDX-License-Identifier: Apache-2.0
// The nonidealities of a hardware description, each of which can be taken away.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/hardware/hardware.h"

namespace crosstile::app {

struct Effect {
  std::string name;
  std::function<bool(const Hardware&)> present;
  std::function<void(Hardware&)> remove;
};

/// All effects that values can suffer from on their way through arrays and converters.
std::vector<Effect> allEffects();

}  // namespace crosstile::app
