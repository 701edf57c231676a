// SPDX-License-Identifier: Apache-2.0
// The unknown is the voltage u across the access device, not the internal node's: where the device is a far
// better conductor than the cell, u is tiny and keeps all its digits. The error of the current is then
// (slope of both in series) x (rounding of the branch's voltage), whichever of the two is the better
// conductor.
#include "models/crossbar/series_branch.h"

#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// Newton's last step may be this share of the smaller of both voltages: the current is corrected by it,
/// which leaves its square.
constexpr double kLastStep = 1e-9;
constexpr double kRounding = 2.0 * std::numeric_limits<double>::epsilon();
/// Bisection alone needs some 50 for full precision; Newton's method about 5.
constexpr int kMaxIterations = 200;

/// The cell's own current and slope at the present u.
struct Cell {
  double current;
  double slope;
};
/// A function that falls with u and is zero at the solution.
struct Balance {
  double value;
  double slope;
};
/// The branch's current and slopes.
struct Solved {
  double current = 0.0;
  double word = 0.0;
  double bit = 0.0;
};

/// The longest last step to `u`. Across the cell there is `across - u`, which is no better than the rounding
/// of both.
double lastStep(double across, double u) {
  if (std::abs(u) <= 0.5 * std::abs(across)) return kLastStep * std::abs(u);
  return std::fmax(kLastStep * std::abs(across - u), kRounding * std::abs(across));
}

/// Slope of two in series.
double inSeries(double a, double b) {
  const double sum = a + b;
  return sum > 0.0 && std::isfinite(sum) ? a * (b / sum) : std::fmin(a, b);
}

class TransistorAccess {
 public:
  explicit TransistorAccess(const AccessConfig& config)
      : transistor_(config), gate_(config.gateVoltage.value) {}
  static constexpr bool kTwoTerminal = false;
  Balance balance(const Cell& cell, double bit, double u) const {
    const AccessTransistor::Channel channel = transistor_.evaluate(gate_ - bit, u);
    return {cell.current - channel.current, -(cell.slope + channel.drain)};
  }
  /// At u + step, the step being below kLastStep.
  Solved solved(const Cell& cell, double bit, double u, double step) const {
    const AccessTransistor::Channel channel = transistor_.evaluate(gate_ - bit, u);
    // A rise of the bit node by itself lowers V_gs and, with the internal node held, V_ds.
    const double source = channel.gate + channel.drain;
    const double sum = cell.slope + channel.drain;
    return {channel.current + channel.drain * step, inSeries(cell.slope, channel.drain),
            sum > 0.0 ? -cell.slope * (source / sum) : 0.0};
  }

 private:
  AccessTransistor transistor_;
  double gate_;
};

/// Voltages are compared instead of currents: the selector's voltage at the cell's current is a logarithm,
/// on which Newton's method is quick where the exponential would take a step of V0 at a time.
class SelectorAccess {
 public:
  explicit SelectorAccess(const AccessConfig& config) : selector_(config) {}
  static constexpr bool kTwoTerminal = true;
  Balance balance(const Cell& cell, double, double u) const {
    return {selector_.voltage(cell.current) - u, -(1.0 + cell.slope * selector_.resistance(cell.current))};
  }
  Solved solved(const Cell& cell, double, double u, double step) const {
    const double current = selector_.current(u + step);
    const double slope = inSeries(cell.slope, selector_.slopeAtCurrent(current));
    return {current, slope, -slope};
  }

 private:
  Selector selector_;
};

/// The internal voltages of one word line's cells, all lanes.
template <typename Access>
class SeriesBranch final : public CellBranch {
 public:
  SeriesBranch(std::shared_ptr<const ProgrammedArray> array, const AccessConfig& config)
      : array_(std::move(array)), access_(config) {}
  bool twoTerminal() const override { return Access::kTwoTerminal; }
  void evaluate(int row, std::size_t lanes, const double* word, const double* bit, double* current,
                double* dWord, double* dBit) const override;
  void evaluate(int row, std::size_t lanes, const float* word, const float* bit, float* current, float* dWord,
                float* dBit) const override;

 private:
  struct State {
    explicit State(std::size_t n)
        : across(n),
          u(n, 0.0),
          low(n),
          high(n),
          before(n),
          cellVoltage(n),
          current(n),
          slope(n),
          done(n, 0) {}
    std::vector<double> across;       ///< word minus bit
    std::vector<double> u;            ///< across the access device
    std::vector<double> low, high;    ///< bracket of u
    std::vector<double> before;       ///< length of the last step
    std::vector<double> cellVoltage;  ///< across the cell ...
    std::vector<double> current;      ///< ... its current
    std::vector<double> slope;        ///< ... and slope
    std::vector<char> done;
  };
  /// One step of cell k; false when u is where it should be, with `step` what is left.
  bool advance(State& s, std::size_t k, double bit, double& step) const;

