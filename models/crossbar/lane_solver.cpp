// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/lane_solver.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace crosstile {
namespace {

/// Beyond this many passes Newton's method is the better one.
constexpr int kMostPasses = 1000;
/// The cells' slopes are taken at this many times the root mean square of the input: along a line they act by
/// their mean, and an interval that is a little short costs less than one that is too long.
constexpr double kCrest = 1.3;
/// Below this, Chebyshev's interval is one point.
constexpr double kLeastLambda = 1e-6;

}  // namespace

template <typename T>
LaneSolver<T>::LaneSolver(const CircuitNetwork& network, LaneScratch<T>& scratch)
    : network_(network), scratch_(scratch) {
  const auto rows = static_cast<std::size_t>(network.rows());
  const auto columns = static_cast<std::size_t>(network.columns());
  const std::size_t line = columns * kLanes;
  for (auto& cells : scratch.current) cells.assign(rows * line, T(0));
  scratch.columns.resize((6 + 2 * kCircuitRows) * line);
  scratch.rows.assign(rows * kLanes, T(0));
  scratch.lanes.assign(6 * kLanes, T(0));
  T* c = scratch.columns.data();
  const auto nextColumns = [&](std::size_t count = 1) { return std::exchange(c, c + count * line); };
  T* l = scratch.lanes.data();
  const auto nextLanes = [&] { return std::exchange(l, l + kLanes); };
  volt_ = scratch.rows.data();
  pass_.rows = network.rows();
  pass_.columns = network.columns();
  pass_.r = network.lines<T>();
  pass_.volt = volt_;
  totals_[0] = nextColumns();
  totals_[1] = nextColumns();
  std::fill_n(totals_[0], line, T(0));
  pass_.bitVolt = nextColumns();
  pass_.bitCurrent = nextColumns();
  pass_.missing = nextColumns();
  result_ = nextColumns();
  pass_.word = nextColumns(kCircuitRows);
  T* bits = nextColumns(kCircuitRows);
  if (!network.branch().twoTerminal()) pass_.bits = bits;
  pass_.low = nextLanes();
  pass_.high = nextLanes();
  pass_.alpha = nextLanes();
  pass_.beta = nextLanes();
  pass_.sourceCurrent = nextLanes();
  pass_.sourcePower = nextLanes();
}

/// Voltage range and Chebyshev interval of each lane.
template <typename T>
void LaneSolver<T>::prepare() {
  T* low = const_cast<T*>(pass_.low);
  T* high = const_cast<T*>(pass_.high);
  double square[kLanes] = {};
  for (std::size_t k = 0; k < static_cast<std::size_t>(network_.rows()) * kLanes; ++k) {
    low[k % kLanes] = std::min(low[k % kLanes], volt_[k]);
    high[k % kLanes] = std::max(high[k % kLanes], volt_[k]);
    square[k % kLanes] += static_cast<double>(volt_[k]) * static_cast<double>(volt_[k]);
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const double span = static_cast<double>(high[lane]) - static_cast<double>(low[lane]);
    const double typical = kCrest * std::sqrt(square[lane] / network_.rows());
    lambda_[lane] = std::max(network_.spectrum(std::min(span, typical)), kLeastLambda);
    leak_[lane] = network_.leak(span);
    const double root = std::sqrt(1.0 + lambda_[lane]);
    const double rate = (root - 1.0) / (root + 1.0);
    // Twice the passes that the theory of linear circuits allows, from double precision's last bit up.
    const double needed = std::log(std::numeric_limits<T>::epsilon() * 1e-2) / std::log(rate);
    limit_[lane] = needed > 0.5 * kMostPasses ? 0 : 4 + static_cast<int>(2.0 * needed);
    outcome_[lane] = {};
  }
}

/// Chebyshev's coefficients of pass k: Saad, Iterative Methods for Sparse Linear Systems, algorithm 12.1, on
/// the interval [1, 1 + lambda].
template <typename T>
void LaneSolver<T>::coefficients(int k) {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const double delta = 0.5 * lambda_[lane], theta = 1.0 + delta;
    double alpha = 1.0 / theta, beta = 0.0;
    if (k == 0) {
      rho_[lane] = delta / theta;
    } else {
      const double rho = 1.0 / (2.0 * theta / delta - rho_[lane]);
      alpha = 2.0 * rho / delta;
      beta = rho * rho_[lane];
      rho_[lane] = rho;
    }
    const_cast<T*>(pass_.alpha)[lane] = static_cast<T>(alpha);
    const_cast<T*>(pass_.beta)[lane] = static_cast<T>(beta);
  }
}

