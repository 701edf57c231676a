// SPDX-License-Identifier: Apache-2.0
#include "models/device/poole_frenkel.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kElementaryCharge = 1.602176634e-19;  // C, exact (SI 2019)
constexpr double kBoltzmann = 1.380649e-23;            // J/K, exact (SI 2019)
constexpr double kFieldOffset = 1e-18;                 // under the root of the published equation
constexpr double kVoltageOffset = 1e-6;                // V, of the simple law

}  // namespace

PooleFrenkelLaw::PooleFrenkelLaw(const Config& config) : config_(config) {
  const auto [s11, s12, s22] = config.covariance;
  const double kelvin = config.temperature.value;
  if (!(kelvin > 0.0) || !std::isfinite(kelvin))
    throw BadInput("device law poole_frenkel: temperature = {} K: must be above 0 K", kelvin);
  for (const double x :
       {config.slope[0], config.slope[1], config.intercept[0], config.intercept[1], s11, s12, s22}) {
    if (!std::isfinite(x)) throw BadInput("device law poole_frenkel: a fit parameter is not a finite number");
  }
  if (s11 < 0.0 || s22 < 0.0 || s12 * s12 > s11 * s22 * (1.0 + 1e-12))
    throw BadInput("device law poole_frenkel: covariance {{{}, {}, {}}}: must be positive semidefinite", s11,
                   s12, s22);
  const double l11 = std::sqrt(s11);
  const double l21 = l11 > 0.0 ? s12 / l11 : 0.0;
  residual_ = {l11, l21, std::sqrt(std::max(0.0, s22 - l21 * l21))};
  const double inverseThermalVoltage = kElementaryCharge / (kBoltzmann * kelvin);
  fieldFactor_ = inverseThermalVoltage * inverseThermalVoltage * kElementaryCharge / kPi;
  epsilon_ = inverseThermalVoltage * inverseThermalVoltage * kFieldOffset;
}

void PooleFrenkelLaw::prepare(Span<const double> conductance, const RandomStream* residual,
                              Span<double> parameters) const {
  const std::size_t n = conductance.size();
  for (std::size_t i = 0; i < n; ++i) {
    parameters[i] = 0.0;
    parameters[n + i] = 0.0;
    if (conductance[i] == 0.0) continue;
    const double lnR = -std::log(conductance[i]);
    double lnC = config_.slope[0] * lnR + config_.intercept[0];
    double lnDEps = config_.slope[1] * lnR + config_.intercept[1];
    if (residual != nullptr) {
      const double n1 = residual->normal(i, 0);
      const double n2 = residual->normal(i, 1);
      lnC += residual_[0] * n1;
      lnDEps += residual_[1] * n1 + residual_[2] * n2;
    }
    parameters[i] = std::exp(lnC);
    parameters[n + i] = fieldFactor_ * std::exp(-lnDEps);
  }
}

void PooleFrenkelLaw::evaluate(Span<const double> parameters, Span<const double> voltage,
                               Span<double> current, Span<double> slope) const {
  const std::size_t n = voltage.size();
  const double* c = parameters.data();
  const double* a = parameters.data() + n;
  for (std::size_t i = 0; i < n; ++i) {
    const double field = a[i] * std::abs(voltage[i]);
    const double root = std::sqrt(field + epsilon_);
    const double g = c[i] * std::exp(root);
    current[i] = g * voltage[i];
    if (!slope.empty()) slope[i] = g * (1.0 + 0.5 * field / root);
  }
}

void PooleFrenkelLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                                    double* slope) const {
  rootExponentialLanes({epsilon_, 0.0, -1.0}, cells, voltage, current, slope);
}

void PooleFrenkelLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                                    float* slope) const {
  rootExponentialLanes({epsilon_, 0.0, -1.0}, cells, voltage, current, slope);
}

SimplePooleFrenkelLaw::SimplePooleFrenkelLaw(double beta) : beta_(beta) {
  if (!std::isfinite(beta) || beta < 0.0)
    throw BadInput("device law poole_frenkel: beta = {}: must be a finite number >= 0 (V^-1/2)", beta);
}

void SimplePooleFrenkelLaw::prepare(Span<const double> conductance, const RandomStream*,
                                    Span<double> parameters) const {
  std::copy(conductance.begin(), conductance.end(), parameters.begin());
}

void SimplePooleFrenkelLaw::evaluate(Span<const double> parameters, Span<const double> voltage,
                                     Span<double> current, Span<double> slope) const {
  const double offset = std::sqrt(kVoltageOffset);
  for (std::size_t i = 0; i < voltage.size(); ++i) {
    const double v = std::abs(voltage[i]);
    const double root = std::sqrt(v + kVoltageOffset);
    const double g = parameters[i] * std::exp(beta_ * (root - offset));
    current[i] = g * voltage[i];
    if (!slope.empty()) slope[i] = g * (1.0 + 0.5 * beta_ * v / root);
  }
}

/// beta sqrt(|V| + v0) = sqrt(beta^2 |V| + beta^2 v0)
RootExponential SimplePooleFrenkelLaw::lanes() const {
  const double square = beta_ * beta_;
  return {square * kVoltageOffset, beta_ * std::sqrt(kVoltageOffset), square};
}

void SimplePooleFrenkelLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage,
                                          double* current, double* slope) const {
  rootExponentialLanes(lanes(), cells, voltage, current, slope);
}

void SimplePooleFrenkelLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                                          float* slope) const {
  rootExponentialLanes(lanes(), cells, voltage, current, slope);
}

}  // namespace crosstile
