// SPDX-License-Identifier: Apache-2.0
// The registry of rungs: a new rung is one file and one line here.
#include "models/crossbar/readout.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/crossbar/readouts.h"

namespace crosstile {
namespace {

using Array = std::shared_ptr<const ProgrammedArray>;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::unique_ptr<Readout> makeOhmic(Array array, const ArrayConfig& config) {
  return std::make_unique<MatrixReadout>(std::move(array), config);
}

std::unique_ptr<Readout> makeDevice(Array array, const ArrayConfig& config) {
  return std::make_unique<DeviceReadout>(std::move(array), config);
}

std::unique_ptr<Readout> makeIrDrop(Array array, const ArrayConfig& config) {
  const Wires wires = wiresOf(config);
  checkLinearCircuit(array->conductance, array->rows, array->columns, wires);
  return std::make_unique<MatrixReadout>(std::move(array), config, wires);
}

std::unique_ptr<Readout> makeCircuit(Array array, const ArrayConfig& config) {
  return std::make_unique<CircuitReadout>(std::move(array), config);
}

std::unique_ptr<Readout> makeEmulator(Array array, const ArrayConfig& config) {
  if (config.trainedEmulator == nullptr)
    throw BadInput("readout = \"emulator\": array.emulator must name a file of `crosstile emulator train`");
  return std::make_unique<EmulatorReadout>(config.trainedEmulator, std::move(array), config);
}

struct Entry {
  const char* name;
  std::unique_ptr<Readout> (*make)(Array, const ArrayConfig&);
};

/// In ladder order. `ideal` is the same product as `ohmic`, of an array programmed without nonidealities.
constexpr Entry kRungs[] = {
    {"ideal", makeOhmic},    {"ohmic", makeOhmic},     {"device", makeDevice},
    {"ir_drop", makeIrDrop}, {"circuit", makeCircuit}, {"emulator", makeEmulator},
};

}  // namespace

std::unique_ptr<Readout> makeReadout(std::string_view name, std::shared_ptr<const ProgrammedArray> array,
                                     const ArrayConfig& config) {
  for (const Entry& entry : kRungs) {
    if (name == entry.name) return entry.make(std::move(array), config);
  }
  throw BadInput("readout = \"{}\": unknown; known readouts: {}", name, fmt::join(readoutNames(), ", "));
}

std::vector<std::string> readoutNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kRungs) names.emplace_back(entry.name);
  return names;
}

std::shared_ptr<const PulseReader> Readout::reader(Span<const double>, const PulseShaping&,
                                                   const std::vector<int>&) const {
  return nullptr;
}

PulseTable Readout::compile(Span<const double> digitVoltages, const PulseShaping& shaping) const {
  if (!(shaping.unitAmpere > 0.0) || !std::isfinite(shaping.unitAmpere))
    throw BadInput("unit current {} A: must be a finite number above 0", shaping.unitAmpere);
  CurrentTable table = tabulate(digitVoltages);
  table.addReadNoise(shaping.readNoiseOfG, shaping.readNoiseOfRange, shaping.conductanceRange);
  if (shaping.shotNoise) table.addShotNoise(shaping.readTime);
  if (shaping.thermalNoise) table.addThermalNoise(shaping.temperature, shaping.readTime);
  if (shaping.referenceColumn >= 0) table.subtractColumn(shaping.referenceColumn);
  table.scale(1.0 / shaping.unitAmpere);
  return table.round();
}

void checkDigitVoltages(Span<const double> digitVoltages) {
  if (digitVoltages.empty() || digitVoltages[0] != 0.0)
    throw BadInput("digit voltages: there must be at least one, and digit 0 must be 0 V");
  for (const double v : digitVoltages) {
    if (!std::isfinite(v)) throw BadInput("digit voltages: {} V is not a finite number", v);
  }
}

