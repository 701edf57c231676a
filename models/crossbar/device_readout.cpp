// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "models/crossbar/readouts.h"

namespace crosstile {
namespace {

/// Up to this many nonzero digits (4-bit pulses) each gets a plane of exact currents: a row then costs one
/// product, and the planes fit a second-level cache. Beyond it, interpolation keeps the table small.
constexpr std::size_t kMaxExactDigits = 15;
constexpr int kNodes = 12;
constexpr double kWorstFit = 5e-7;  // of the largest current
constexpr std::size_t kSampledCells = 64;
constexpr std::size_t kSampledDigits = 32;
constexpr double kPi = 3.14159265358979323846;

/// Interpolation of I(V)/V, which is even in V (or wanted on one side only) and smooth, at Chebyshev nodes in
/// x = |V| or sqrt |V| over the range of the digits: I(V) = sum_k coefficient_k(V) I(V_k).
class ChebyshevInterpolation {
 public:
  ChebyshevInterpolation(double lowV, double highV, bool squareRoot) : squareRoot_(squareRoot) {
    const double low = coordinate(lowV), high = coordinate(highV);
    for (int k = 0; k < kNodes; ++k) {
      const double x = 0.5 * (low + high) + 0.5 * (high - low) * std::cos(kPi * (k + 0.5) / kNodes);
      nodes_.push_back(x);
      voltages_.push_back(squareRoot ? x * x : x);
    }
  }
  const std::vector<double>& voltages() const { return voltages_; }
  double coefficient(int k, double v) const {
    const double x = coordinate(v);
    double lagrange = 1.0;
    for (int m = 0; m < kNodes; ++m) {
      if (m != k) lagrange *= (x - node(m)) / (node(k) - node(m));
    }
    return lagrange * v / voltages_[static_cast<std::size_t>(k)];
  }