template <typename T>
void LaneSolver<T>::pass() {
  beginPass(pass_);
  const std::size_t line = static_cast<std::size_t>(network_.columns()) * kLanes;
  for (int row = network_.rows() - 1, count = 0; row >= 0; row -= count) {
    count = row + 1 >= kCircuitRows ? kCircuitRows : 1;
    rowVoltages(pass_, row, count);
    for (int r = 0; r < count; ++r) {
      T* word = pass_.word + static_cast<std::size_t>(r) * line;
      const T* bits = pass_.bits == nullptr ? nullptr : pass_.bits + static_cast<std::size_t>(r) * line;
      network_.branch().evaluate(row - r, kLanes, word, bits, word, nullptr, nullptr);
    }
    rowUpdate(pass_, row, count);
  }
}

/// Lanes that have converged on what the pass began with; true when none is left.
///
/// A current r that is missing in a cell shifts the current of the cell's own bit line by at most |r|, and
/// that of another one by at most `leak` |r|: what raising that bit line by 1 V would do to the cell's
/// voltage, by reciprocity. So a bit line's error is at most its own missing currents and the leak of all
/// others'.
template <typename T>
bool LaneSolver<T>::collect(const LaneTarget& target, int k) {
  double largest[kLanes], all[kLanes] = {}, own[kLanes] = {};
  std::copy_n(pass_.sourceCurrent, kLanes, largest);
  for (std::size_t c = 0; c < static_cast<std::size_t>(network_.columns()) * kLanes; ++c) {
    const std::size_t lane = c % kLanes;
    largest[lane] = std::max(largest[lane], std::abs(static_cast<double>(pass_.total[c])));
    own[lane] = std::max(own[lane], static_cast<double>(pass_.missing[c]));
    all[lane] += static_cast<double>(pass_.missing[c]);
  }
  bool done = true;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    LaneOutcome& o = outcome_[lane];
    if (o.converged || o.passes > limit_[lane]) continue;
    o.passes = k + 1;
    o.residual = all[lane] > 0.0 ? 2.0 * all[lane] / largest[lane] : 0.0;
    o.error = all[lane] > 0.0 ? (own[lane] + leak_[lane] * all[lane]) / largest[lane] : 0.0;
    if (o.residual <= target.residual || o.error <= target.error) {
      o.converged = true;
      o.sourcePowerW = static_cast<double>(pass_.sourcePower[lane]);
      keep(lane);
    } else if (o.passes <= limit_[lane] && std::isfinite(all[lane])) {
      done = false;
    } else {
      o.passes = limit_[lane] + 1;
    }
  }
  return done;
}

template <typename T>
void LaneSolver<T>::keep(std::size_t lane) {
  for (std::size_t j = 0; j < static_cast<std::size_t>(network_.columns()); ++j)
    result_[j * kLanes + lane] = pass_.total[j * kLanes + lane];
}

template <typename T>
void LaneSolver<T>::run(const LaneTarget& target) {
  prepare();
  for (int k = 0;; ++k) {
    pass_.total = totals_[k % 2];
    pass_.nextTotal = totals_[1 - k % 2];
    pass_.current = scratch_.current[k % 2].data();
    pass_.next = scratch_.current[1 - k % 2].data();
    coefficients(k);
    pass();
    if (collect(target, k)) return;
  }
}

template <typename T>
std::vector<double> LaneSolver<T>::cellCurrents(std::size_t lane) const {
  std::vector<double> cells(scratch_.current[0].size() / kLanes);
  for (std::size_t c = 0; c < cells.size(); ++c)
    cells[c] = static_cast<double>(pass_.next[c * kLanes + lane]);
  return cells;
}

template class LaneSolver<double>;
template class LaneSolver<float>;

}  // namespace crosstile
