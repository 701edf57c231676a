// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/crossbar/array_config.h"

namespace crosstile::test {

/// A switch as a tungsten device's loop at 100 Hz has it; written within a tenth of its range from its ends.
inline DeviceConfig rangedTungsten() {
  DeviceConfig d;
  d.law = "mean_metastable_switch";
  d.mms.rOn = Ohms{2140.0};
  d.mms.rOff = Ohms{111e3};
  d.mms.vOn = Volts{0.251};
  d.mms.vOff = Volts{0.254};
  d.mms.tau = Seconds{25e-6};
  d.mms.vT = Volts{0.0263};
  const double on = 1 / 2140.0, off = 1 / 111e3;
  d.gOn = Siemens{off + 0.9 * (on - off)};
  d.gOff = Siemens{off + 0.1 * (on - off)};
  d.writeTime = Seconds{1e-5};
  return d;
}

}  // namespace crosstile::test
