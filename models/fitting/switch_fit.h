// SPDX-License-Identifier: Apache-2.0
// The mean metastable switch fitted to a measured hysteresis loop.
#pragma once

#include "models/device/metastable_switch.h"
#include "models/fitting/iv_curve.h"

namespace crosstile {

struct SwitchFit {
  MetastableSwitchConfig parameters;  ///< phi = 1
  double nrmse = 0.0;                 ///< rms error of I over I_max - I_min; of several loops their rms
  std::vector<double> nrmseOf;        ///< of each loop
  Seconds retention{};                ///< tau/(a+b) at 0 V; at most 1e15 s
  std::vector<double> ampere;         ///< the fitted current at the samples, loop after loop
  /// The measured voltages reach both thresholds, or nearly (2 V_T). Far below one a rate is exp((V -
  /// V_on)/V_T)/tau: V_on and tau can't be told apart then (their combination, hence current and retention,
  /// can).
  bool thresholdsSeen = true;
};

/// Fits one period of a repeated drive: the measured voltage drives the model, constant from sample to
/// sample, in its closed form; the state is the periodic one. R_on (at least half of the least resistance
/// seen) and R_off follow linearly from the others; V_T is at least 1 mV.
/// @param period  0 s: the samples' times tell it (the last sample lasts as long as the others do on average)
/// @param leastRetention  parameters that forget faster at 0 V don't count; 0 s: whatever fits best
/// @throws BadInput naming the curve: too few samples, or no parameters that describe it
SwitchFit fitSwitch(const IvCurve& loop, Seconds period, Seconds leastRetention);

/// One set of parameters for several loops of one device, at any frequencies and amplitudes; each counts
/// alike, by its own range of current. @param period  of loops without times: common to all
SwitchFit fitSwitch(const std::vector<IvCurve>& loops, Seconds period, Seconds leastRetention);

}  // namespace crosstile
