// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "models/base/error.h"
#include "models/device/nonideality.h"

namespace crosstile::test {

/// What checkNonideality() says of a device after change(device, nonideality); "accepted" when nothing.
template <class Change>
std::string refusal(DeviceConfig device, Change&& change) {
  NonidealityConfig nonideality;
  std::forward<Change>(change)(device, nonideality);
  try {
    checkNonideality(device, nonideality);
  } catch (const BadInput& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace crosstile::test
