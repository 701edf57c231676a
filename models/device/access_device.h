// SPDX-License-Identifier: Apache-2.0
// Access devices: what stands in series with a memristive cell so that cells which aren't meant stay quiet.
#pragma once

#include <string>
#include <vector>

#include "models/crossbar/array_config.h"

namespace crosstile {

/// An NMOS transistor as in SPICE's level 1 (Shichman and Hodges, IEEE J. Solid-State Circuits 3, 1968),
/// without body effect. From drain to source, for V_ds >= 0, V = V_gs - V_th and beta = kp W/L:
///     I = 0                                             V <= 0        (cutoff)
///     I = beta V_ds (V - V_ds/2) (1 + lambda V_ds)      V_ds < V      (linear)
///     I = beta/2 V^2 (1 + lambda V_ds)                  otherwise     (saturation)
/// Drain and source are the same by construction: for V_ds < 0 they exchange their parts,
/// I(V_gs, V_ds) = -I(V_gd, -V_ds). Continuous with its first derivatives; rises with V_gs and V_ds.
class AccessTransistor {
 public:
  struct Channel {
    double current = 0.0;  ///< A, drain to source
    double gate = 0.0;     ///< dI/dV_gs, S
    double drain = 0.0;    ///< dI/dV_ds, S
  };
  /// @throws BadInput naming the key that is out of range
  explicit AccessTransistor(const AccessConfig& config);
  Channel evaluate(double vgs, double vds) const {
    if (vds >= 0.0) return forward(vgs, vds);
    const Channel swapped = forward(vgs - vds, -vds);
    return {-swapped.current, -swapped.gate, swapped.gate + swapped.drain};
  }

 private:
  Channel forward(double vgs, double vds) const {
    const double over = vgs - threshold_;
    if (!(over > 0.0)) return {};
    const double modulation = beta_ * (1.0 + lambda_ * vds);
    if (over <= vds) {
      const double square = 0.5 * over * over;
      return {modulation * square, modulation * over, beta_ * lambda_ * square};
    }
    const double charge = vds * (over - 0.5 * vds);
    return {modulation * charge, modulation * vds, modulation * (over - vds) + beta_ * lambda_ * charge};
  }

  double beta_;
  double lambda_;
  double threshold_;
};

/// A symmetric two-terminal selector with an exponential characteristic, such as a mixed-ionic-electronic
/// conductor or a tunnel barrier:
///     I = I0 sinh(V/V0)
/// It "opens" where I0 exp(V/V0)/2 meets the cell's current, a threshold of V0 ln(2I/I0).
class Selector {
 public:
  /// @throws BadInput naming the key that is out of range
  explicit Selector(const AccessConfig& config);
  double current(double v) const;
  /// dI/dV at the voltage where the current is `i`.
  double slopeAtCurrent(double i) const;
  /// The voltage at which the current is `i`.
  double voltage(double i) const;
  /// dV/dI there.
  double resistance(double i) const { return 1.0 / slopeAtCurrent(i); }

 private:
  double i0_;
  double v0_;
};

/// none, transistor, selector.
std::vector<std::string> accessKinds();

}  // namespace crosstile
