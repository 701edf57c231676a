// SPDX-License-Identifier: Apache-2.0
// How metastable switches differ: from device to device, from pulse to pulse, and by the number of their
// switches that happen to turn.
#pragma once

#include <cstdint>

#include "models/base/random.h"
#include "models/device/metastable_switch.h"

namespace crosstile {

/// The parameters of device `cell`: R' = R exp(s n) for R_on, R_off and tau (medians kept), V' = V + s n for
/// V_on and V_off, every n a standard normal of its own (index `cell` of the stream). R_off' stays at
/// least 1.01 R_on'.
MetastableSwitchConfig variedSwitch(const MetastableSwitchConfig& config, const RandomStream& stream,
                                    std::uint64_t cell);

/// What chance does to one device: it counts its own draws, so that they depend on nothing but which device
/// it is and how often it drew before.
class SwitchChance {
 public:
  /// @param cycle, counts  streams of the purposes switchCycle and switchCounts; outlive this
  SwitchChance(const MetastableSwitchConfig& config, const RandomStream& cycle, const RandomStream& counts)
      : threshold_(config.c2cThreshold.value),
        tau_(config.c2cTau),
        switches_(config.switches),
        cycle_(cycle),
        counts_(counts) {}

  bool hasCycles() const { return threshold_ > 0.0 || tau_ > 0.0; }
  bool hasCounts() const { return switches_ > 0; }
  int switches() const { return switches_; }

  /// The device in one pulse: thresholds shifted by s_V n, tau times exp(s_tau n).
  /// @param drawn  how often this device drew before (counted on)
  MetastableSwitch cycle(const MetastableSwitch& device, std::uint64_t cell, std::uint32_t& drawn) const;

  /// The stochastic state after `second` s at one voltage. Of N switches N x are on;
  ///     N_on' = Bin(N_on, 1 - p_off) + Bin(N - N_on, p_on)
  ///     p_on = x_inf (1 - exp(-rate t))        p_off = (1 - x_inf)(1 - exp(-rate t))
  /// However t is split, the distribution after it is the same (models/base/binomial.h).
  double state(const MetastableSwitch::Motion& motion, double start, double second, std::uint64_t cell,
               std::uint32_t& drawn) const;

 private:
  double threshold_, tau_;
  int switches_;
  const RandomStream& cycle_;
  const RandomStream& counts_;
};

}  // namespace crosstile
