// SPDX-License-Identifier: Apache-2.0
#include "models/device/tabulated.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

struct Curve {
  std::vector<double> voltage, current;
};

/// The other half of an odd curve is added where only one is given.
Curve wholeCurve(Span<const double> voltage, Span<const double> current) {
  Curve curve{{voltage.begin(), voltage.end()}, {current.begin(), current.end()}};
  if (voltage[0] != 0.0 && voltage[voltage.size() - 1] != 0.0) return curve;
  for (std::size_t k = 0; k < voltage.size(); ++k) {
    if (voltage[k] == 0.0) continue;
    curve.voltage.push_back(-voltage[k]);
    curve.current.push_back(-current[k]);
  }
  std::sort(curve.voltage.begin(), curve.voltage.end());
  std::sort(curve.current.begin(), curve.current.end());  // monotone: the order of the voltages
  return curve;
}

bool isOddCurve(const Curve& c) {
  for (std::size_t k = 0, n = c.voltage.size(); k < n; ++k) {
    if (c.voltage[k] != -c.voltage[n - 1 - k] || c.current[k] != -c.current[n - 1 - k]) return false;
  }
  return true;
}

/// Slope at the end of a curve: of the parabola through three points, never below 0.
double endSlope(double h0, double h1, double secant0, double secant1) {
  return std::max(0.0, ((2.0 * h0 + h1) * secant0 - h0 * secant1) / (h0 + h1));
}

/// Slopes with which the cubics are monotone; all secants are >= 0.
std::vector<double> monotoneSlopes(const Curve& c) {
  const std::size_t n = c.voltage.size();
  std::vector<double> h(n - 1), secant(n - 1), slope(n);
  for (std::size_t k = 0; k + 1 < n; ++k) {
    h[k] = c.voltage[k + 1] - c.voltage[k];
    secant[k] = (c.current[k + 1] - c.current[k]) / h[k];
  }
  if (n == 2) return {secant[0], secant[0]};
  slope[0] = endSlope(h[0], h[1], secant[0], secant[1]);
  slope[n - 1] = endSlope(h[n - 2], h[n - 3], secant[n - 2], secant[n - 3]);
  for (std::size_t k = 1; k + 1 < n; ++k) {
    if (secant[k - 1] == 0.0 || secant[k] == 0.0) continue;
    const double before = h[k - 1] + 2.0 * h[k], after = 2.0 * h[k - 1] + h[k];
    slope[k] = (before + after) / (before / secant[k - 1] + after / secant[k]);
  }
  return slope;
}

}  // namespace

std::optional<TableFault> findTableFault(Span<const double> voltage, Span<const double> current) {
  if (voltage.size() != current.size() || voltage.size() < 2)
    return TableFault{0, "must have two points at least, each of a voltage and a current"};
  bool zero = false;
  for (std::size_t k = 0; k < voltage.size(); ++k) {
    const double v = voltage[k], i = current[k];
    if (!std::isfinite(v) || !std::isfinite(i))
      return TableFault{k, fmt::format("{} V, {} A: must be finite numbers", v, i)};
    if (v == 0.0 && i != 0.0) return TableFault{k, fmt::format("current {} A at 0 V: must be 0 A", i)};
    zero = zero || v == 0.0;
    if (k == 0) continue;
    if (!(v > voltage[k - 1]))
      return TableFault{
          k, fmt::format("voltage {} V after {} V: must rise from point to point", v, voltage[k - 1])};
    if (i < current[k - 1])
      return TableFault{k, fmt::format("current {} A at {} V after {} A at {} V: must not fall as the "
                                       "voltage rises (monotone)",
                                       i, v, current[k - 1], voltage[k - 1])};
  }
  if (!zero) return TableFault{0, "no point at 0 V: must hold 0 V, 0 A"};
  return std::nullopt;
}