 private:
  double node(int k) const { return nodes_[static_cast<std::size_t>(k)]; }
  double coordinate(double v) const { return squareRoot_ ? std::sqrt(std::abs(v)) : std::abs(v); }
  bool squareRoot_;
  std::vector<double> nodes_;
  std::vector<double> voltages_;
};

/// Some of the cells that are there, spread over the array, with their parameter planes.
struct Sample {
  std::size_t count = 0;
  std::vector<double> parameters;
};

Sample sampleCells(const ProgrammedArray& array) {
  const std::size_t cells = array.conductance.size();
  std::vector<std::size_t> present;
  for (std::size_t c = 0; c < cells; ++c) {
    if (array.conductance[c] != 0.0) present.push_back(c);
  }
  Sample sample;
  sample.count = std::min(present.size(), kSampledCells);
  const std::size_t planes = array.law->parameterCount();
  sample.parameters.resize(planes * sample.count);
  for (std::size_t p = 0; p < planes; ++p) {
    for (std::size_t s = 0; s < sample.count; ++s)
      sample.parameters[p * sample.count + s] =
          array.cellParameters[p * cells + present[s * present.size() / sample.count]];
  }
  return sample;
}

std::vector<double> currentsAt(const DeviceLaw& law, const Sample& sample, double voltage) {
  const std::vector<double> v(sample.count, voltage);
  std::vector<double> current(sample.count);
  law.evaluate(sample.parameters, v, current, {});
  return current;
}

/// The largest error over some of the digits, the first and last among them, and the sampled cells, over the
/// largest current.
double interpolationError(const ChebyshevInterpolation& fit, const DeviceLaw& law, const Sample& sample,
                          Span<const double> digitVoltages) {
  std::vector<std::vector<double>> atNode;
  for (const double v : fit.voltages()) atNode.push_back(currentsAt(law, sample, v));
  double error = 0.0, largest = 0.0;
  const std::size_t digits = digitVoltages.size(), steps = std::min(digits, kSampledDigits) - 1;
  std::vector<double> coefficient(kNodes);
  for (std::size_t step = 0; step <= steps; ++step) {
    const double v = digitVoltages[steps > 0 ? step * (digits - 1) / steps : 0];
    const std::vector<double> exact = currentsAt(law, sample, v);
    for (int k = 0; k < kNodes; ++k) coefficient[static_cast<std::size_t>(k)] = fit.coefficient(k, v);
    for (std::size_t s = 0; s < sample.count; ++s) {
      double current = 0.0;
      for (std::size_t k = 0; k < kNodes; ++k) current += coefficient[k] * atNode[k][s];
      error = std::max(error, std::abs(current - exact[s]));
      largest = std::max(largest, std::abs(exact[s]));
    }
  }
  return largest > 0.0 ? error / largest : 0.0;
}

}  // namespace

DeviceReadout::DeviceReadout(std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config)
    : array_(std::move(array)), readTimeS_(config.readTime.value) {}

void DeviceReadout::evaluateAll(double voltage, Span<double> current) const {
  const std::vector<double> v(array_->conductance.size(), voltage);
  array_->law->evaluate(array_->cellParameters, v, current, {});
}

Eigen::MatrixXd DeviceReadout::read(const Eigen::MatrixXd& voltages) const {
  checkVoltages(voltages, *array_);
  const std::size_t columns = static_cast<std::size_t>(array_->columns);
  std::vector<double> voltage(array_->conductance.size()), current(voltage.size());
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(array_->columns, voltages.cols());
  for (Eigen::Index b = 0; b < voltages.cols(); ++b) {
    for (std::size_t c = 0; c < voltage.size(); ++c)
      voltage[c] = voltages(static_cast<Eigen::Index>(c / columns), b);
    array_->law->evaluate(array_->cellParameters, voltage, current, {});
    for (int i = 0; i < array_->rows; ++i)
      result.col(b) += Eigen::Map<const Eigen::VectorXd>(
          current.data() + static_cast<std::size_t>(i) * columns, array_->columns);
  }
  return result;
}

CurrentTable DeviceReadout::tabulateDigits(Span<const double> digitVoltages) const {
  const std::size_t digits = digitVoltages.size();
  const bool linear = array_->law->isLinear();
  CurrentTable table(array_, linear ? 1 : static_cast<int>(digits - 1), digits);
  if (linear) evaluateAll(1.0, table.plane(0));
  for (std::size_t d = 1; d < digits; ++d) {
    if (digitVoltages[d] == 0.0) continue;
    const int term = linear ? 0 : static_cast<int>(d - 1);
    table.digits[d] = {{term, linear ? digitVoltages[d] : 1.0}};
    if (!linear) evaluateAll(digitVoltages[d], table.plane(term));
  }
  return table;
}

CurrentTable DeviceReadout::tabulate(Span<const double> digitVoltages) const {
  checkDigitVoltages(digitVoltages);
  const auto finish = [&](CurrentTable table) {
    table.digitVoltages.assign(digitVoltages.begin(), digitVoltages.end());
    fillRowEnergy(table, readTimeS_);
    return table;
  };
  if (array_->law->isLinear() || digitVoltages.size() - 1 <= kMaxExactDigits)
    return finish(tabulateDigits(digitVoltages));

  double low = 0.0, high = 0.0;
  bool negative = false;
  for (const double v : digitVoltages) {
    high = std::max(high, std::abs(v));
    if (v != 0.0 && (low == 0.0 || std::abs(v) < low)) low = std::abs(v);
    negative = negative || v < 0.0;
  }
  const bool even = !negative || array_->law->isOdd();  // the nodes are positive voltages
  if (!even || !(low < high)) return finish(tabulateDigits(digitVoltages));
  const Sample sample = sampleCells(*array_);
  const ChebyshevInterpolation inRoot(low, high, true), inVoltage(low, high, false);
  const double rootError = interpolationError(inRoot, *array_->law, sample, digitVoltages);
  const double voltageError = interpolationError(inVoltage, *array_->law, sample, digitVoltages);
  if (!(std::min(rootError, voltageError) <= kWorstFit)) return finish(tabulateDigits(digitVoltages));

  const ChebyshevInterpolation& fit = rootError <= voltageError ? inRoot : inVoltage;
  CurrentTable table(array_, kNodes, digitVoltages.size());
  for (int k = 0; k < kNodes; ++k) evaluateAll(fit.voltages()[static_cast<std::size_t>(k)], table.plane(k));
  for (std::size_t d = 1; d < digitVoltages.size(); ++d) {
    if (digitVoltages[d] == 0.0) continue;
    for (int k = 0; k < kNodes; ++k) table.digits[d].push_back({k, fit.coefficient(k, digitVoltages[d])});
  }
  return finish(std::move(table));
}

}  // namespace crosstile
