// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/row_response.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kMostIterations = 60;
/// Relative to the drive: far below what single precision makes of the result.
constexpr double kTolerance = 1e-11;

}  // namespace

RowSolver::RowSolver(const ProgrammedArray& array, const Wires& wires) : array_(array), wires_(wires) {
  const auto n = static_cast<std::size_t>(array.columns);
  for (auto* v : {&constant_, &alpha_, &beta_, &w_, &response_.current, &response_.slope, &response_.follow})
    v->assign(n, 0.0);
  parameters_.resize(n * array.law->parameterCount());
}

void RowSolver::loadRow(int row) {
  if (loaded_ == row) return;
  const auto n = static_cast<std::size_t>(array_.columns);
  const std::size_t cells = n * static_cast<std::size_t>(array_.rows);
  for (std::size_t p = 0; p < array_.law->parameterCount(); ++p) {
    const auto from = array_.cellParameters.begin() +
                      static_cast<std::ptrdiff_t>(p * cells + static_cast<std::size_t>(row) * n);
    std::copy_n(from, n, parameters_.begin() + static_cast<std::ptrdiff_t>(p * n));
  }
  loaded_ = row;
}

/// From the far end: the current through node j and everything beyond it is alpha + beta w_j; then the
/// voltages follow from the source on. Any resistance may be zero.
double RowSolver::solveLinear(double voltage, std::vector<double>& w) {
  const std::size_t n = w.size();
  const std::vector<double>& g = response_.slope;
  alpha_[n - 1] = constant_[n - 1];
  beta_[n - 1] = g[n - 1];
  for (std::size_t j = n - 1; j-- > 0;) {
    const double divider = 1.0 / (1.0 + wires_.rWord * beta_[j + 1]);
    alpha_[j] = constant_[j] + alpha_[j + 1] * divider;
    beta_[j] = g[j] + beta_[j + 1] * divider;
  }
  double before = voltage, r = wires_.rSource + wires_.rWord, change = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    const double next = (before - r * alpha_[j]) / (1.0 + r * beta_[j]);
    change = std::max(change, std::abs(next - w[j]));
    before = w[j] = next;
    r = wires_.rWord;
  }
  return change;
}

const RowResponse& RowSolver::solve(int row, double voltage) {
  loadRow(row);
  RowResponse& r = response_;
  const std::size_t n = w_.size();
  std::fill(w_.begin(), w_.end(), voltage);
  int iteration = 0;
  for (double change = 1.0; change > kTolerance * std::abs(voltage); ++iteration) {
    if (iteration == kMostIterations)
      throw RunFailure("word line {} at {} V: the row's circuit did not converge", row, voltage);
    array_.law->evaluate(parameters_, w_, r.current, r.slope);
    for (std::size_t j = 0; j < n; ++j) constant_[j] = r.current[j] - r.slope[j] * w_[j];
    change = solveLinear(voltage, w_);
    // Newton converges quadratically: a step below the root of the tolerance was the last that matters.
    if (change < 1e-7 * std::abs(voltage)) break;
  }
  array_.law->evaluate(parameters_, w_, r.current, r.slope);
  for (std::size_t j = 0; j < n; ++j) constant_[j] = -r.slope[j];
  std::fill(r.follow.begin(), r.follow.end(), 0.0);
  solveLinear(0.0, r.follow);
  return r;
}

}  // namespace crosstile
