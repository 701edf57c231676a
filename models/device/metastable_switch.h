// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/base/quantity.h"
#include "models/crossbar/array_config.h"
#include "models/device/device_law.h"

namespace crosstile {

/// The mean metastable switch, the model of self-directed-channel memristors (Knowm; as in Eslami et al.
/// 2024, arXiv 2408.14680). A device is many switches, a share x of them on; each goes on and off by thermal
/// activation at rates that the voltage V shifts:
///     dx/dt = ( (1-x) a - x b )/tau
///     a = 1/(1 + exp(-(V - V_on)/V_T))        b = 1/(1 + exp((V + V_off)/V_T))
///     G = x/R_on + (1-x)/R_off
/// At constant V this is linear in x and has the closed form of state(). V_T is kT/e for independent
/// switches; fits to loops take it as a free parameter.
class MetastableSwitch {
 public:
  /// @param temperature  gives V_T = kT/e where config.vT is 0
  /// @throws BadInput naming the key that is out of range
  MetastableSwitch(const MetastableSwitchConfig& config, Kelvin temperature);

  double onRate(double volt) const;   ///< a, per tau
  double offRate(double volt) const;  ///< b, per tau
  /// Where the state goes at a voltage, and how fast: dx/dt = rate (equilibrium - x).
  struct Motion {
    double equilibrium;  ///< a/(a+b)
    double rate;         ///< (a+b)/tau, 1/s; 0 while the state is held
    /// x after `second` s: x_inf + (x - x_inf) exp(-rate t).
    double state(double start, double second) const;
    /// Integral of x over those `second` s.
    double integral(double start, double second) const;
  };
  Motion motion(double volt) const;
  /// x after infinite time: a/(a+b).
  double equilibrium(double volt) const { return motion(volt).equilibrium; }
  /// x(t) = x_inf + (x_0 - x_inf) exp(-t (a+b)/tau); x_0 where |V| is below config.holdBelow.
  double state(double start, double volt, Seconds time) const {
    return motion(volt).state(start, time.value);
  }
  /// Time constant of forgetting at that voltage: tau/(a+b); infinite where the state is held.
  Seconds retentionTime(double volt) const;
  double conductance(double state) const { return gOff_ + state * (gOn_ - gOff_); }
  double stateOf(double conductance) const { return (conductance - gOff_) / (gOn_ - gOff_); }

  /// The same device in a pulse of its own: both thresholds higher by `shift` V, tau times `factor`.
  MetastableSwitch inCycle(double shift, double factor) const;

 private:
  double gOn_, gOff_, vOn_, vOff_, tau_, vT_, hold_;
};

/// The current of such a device in the state that its conductance says, in parallel with Schottky barriers:
///     I = phi G V + (1-phi) [ a_f (exp(b_f V) - 1) - a_r (exp(-b_r V) - 1) ]
/// Monotone, 0 at 0 V; not odd unless both barriers are alike. During a read the state is frozen; disturb()
/// moves it afterwards. Parameter planes of a cell: phi G, and 1-phi (0 for an absent cell).
class MeanMetastableSwitchLaw final : public DeviceLaw {
 public:
  /// @throws BadInput naming the key that is out of range
  MeanMetastableSwitchLaw(const MetastableSwitchConfig& config, Kelvin temperature);
  std::string name() const override { return "mean_metastable_switch"; }
  std::size_t parameterCount() const override { return 2; }
  bool isLinear() const override { return config_.phi == 1.0; }
  bool isOdd() const override;
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;
  void disturb(Span<const double> voltage, Seconds duration, Span<double> conductance) const override;
  const MetastableSwitch& dynamics() const { return switch_; }
  struct Value {
    double current, slope;  ///< A, S
  };
  /// Of a cell of conductance `g` (S, not 0).
  Value at(double g, double volt) const { return at(config_.phi * g, 1.0 - config_.phi, volt); }
  const MetastableSwitchConfig& config() const { return config_; }

 private:
  Value at(double ohmic, double schottky, double volt) const;

  MetastableSwitchConfig config_;
  MetastableSwitch switch_;
};

}  // namespace crosstile
