// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/row_response.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kMostIterations = 60;
/// Newton converges quadratically: a step below this, relative to the drive, was the last that matters.
constexpr double kLastStep = 1e-7;

}  // namespace

RowSolver::RowSolver(const ProgrammedArray& array, const Wires& wires)
    : array_(array), wires_(wires), columns_(static_cast<std::size_t>(array.columns)) {
  parameters_.resize(columns_ * array.law->parameterCount());
}

void RowSolver::resize(std::size_t lanes) {
  response_.lanes = lanes;
  for (auto* v :
       {&constant_, &alpha_, &beta_, &w_, &next_, &response_.current, &response_.slope, &response_.follow})
    v->resize(columns_ * lanes);
  settled_.assign(lanes, 0);
}

void RowSolver::loadRow(int row) {
  if (loaded_ == row) return;
  const std::size_t cells = columns_ * static_cast<std::size_t>(array_.rows);
  for (std::size_t p = 0; p < array_.law->parameterCount(); ++p) {
    const auto from = array_.cellParameters.begin() +
                      static_cast<std::ptrdiff_t>(p * cells + static_cast<std::size_t>(row) * columns_);
    std::copy_n(from, columns_, parameters_.begin() + static_cast<std::ptrdiff_t>(p * columns_));
  }
  loaded_ = row;
}

void RowSolver::evaluate() {
  const CellLanes<double> cells{parameters_.data(), columns_, columns_, response_.lanes};
  array_.law->evaluateLanes(cells, w_.data(), response_.current.data(), response_.slope.data());
}

/// From the far end: the current through node j and everything beyond it is alpha + beta w_j; then the
/// voltages follow from the source on. Any resistance may be zero.
void RowSolver::solveLinear(Span<const double> voltages) {
  const std::size_t lanes = response_.lanes, last = (columns_ - 1) * lanes;
  const double* g = response_.slope.data();
  for (std::size_t l = 0; l < lanes; ++l) {
    alpha_[last + l] = constant_[last + l];
    beta_[last + l] = g[last + l];
  }
  for (std::size_t k = last; k-- > 0;) {
    const double divider = 1.0 / (1.0 + wires_.rWord * beta_[k + lanes]);
    alpha_[k] = constant_[k] + alpha_[k + lanes] * divider;
    beta_[k] = g[k] + beta_[k + lanes] * divider;
  }
  const double first = wires_.rSource + wires_.rWord;
  for (std::size_t l = 0; l < lanes; ++l)
    next_[l] = (voltages[l] - first * alpha_[l]) / (1.0 + first * beta_[l]);
  for (std::size_t k = lanes; k < columns_ * lanes; ++k)
    next_[k] = (next_[k - lanes] - wires_.rWord * alpha_[k]) / (1.0 + wires_.rWord * beta_[k]);
}

bool RowSolver::advance(Span<const double> voltages) {
  const std::size_t lanes = response_.lanes;
  bool moving = false;
  for (std::size_t l = 0; l < lanes; ++l) {
    if (settled_[l] != 0) continue;
    double change = 0.0;
    for (std::size_t j = 0; j < columns_; ++j) {
      change = std::max(change, std::abs(next_[j * lanes + l] - w_[j * lanes + l]));
      w_[j * lanes + l] = next_[j * lanes + l];
    }
    settled_[l] = change <= kLastStep * std::abs(voltages[l]) ? 1 : 0;
    moving = moving || settled_[l] == 0;
  }
  return moving;
}

const RowResponse& RowSolver::solve(int row, Span<const double> voltages) {
  loadRow(row);
  resize(voltages.size());
  RowResponse& r = response_;
  for (std::size_t k = 0; k < w_.size(); ++k) w_[k] = voltages[k % r.lanes];
  int iteration = 0;
  do {
    if (iteration++ == kMostIterations)
      throw RunFailure("word line {}: the row's circuit did not converge at voltages up to {} V", row,
                       *std::max_element(voltages.begin(), voltages.end()));
    evaluate();
    for (std::size_t k = 0; k < w_.size(); ++k) constant_[k] = r.current[k] - r.slope[k] * w_[k];
    solveLinear(voltages);
  } while (advance(voltages));
  evaluate();
  for (std::size_t k = 0; k < w_.size(); ++k) constant_[k] = -r.slope[k];
  const std::vector<double> grounded(r.lanes, 0.0);
  solveLinear(grounded);
  std::swap(r.follow, next_);
  return r;
}

}  // namespace crosstile