void checkVoltages(const Eigen::MatrixXd& voltages, const ProgrammedArray& array) {
  if (voltages.rows() != array.rows)
    throw BadInput("{} voltages for an array of {} word lines", voltages.rows(), array.rows);
}

void fillRowEnergy(CurrentTable& table, double readTimeS) {
  const std::size_t rows = static_cast<std::size_t>(table.rows());
  std::vector<double> rowCurrent(static_cast<std::size_t>(table.terms()) * rows, 0.0);
  for (int k = 0; k < table.terms(); ++k) {
    for (int i = 0; i < table.rows(); ++i) {
      double& sum = rowCurrent[static_cast<std::size_t>(k) * rows + static_cast<std::size_t>(i)];
      for (int j = 0; j < table.columns(); ++j) sum += table.current(k, i, j);
    }
  }
  table.rowEnergy.assign(table.digits.size() * rows, 0.0);
  for (std::size_t d = 0; d < table.digits.size(); ++d) {
    for (const CurrentTable::Term& term : table.digits[d]) {
      for (std::size_t i = 0; i < rows; ++i)
        table.rowEnergy[d * rows + i] += table.digitVoltages[d] * term.coefficient * readTimeS *
                                         rowCurrent[static_cast<std::size_t>(term.index) * rows + i];
    }
  }
}

MatrixReadout::MatrixReadout(Array array, const ArrayConfig& config)
    : array_(std::move(array)), readTimeS_(config.readTime.value) {}

MatrixReadout::MatrixReadout(Array array, const ArrayConfig& config, const Wires& wires)
    : array_(std::move(array)), readTimeS_(config.readTime.value), wires_(wires) {}

const EffectiveMatrix& MatrixReadout::effective() const {
  std::call_once(solved_, [this] {
    effective_ = solveEffectiveMatrix(array_->conductance, array_->rows, array_->columns, *wires_);
    noteResidual(effective_.residual);
  });
  return effective_;
}

Span<const double> MatrixReadout::matrix() const {
  return wires_ ? effective().g : array_->conductance;
}

void MatrixReadout::noteResidual(double residual) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  residual_ = std::max(residual_.value_or(0.0), residual);
}

double MatrixReadout::residual() const {
  if (!wires_) return 0.0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (residual_) return *residual_;
  }
  return effective().residual;
}

Eigen::MatrixXd MatrixReadout::read(const Eigen::MatrixXd& voltages) const {
  checkVoltages(voltages, *array_);
  if (wires_) {
    const auto few = relaxFewInputs(array_->conductance, array_->rows, array_->columns, *wires_,
                                    {voltages.data(), static_cast<std::size_t>(voltages.size())});
    if (few) {
      noteResidual(few->residual);
      return Eigen::Map<const Eigen::MatrixXd>(few->current.data(), array_->columns, voltages.cols());
    }
  }
  const Eigen::Map<const RowMajor> g(matrix().data(), array_->rows, array_->columns);
  return g.transpose() * voltages;
}

CurrentTable MatrixReadout::tabulate(Span<const double> digitVoltages) const {
  checkDigitVoltages(digitVoltages);
  CurrentTable table(array_, 1, digitVoltages.size());
  table.digitVoltages.assign(digitVoltages.begin(), digitVoltages.end());
  const Span<const double> g = matrix();
  std::copy(g.begin(), g.end(), table.plane(0).begin());
  for (std::size_t d = 1; d < digitVoltages.size(); ++d) {
    if (digitVoltages[d] != 0.0) table.digits[d] = {{0, digitVoltages[d]}};
  }
  if (wires_) {
    table.noiseGain.resize(g.size(), 0.0);
    for (std::size_t c = 0; c < g.size(); ++c) {
      if (array_->conductance[c] > 0.0) table.noiseGain[c] = g[c] / array_->conductance[c];
    }
  }
  fillRowEnergy(table, readTimeS_);
  return table;
}

}  // namespace crosstile
