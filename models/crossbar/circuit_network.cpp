// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/circuit_network.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace crosstile {
namespace {

constexpr int kStepsAnOctave = 4;    // of the series of voltage spans
constexpr int kPowerIterations = 8;  // the bound is then within a few percent

}  // namespace

CircuitNetwork::CircuitNetwork(int rows, int columns, std::shared_ptr<const CellBranch> branch,
                               const Wires& wires)
    : rows_(rows), columns_(columns), branch_(std::move(branch)), wires_(wires) {
  lines_.wordFirst = wires.rSource + wires.rWord;
  lines_.word = wires.rWord;
  lines_.bitLast = wires.rBit + wires.rSink;
  lines_.bit = wires.rBit;
  const double around = 2.0 * lines_.wordFirst + (columns - 1) * lines_.word;
  // Without any resistance it doesn't matter at which end a current enters.
  if (wires.bothEnds && around > 0.0) lines_.share = 1.0 / around;
}

CircuitNetwork::Bounds CircuitNetwork::bounds(double span) const {
  if (!(span > 0.0)) return {};
  const int step = static_cast<int>(std::ceil(kStepsAnOctave * std::log2(span) - 1e-9));
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = bounds_.find(step);
  if (found != bounds_.end()) return found->second;
  return bounds_[step] = computeBounds(std::exp2(static_cast<double>(step) / kStepsAnOctave));
}

/// Each cell's largest slopes at a few voltages up to `span`, of either sign, against either node at 0 V.
void CircuitNetwork::steepestSlopes(double span, std::vector<double>& word, std::vector<double>& bit) const {
  const auto columns = static_cast<std::size_t>(columns_);
  const std::size_t cells = static_cast<std::size_t>(rows_) * columns;
  word.assign(cells, 0.0);
  bit.assign(cells, 0.0);
  // One lane a voltage, so that a word line's cells are evaluated at once.
  constexpr double kShares[] = {0.0, 0.25, 0.5, 0.75, 1.0, -0.25, -0.5, -1.0};
  constexpr std::size_t kLanes = std::size(kShares);
  const std::size_t n = columns * kLanes;
  std::vector<double> w(n), b(n), current(n), dWord(n), dBit(n);
  for (std::size_t k = 0; k < n; ++k) {
    w[k] = span * std::max(kShares[k % kLanes], 0.0);
    b[k] = span * std::max(-kShares[k % kLanes], 0.0);
  }
  for (int i = 0; i < rows_; ++i) {
    branch_->evaluate(i, kLanes, w.data(), b.data(), current.data(), dWord.data(), dBit.data());
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t c = static_cast<std::size_t>(i) * columns + k / kLanes;
      word[c] = std::max(word[c], dWord[k]);
      bit[c] = std::max(bit[c], -dBit[k]);
    }
  }
}

double CircuitNetwork::applyOperator(const std::vector<double>& gWord, const std::vector<double>& gBit,
                                     std::vector<double>& x) const {
  const auto rows = static_cast<std::size_t>(rows_), columns = static_cast<std::size_t>(columns_);
  std::vector<double> y(x.size()), through(columns, 0.0), bitVolt(columns, 0.0);
  for (std::size_t c = 0; c < x.size(); ++c) through[c % columns] += x[c];
  for (std::size_t j = 0; j < columns; ++j) bitVolt[j] = lines_.bitLast * through[j];
  std::vector<double> beyond(columns);
  for (std::size_t i = rows; i-- > 0;) {
    double sum = 0.0;
    for (std::size_t j = columns; j-- > 0;) beyond[j] = sum += x[i * columns + j];
    // Driven from both ends, the drop is less: the bound stays one.
    double drop = (lines_.wordFirst - lines_.word) * sum;
    for (std::size_t j = 0; j < columns; ++j) {
      const std::size_t c = i * columns + j;
      drop += lines_.word * beyond[j];
      if (i + 1 < rows) bitVolt[j] += lines_.bit * through[j];
      through[j] -= x[c];
      y[c] = gWord[c] * drop + gBit[c] * bitVolt[j];
    }
  }
  double ratio = 0.0, largest = 0.0;
  for (std::size_t c = 0; c < x.size(); ++c) {
    if (x[c] > 0.0) ratio = std::max(ratio, y[c] / x[c]);
    largest = std::max(largest, y[c]);
  }
  if (largest > 0.0) {
    for (std::size_t c = 0; c < x.size(); ++c) x[c] = y[c] / largest;
  }
  return ratio;
}

CircuitNetwork::Bounds CircuitNetwork::computeBounds(double span) const {
  std::vector<double> gWord, gBit;
  steepestSlopes(span, gWord, gBit);
  Bounds bounds;
  bounds.leak = branch_->twoTerminal() ? 0.0 : std::numeric_limits<double>::infinity();
  // A bit line at 1 V lifts word line i, the only way to the others, by what its own cell there can drive.
  for (std::size_t c = 0; c < gWord.size(); ++c) {
    const auto j = static_cast<double>(c % static_cast<std::size_t>(columns_));
    bounds.leak = std::max(bounds.leak, gWord[c] * (lines_.wordFirst + j * lines_.word));
  }
  std::vector<double> x(gWord.size());
  for (std::size_t c = 0; c < x.size(); ++c) x[c] = gWord[c] > 0.0 || gBit[c] > 0.0 ? 1.0 : 0.0;
  bounds.spectrum = applyOperator(gWord, gBit, x);
  for (int k = 1; k < kPowerIterations; ++k)
    bounds.spectrum = std::min(bounds.spectrum, applyOperator(gWord, gBit, x));
  return bounds;
}

}  // namespace crosstile
