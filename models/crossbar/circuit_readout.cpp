// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/crossbar/readouts.h"

namespace crosstile {
namespace {

/// Input vectors a call: several registers' worth in either precision, so that few lanes stay empty.
constexpr std::size_t kBatch = 64;

/// Pulses of an array, solved in groups.
class CircuitReader final : public PulseReader {
 public:
  CircuitReader(std::shared_ptr<const CircuitSolver> solver, const CircuitOptions& options,
                Span<const double> digitVoltages, const PulseShaping& shaping, const std::vector<int>& columns,
                double readTimeS)
      : solver_(std::move(solver)),
        options_(options),
        digitVoltages_(digitVoltages.begin(), digitVoltages.end()),
        shaping_(shaping),
        columns_(columns),
        readTimeS_(readTimeS) {}

  void read(Span<const Pulse> pulses, float* out, std::size_t stride, double* energyJ) const override {
    Eigen::MatrixXd voltages =
        Eigen::MatrixXd::Zero(solver_->network().rows(), static_cast<Eigen::Index>(pulses.size()));
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      const Pulse& pulse = pulses[p];
      for (int i = 0; i < pulse.count; ++i)
        voltages(pulse.row[i], static_cast<Eigen::Index>(p)) =
            digitVoltages_[pulse.digit == nullptr ? 1 : pulse.digit[i]];
    }
    const CircuitSolution solution = solver_->solve(voltages, options_);
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      const auto current = solution.current.col(static_cast<Eigen::Index>(p));
      const double reference = shaping_.referenceColumn < 0 ? 0.0 : current[shaping_.referenceColumn];
      float* own = out + p * stride;
      for (std::size_t k = 0; k < columns_.size(); ++k)
        own[k] = static_cast<float>((current[columns_[k]] - reference) / shaping_.unitAmpere);
      std::fill(own + columns_.size(), own + stride, 0.0F);
      if (energyJ != nullptr) energyJ[p] = solution.sourcePowerW[p] * readTimeS_;
    }
  }
  std::size_t preferredBatch() const override { return kBatch; }

 private:
  std::shared_ptr<const CircuitSolver> solver_;
  CircuitOptions options_;
  std::vector<double> digitVoltages_;
  PulseShaping shaping_;
  std::vector<int> columns_;
  double readTimeS_;
};

}  // namespace

CircuitReadout::CircuitReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config)
    : array_(std::move(array)),
      config_(config),
      solver_(std::make_shared<CircuitSolver>(array_, wiresOf(config), config.access)) {
  options_.tolerance = config.circuitTolerance;
  options_.error = config.circuitError;
  options_.floatZeros = config.floatIdleRows;
}

Eigen::MatrixXd CircuitReadout::read(const Eigen::MatrixXd& voltages) const {
  checkVoltages(voltages, *array_);
  CircuitSolution solution = solver_->solve(voltages, options_);
  for (const double r : solution.residual) {
    double worst = residual_.load();
    while (r > worst && !residual_.compare_exchange_weak(worst, r)) {
    }
  }
  return std::move(solution.current);
}

std::shared_ptr<const PulseReader> CircuitReadout::reader(Span<const double> digitVoltages,
                                                          const PulseShaping& shaping,
                                                          const std::vector<int>& columns) const {
  checkDigitVoltages(digitVoltages);
  return std::make_shared<CircuitReader>(solver_, options_, digitVoltages, shaping, columns,
                                         config_.readTime.value);
}

CurrentTable CircuitReadout::tabulate(Span<const double> digitVoltages) const {
  return tabulateLinear(array_, config_, digitVoltages);
}

CurrentTable tabulateLinear(const std::shared_ptr<const ProgrammedArray>& array, const ArrayConfig& config,
                            Span<const double> digitVoltages) {
  Wires wires = wiresOf(config);
  wires.bothEnds = false;
  return MatrixReadout(array, config, wires).tabulate(digitVoltages);
}

}  // namespace crosstile