  std::shared_ptr<const ProgrammedArray> array_;
  Access access_;
};

template <typename Access>
bool SeriesBranch<Access>::advance(State& s, std::size_t k, double bit, double& step) const {
  const double u = s.u[k];
  const Balance balance = access_.balance({s.current[k], s.slope[k]}, bit, u);
  step = 0.0;
  if (balance.value == 0.0) return false;
  (balance.value > 0.0 ? s.low[k] : s.high[k]) = u;
  const double newton = -balance.value / balance.slope;
  const double next = u + newton;
  const bool inside = next >= s.low[k] && next <= s.high[k];  // false for NaN
  if (inside && std::abs(newton) <= lastStep(s.across[k], next)) {
    step = newton;
    return false;
  }
  if (s.high[k] - s.low[k] <= kRounding * std::fmax(std::abs(s.low[k]), std::abs(s.high[k]))) return false;
  // Newton's method halves its steps where it works at all.
  if (inside && std::abs(newton) <= 0.5 * s.before[k]) {
    s.u[k] = next;
  } else {
    s.u[k] = 0.5 * (s.low[k] + s.high[k]);
  }
  s.before[k] = std::abs(s.u[k] - u);
  return true;
}

template <typename Access>
void SeriesBranch<Access>::evaluate(int row, std::size_t lanes, const double* word, const double* bit,
                                    double* current, double* dWord, double* dBit) const {
  const auto columns = static_cast<std::size_t>(array_->columns);
  const CellLanes<double> cells{array_->cellParameters.data() + static_cast<std::size_t>(row) * columns,
                                array_->conductance.size(), columns, lanes};
  const std::size_t n = columns * lanes;
  const auto bitAt = [bit](std::size_t k) { return bit == nullptr ? 0.0 : bit[k]; };
  State s(n);
  std::size_t left = n;
  for (std::size_t k = 0; k < n; ++k) {
    s.across[k] = word[k] - bitAt(k);
    s.low[k] = std::fmin(0.0, s.across[k]);
    s.high[k] = std::fmax(0.0, s.across[k]);
    s.before[k] = 2.0 * (s.high[k] - s.low[k]);
  }
  const auto finish = [&](std::size_t k, const Solved& solved) {
    s.done[k] = 1;
    --left;
    current[k] = solved.current;
    if (dWord != nullptr) dWord[k] = solved.word;
    if (dBit != nullptr) dBit[k] = solved.bit;
  };
  for (std::size_t k = 0; k < n; ++k) {
    if (array_->conductance[static_cast<std::size_t>(row) * columns + k / lanes] == 0.0) finish(k, {});
  }
  for (int iteration = 1; left > 0; ++iteration) {
    for (std::size_t k = 0; k < n; ++k) s.cellVoltage[k] = s.across[k] - s.u[k];
    array_->law->evaluateLanes(cells, s.cellVoltage.data(), s.current.data(), s.slope.data());
    for (std::size_t k = 0; k < n; ++k) {
      double step = 0.0;
      if (s.done[k] || (advance(s, k, bitAt(k), step) && iteration < kMaxIterations)) continue;
      finish(k, access_.solved({s.current[k], s.slope[k]}, bitAt(k), s.u[k], step));
    }
  }
}

template <typename Access>
void SeriesBranch<Access>::evaluate(int row, std::size_t lanes, const float* word, const float* bit,
                                    float* current, float* dWord, float* dBit) const {
  const std::size_t n = static_cast<std::size_t>(array_->columns) * lanes;
  const std::vector<double> w(word, word + n), b(bit, bit + (bit == nullptr ? 0 : n));
  std::vector<double> i(n), dw(dWord == nullptr ? 0 : n), db(dBit == nullptr ? 0 : n);
  evaluate(row, lanes, w.data(), b.empty() ? nullptr : b.data(), i.data(), dw.empty() ? nullptr : dw.data(),
           db.empty() ? nullptr : db.data());
  for (std::size_t k = 0; k < n; ++k) current[k] = static_cast<float>(i[k]);
  for (std::size_t k = 0; k < dw.size(); ++k) dWord[k] = static_cast<float>(dw[k]);
  for (std::size_t k = 0; k < db.size(); ++k) dBit[k] = static_cast<float>(db[k]);
}

}  // namespace

std::unique_ptr<CellBranch> makeSeriesBranch(std::shared_ptr<const ProgrammedArray> array,
                                             const AccessConfig& access) {
  if (access.kind == "transistor")
    return std::make_unique<SeriesBranch<TransistorAccess>>(std::move(array), access);
  if (access.kind == "selector")
    return std::make_unique<SeriesBranch<SelectorAccess>>(std::move(array), access);
  throw BadInput("access.kind = \"{}\": must be transistor or selector for cells in series with one",
                 access.kind);
}

}  // namespace crosstile