TabulatedLaw::TabulatedLaw(Span<const double> voltage, Span<const double> current, Volts readVoltage) {
  if (const auto fault = findTableFault(voltage, current))
    throw BadInput("device table, point {}: {}", fault->point + 1, fault->problem);
  const Curve curve = wholeCurve(voltage, current);
  const std::vector<double> slope = monotoneSlopes(curve);
  odd_ = isOddCurve(curve);
  for (std::size_t k = 0, n = curve.voltage.size(); k < n; ++k) {
    const auto append = [](Half& half, double v, double i, double g) {
      half.voltage.push_back(v);
      half.current.push_back(i);
      half.slope.push_back(g);
    };
    const std::size_t back = n - 1 - k;
    if (curve.voltage[k] >= 0.0) append(positive_, curve.voltage[k], curve.current[k], slope[k]);
    if (curve.voltage[back] <= 0.0)
      append(negative_, 0.0 - curve.voltage[back], 0.0 - curve.current[back], slope[back]);
  }
  const double v = readVoltage.value;
  if (!(v >= curve.voltage.front() && v <= curve.voltage.back()))
    throw BadInput("device.table_read_voltage = {} V: must be inside the table, {} V to {} V", v,
                   curve.voltage.front(), curve.voltage.back());
  tableConductance_ = v == 0.0 ? at(0.0).slope : at(v).current / v;
  if (!(tableConductance_ > 0.0))
    throw BadInput("device.table_read_voltage = {} V: the table's conductance is 0 there, must be above", v);
}

TabulatedLaw::Value TabulatedLaw::along(const Half& half, double v) {
  const std::size_t last = half.voltage.size() - 1;
  if (v >= half.voltage[last])
    return {half.current[last] + half.slope[last] * (v - half.voltage[last]), half.slope[last]};
  const auto above = std::upper_bound(half.voltage.begin(), half.voltage.end(), v);
  const std::size_t k = static_cast<std::size_t>(above - half.voltage.begin()) - 1;
  const double h = half.voltage[k + 1] - half.voltage[k], x = v - half.voltage[k], t = x / h;
  const double secant = (half.current[k + 1] - half.current[k]) / h;
  const double square = 3.0 * secant - 2.0 * half.slope[k] - half.slope[k + 1];
  const double cube = half.slope[k] + half.slope[k + 1] - 2.0 * secant;
  return {half.current[k] + x * (half.slope[k] + t * (square + t * cube)),
          std::max(0.0, half.slope[k] + t * (2.0 * square + 3.0 * t * cube))};
}

TabulatedLaw::Value TabulatedLaw::at(double v) const {
  if (v >= 0.0) return along(positive_, v);
  if (!(v < 0.0)) return {v, v};  // NaN
  const Value value = along(negative_, -v);
  return {-value.current, value.slope};
}

void TabulatedLaw::prepare(Span<const double> conductance, const RandomStream*,
                           Span<double> parameters) const {
  for (std::size_t c = 0; c < conductance.size(); ++c) parameters[c] = conductance[c] / tableConductance_;
}

void TabulatedLaw::evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                            Span<double> slope) const {
  for (std::size_t k = 0; k < voltage.size(); ++k) {
    const Value value = at(voltage[k]);
    current[k] = parameters[k] * value.current;
    if (!slope.empty()) slope[k] = parameters[k] * value.slope;
  }
}

void TabulatedLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                                 double* slope) const {
  for (std::size_t k = 0, n = cells.cells * cells.lanes; k < n; ++k) {
    const Value value = at(voltage[k]);
    const double scale = cells.parameters[k / cells.lanes];
    current[k] = scale * value.current;
    if (slope != nullptr) slope[k] = scale * value.slope;
  }
}

void TabulatedLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                                 float* slope) const {
  for (std::size_t k = 0, n = cells.cells * cells.lanes; k < n; ++k) {
    const Value value = at(voltage[k]);
    const double scale = cells.parameters[k / cells.lanes];
    current[k] = static_cast<float>(scale * value.current);
    if (slope != nullptr) slope[k] = static_cast<float>(scale * value.slope);
  }
}

}  // namespace crosstile
