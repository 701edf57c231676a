// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/settling.h"

#include <cmath>
#include <vector>

namespace crosstile {
namespace {

/// Voltages of a line's nodes under injected currents, its driver at 0 V: every node but the first with all
/// that is behind it as an admittance and a short-circuit current, then back substitution. Resistances of
/// zero need no case of their own.
std::vector<double> voltagesUnder(const std::vector<double>& injected, Span<const double> g, double r,
                                  double rEnd) {
  const std::size_t n = g.size();
  std::vector<double> admittance(n), current(n), voltage(n);
  for (std::size_t k = n; k-- > 0;) {
    admittance[k] = g[k];
    current[k] = injected[k];
    if (k + 1 == n) continue;
    const double divider = 1.0 + r * admittance[k + 1];
    admittance[k] += admittance[k + 1] / divider;
    current[k] += current[k + 1] / divider;
  }
  double before = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    const double resistance = k == 0 ? rEnd + r : r;
    voltage[k] = (before + resistance * current[k]) / (1.0 + resistance * admittance[k]);
    before = voltage[k];
  }
  return voltage;
}

/// Voltages under 1 V at the driver.
std::vector<double> voltagesDriven(Span<const double> g, double r, double rEnd) {
  const std::size_t n = g.size();
  std::vector<double> admittance(n), voltage(n);
  for (std::size_t k = n; k-- > 0;) {
    admittance[k] = g[k];
    if (k + 1 < n) admittance[k] += admittance[k + 1] / (1.0 + r * admittance[k + 1]);
  }
  double before = 1.0;
  for (std::size_t k = 0; k < n; ++k) {
    voltage[k] = before / (1.0 + (k == 0 ? rEnd + r : r) * admittance[k]);
    before = voltage[k];
  }
  return voltage;
}

}  // namespace

double elmoreDelay(Span<const double> g, double r, double rEnd, double c) {
  if (g.empty()) return 0.0;
  std::vector<double> settled = voltagesDriven(g, r, rEnd);
  std::vector<double> charge(settled);
  for (double& q : charge) q *= c;
  return voltagesUnder(charge, g, r, rEnd).back() / settled.back();
}

Settling settlingOf(const ArrayConfig& array, int columns, Siemens gOn, int adcBits) {
  const double c = array.cSegment.value + array.cCell.value;
  const std::vector<double> row(static_cast<std::size_t>(columns), gOn.value);
  const std::vector<double> column(static_cast<std::size_t>(array.rows), gOn.value);
  Settling s;
  s.word = Seconds{elmoreDelay(row, array.rWord.value, array.rSource.value, c)};
  s.bit = Seconds{elmoreDelay(column, array.rBit.value, array.rSink.value, c)};
  s.time = (s.word + s.bit) * ((adcBits + 1) * std::log(2.0));
  return s;
}

}  // namespace crosstile
