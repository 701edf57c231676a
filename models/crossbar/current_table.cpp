// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/current_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/error.h"

namespace crosstile {

CurrentTable::CurrentTable(std::shared_ptr<const ProgrammedArray> array, int terms, std::size_t digitCount)
    : digits(digitCount), array_(std::move(array)), terms_(terms) {
  current_.assign(static_cast<std::size_t>(terms) * cells(), 0.0);
}

std::vector<double> CurrentTable::cellVariance(double sigmaOfG, double sigmaOfRange, double range) const {
  std::vector<double> result(cells(), 0.0);
  for (std::size_t c = 0; c < result.size(); ++c) {
    const double g = array_->conductance[c];
    if (g == 0.0) continue;
    const double sigma =
        std::hypot(sigmaOfG * g, sigmaOfRange * range) * (noiseGain.empty() ? 1.0 : noiseGain[c]);
    result[c] = sigma * sigma;
  }
  return result;
}

void CurrentTable::addReadNoise(double sigmaOfG, double sigmaOfRange, double range) {
  if (!(sigmaOfG >= 0.0) || !(sigmaOfRange >= 0.0) || !std::isfinite(sigmaOfG) ||
      !std::isfinite(sigmaOfRange))
    throw BadInput("read noise of {} of G and {} of the range: must be finite numbers >= 0", sigmaOfG,
                   sigmaOfRange);
  if (sigmaOfG == 0.0 && sigmaOfRange == 0.0) return;
  const std::vector<double> cell = cellVariance(sigmaOfG, sigmaOfRange, range);
  // Where each digit has a single term, the variance goes with that term; where several interpolate the
  // current, the squares of their coefficients don't add up to V^2, so the variance gets a term without
  // current, of coefficient V.
  bool single = true;
  for (const auto& terms : digits) single = single && terms.size() <= 1;
  if (!single) addVarianceTerm(digitVoltages);
  variance_.resize(current_.size(), 0.0);
  std::vector<char> done(static_cast<std::size_t>(terms_), 0);
  for (std::size_t d = 1; d < digits.size(); ++d) {
    if (digits[d].empty()) continue;
    const Term& term = digits[d].back();
    if (std::exchange(done[static_cast<std::size_t>(term.index)], 1) != 0) continue;
    const double perVolt = digitVoltages[d] / term.coefficient;
    double* v = variance_.data() + index(term.index, 0, 0);
    for (std::size_t c = 0; c < cells(); ++c) v[c] += perVolt * perVolt * cell[c];
  }
}

int CurrentTable::addVarianceTerm(const std::vector<double>& coefficients) {
  ++terms_;
  current_.resize(static_cast<std::size_t>(terms_) * cells(), 0.0);
  if (!variance_.empty()) variance_.resize(current_.size(), 0.0);
  for (std::size_t d = 1; d < digits.size(); ++d) {
    if (coefficients[d] != 0.0) digits[d].push_back({terms_ - 1, coefficients[d]});
  }
  return terms_ - 1;
}

void CurrentTable::addShotNoise(Seconds readTime) {
  constexpr double kElementaryCharge = 1.602176634e-19;         // C, exact (SI 2019)
  const double perAmpere = kElementaryCharge / readTime.value;  // 2 q B
  // Planes hold c |I| of their own digit where one digit alone uses them; otherwise variance proportional to
  // |V| needs a term of its own, of coefficient sqrt|V|.
  std::vector<int> users(static_cast<std::size_t>(terms_), 0);
  bool own = true;
  std::size_t top = 1;
  for (std::size_t d = 1; d < digits.size(); ++d) {
    own = own && digits[d].size() <= 1;
    for (const Term& t : digits[d]) own = own && ++users[static_cast<std::size_t>(t.index)] == 1;
    if (std::abs(digitVoltages[d]) > std::abs(digitVoltages[top])) top = d;
  }
  if (own) {
    variance_.resize(current_.size(), 0.0);
    for (std::size_t d = 1; d < digits.size(); ++d) {
      for (const Term& t : digits[d]) {
        for (std::size_t c = index(t.index, 0, 0), end = c + cells(); c < end; ++c)
          variance_[c] += perAmpere * std::abs(current_[c] / t.coefficient);
      }
    }
    return;
  }
  if (digits[top].empty()) return;
  std::vector<double> chord(cells(), 0.0), roots(digits.size(), 0.0);
  for (const Term& t : digits[top]) {
    for (std::size_t c = 0; c < cells(); ++c)
      chord[c] += t.coefficient / digitVoltages[top] * current_[index(t.index, 0, 0) + c];
  }
  for (std::size_t d = 1; d < digits.size(); ++d) roots[d] = std::sqrt(std::abs(digitVoltages[d]));
  const int term = addVarianceTerm(roots);
  variance_.resize(current_.size(), 0.0);
  double* v = variance_.data() + index(term, 0, 0);
  for (std::size_t c = 0; c < cells(); ++c) v[c] = perAmpere * std::abs(chord[c]);
}

void CurrentTable::addThermalNoise(Kelvin temperature, Seconds readTime) {
  constexpr double kBoltzmann = 1.380649e-23;                                       // J/K, exact (SI 2019)
  const double perSiemens = 2.0 * kBoltzmann * temperature.value / readTime.value;  // 4 k T B
  columnVariance_.assign(static_cast<std::size_t>(columns()), 0.0);
  for (std::size_t c = 0; c < cells(); ++c) {
    const double gain = noiseGain.empty() ? 1.0 : noiseGain[c];
    columnVariance_[c % columnVariance_.size()] += perSiemens * array_->conductance[c] * gain;
  }
}

void CurrentTable::subtractColumn(int column) {
  if (column < 0 || column >= columns())
    throw BadInput("reference column {}: the array has columns 0 to {}", column, columns() - 1);
  for (std::size_t j = 0; j < columnVariance_.size(); ++j) {
    if (static_cast<int>(j) != column)
      columnVariance_[j] += columnVariance_[static_cast<std::size_t>(column)];
  }
  for (int k = 0; k < terms_; ++k) {
    for (int i = 0; i < rows(); ++i) {
      for (int j = 0; j < columns(); ++j) {
        if (j == column) continue;
        current_[index(k, i, j)] -= current_[index(k, i, column)];
        if (hasReadNoise()) variance_[index(k, i, j)] += variance_[index(k, i, column)];
      }
    }
  }
}

void CurrentTable::scale(double factor) {
  for (double& x : current_) x *= factor;
  for (double& x : variance_) x *= factor * factor;
  for (double& x : columnVariance_) x *= factor * factor;
}

PulseTable CurrentTable::round() const {
  PulseTable table;
  table.rows = rows();
  table.columns = columns();
  table.terms = terms_;
  const std::size_t stride = paddedFloats(static_cast<std::size_t>(columns()));
  table.stride = static_cast<int>(stride);
  const auto rounded = [&](const std::vector<double>& values) {
    AlignedVector<float> result(static_cast<std::size_t>(terms_) * static_cast<std::size_t>(rows()) * stride,
                                0.0F);
    for (std::size_t c = 0, n = static_cast<std::size_t>(columns()); c < values.size(); ++c)
      result[c / n * stride + c % n] = static_cast<float>(values[c]);
    return result;
  };
  table.current = rounded(current_);
  if (hasReadNoise()) table.variance = rounded(variance_);
  if (!columnVariance_.empty()) {
    table.columnVariance.assign(stride, 0.0F);
    std::copy(columnVariance_.begin(), columnVariance_.end(), table.columnVariance.begin());
  }
  table.digits.resize(digits.size());
  for (std::size_t d = 0; d < digits.size(); ++d) {
    for (const Term& t : digits[d]) table.digits[d].push_back({t.index, static_cast<float>(t.coefficient)});
  }
  table.rowEnergy = rowEnergy;
  return table;
}

void scaleCurrents(PulseTable& table, double factor) {
  for (float& x : table.current) x = static_cast<float>(x * factor);
  for (float& x : table.variance) x = static_cast<float>(x * (factor * factor));
  for (float& x : table.columnVariance) x = static_cast<float>(x * (factor * factor));
}

}  // namespace crosstile
