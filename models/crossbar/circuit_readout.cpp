// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <unordered_map>

#include "models/crossbar/readouts.h"

namespace crosstile {
namespace {

/// Pulses a call: many registers' worth in either precision, so that few lanes stay empty, and enough that
/// neighbouring windows' equal pulses meet.
constexpr std::size_t kBatch = 256;

/// Which of the pulses before it a pulse is equal to, and which are new.
struct Distinct {
  std::vector<std::size_t> first;  ///< places of the distinct pulses
  std::vector<std::size_t> of;     ///< of each pulse: its place in `first`

  explicit Distinct(Span<const Pulse> pulses) {
    std::unordered_map<std::string, std::size_t> known;
    std::string key;
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      const Pulse& pulse = pulses[p];
      const std::size_t bytes = static_cast<std::size_t>(pulse.count) * sizeof(std::uint16_t);
      key.assign(reinterpret_cast<const char*>(pulse.row), bytes);
      if (pulse.digit != nullptr) key.append(reinterpret_cast<const char*>(pulse.digit), bytes);
      const auto [entry, fresh] = known.try_emplace(key, first.size());
      if (fresh) first.push_back(p);
      of.push_back(entry->second);
    }
  }
};

/// Pulses of an array, solved in groups.
class CircuitReader final : public PulseReader {
 public:
  CircuitReader(std::shared_ptr<const CircuitSolver> solver, const CircuitOptions& options,
                Span<const double> digitVoltages, const PulseShaping& shaping,
                const std::vector<int>& columns, double readTimeS)
      : solver_(std::move(solver)),
        options_(options),
        digitVoltages_(digitVoltages.begin(), digitVoltages.end()),
        shaping_(shaping),
        columns_(columns),
        readTimeS_(readTimeS) {}

  void read(Span<const Pulse> pulses, float* out, std::size_t stride, double* energyJ) const override {
    const Distinct distinct(pulses);
    Eigen::MatrixXd voltages =
        Eigen::MatrixXd::Zero(solver_->network().rows(), static_cast<Eigen::Index>(distinct.first.size()));
    for (std::size_t k = 0; k < distinct.first.size(); ++k) {
      const Pulse& pulse = pulses[distinct.first[k]];
      for (int i = 0; i < pulse.count; ++i)
        voltages(pulse.row[i], static_cast<Eigen::Index>(k)) =
            digitVoltages_[pulse.digit == nullptr ? 1 : pulse.digit[i]];
    }
    const CircuitSolution solution = solver_->solve(voltages, options_);
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      const auto current = solution.current.col(static_cast<Eigen::Index>(distinct.of[p]));
      const double reference = shaping_.referenceColumn < 0 ? 0.0 : current[shaping_.referenceColumn];
      float* own = out + p * stride;
      for (std::size_t k = 0; k < columns_.size(); ++k)
        own[k] = static_cast<float>((current[columns_[k]] - reference) / shaping_.unitAmpere);
      std::fill(own + columns_.size(), own + stride, 0.0F);
      if (energyJ != nullptr) energyJ[p] = solution.sourcePowerW[distinct.of[p]] * readTimeS_;
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
