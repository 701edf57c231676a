// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "models/base/quantity.h"
#include "models/device/device_law.h"
#include "models/device/lane_kernel.h"

namespace crosstile {

/// Poole-Frenkel conduction in SiOx (Joksas et al., Adv. Sci. 2022, arXiv 2112.06887):
///     I = sgn(V) c |V| exp( (e/kT) sqrt( e|V| / (pi d_eps) + 1e-18 ) )
///     ln c     = slope[0] ln R + intercept[0] + x1        (c in siemens, R = 1/G in ohm)
///     ln d_eps = slope[1] ln R + intercept[1] + x2        (d_eps in farad)
///     (x1, x2) ~ N(0, covariance), drawn for every cell
/// G is the conductance read at 0.1 V. Odd in V and monotone; the fit is valid for |V| <= 0.5 V.
/// Parameter planes of a cell: c [S] and a = (e/kT)^2 e / (pi d_eps) [1/V], so that I = c V exp(sqrt(a|V| +
/// eps)).
class PooleFrenkelLaw final : public DeviceLaw {
 public:
  struct Config {
    std::array<double, 2> slope{};       ///< d ln c / d ln R, d ln d_eps / d ln R
    std::array<double, 2> intercept{};   ///< at ln R = 0
    std::array<double, 3> covariance{};  ///< {Sigma11, Sigma12, Sigma22} of (x1, x2)
    Kelvin temperature{293.15};
  };
  /// How ln c and ln a = ln(fieldFactor/d_eps) follow from ln R, with the residuals' Cholesky factor {L11,
  /// L21, L22}.
  struct Relations {
    std::array<double, 2> slope{};      ///< of ln c, of ln d_eps
    std::array<double, 2> intercept{};  ///< the same
    std::array<double, 3> residual{};
    double fieldFactor = 0.0;  ///< (e/kT)^2 e / pi
  };
  /// @throws BadInput when the covariance is not positive semidefinite or the temperature not positive
  explicit PooleFrenkelLaw(const Config& config);
  std::string name() const override { return "poole_frenkel"; }
  Relations relations() const { return {config_.slope, config_.intercept, residual_, fieldFactor_}; }
  std::size_t parameterCount() const override { return 2; }
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;

 private:
  Config config_;
  std::array<double, 3> residual_{};  ///< Cholesky factor of the covariance: {L11, L21, L22}
  double fieldFactor_ = 0.0;          ///< (e/kT)^2 e / pi, so that a = fieldFactor / d_eps
  double epsilon_ = 0.0;              ///< (e/kT)^2 1e-18
};

/// Poole-Frenkel conduction with one field constant for all cells, for what-if studies:
///     I = G V exp( beta ( sqrt(|V| + 1e-6) - sqrt(1e-6) ) )
/// G [S] is the zero-field conductance; beta [V^-1/2]. The 1e-6 V keep the slope finite at 0 V.
class SimplePooleFrenkelLaw final : public DeviceLaw {
 public:
  /// @throws BadInput unless beta is finite and not negative
  explicit SimplePooleFrenkelLaw(double beta);
  std::string name() const override { return "poole_frenkel_simple"; }
  std::size_t parameterCount() const override { return 1; }
  void prepare(Span<const double> conductance, const RandomStream* residual,
               Span<double> parameters) const override;
  void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                Span<double> slope) const override;
  void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                     double* slope) const override;
  void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                     float* slope) const override;
  bool isLinear() const override { return beta_ == 0.0; }

 private:
  RootExponential lanes() const;

  double beta_;
};

}  // namespace crosstile
