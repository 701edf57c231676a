// SPDX-License-Identifier: Apache-2.0
// The mean metastable switch fitted to a measured hysteresis loop.
#pragma once

#include "models/device/metastable_switch.h"
#include "models/fitting/iv_curve.h"

namespace crosstile {

struct SwitchFit {
  MetastableSwitchConfig parameters;  ///< phi = 1
  double nrmse = 0.0;                 ///< rms error of I over I_max - I_min
  Seconds retention{};                ///< tau/(a+b) at 0 V; at most 1e15 s
  std::vector<double> ampere;         ///< the fitted current at the samples
};

/// Fits a loop whose samples are spread evenly over one `period` of a repeated drive: the measured voltage drives the
/// model, constant over a sample, in its closed form; the state is the periodic one. R_on and R_off follow linearly from
/// the others. @param leastRetention  refuses parameters that forget faster at 0 V; 0 s: whatever fits best
/// @throws BadInput naming the curve: too few samples, or no parameters that describe it
SwitchFit fitSwitch(const IvCurve& loop, Seconds period, Seconds leastRetention);

}  // namespace crosstile
