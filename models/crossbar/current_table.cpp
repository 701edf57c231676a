// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/current_table.h"

#include <cmath>

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
  if (!single) {
    ++terms_;
    current_.resize(static_cast<std::size_t>(terms_) * cells(), 0.0);
    for (std::size_t d = 1; d < digits.size(); ++d) digits[d].push_back({terms_ - 1, digitVoltages[d]});
  }
  variance_.assign(current_.size(), 0.0);
  for (std::size_t d = 1; d < digits.size(); ++d) {
    if (digits[d].empty()) continue;
    const Term& term = digits[d].back();
    const double perVolt = digitVoltages[d] / term.coefficient;
    double* v = variance_.data() + index(term.index, 0, 0);
    for (std::size_t c = 0; c < cells(); ++c) v[c] = perVolt * perVolt * cell[c];
  }
}

void CurrentTable::subtractColumn(int column) {
  if (column < 0 || column >= columns())
    throw BadInput("reference column {}: the array has columns 0 to {}", column, columns() - 1);
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
}

}  // namespace crosstile
