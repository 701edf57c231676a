// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/line_relaxation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kLongestCycle = 192;
constexpr int kProbeSweeps = 5;
constexpr double kPi = 3.14159265358979323846;

/// Pivots of the ladder of word line i (from the source) into the factors. A pivot is the wire onwards plus
/// the admittance of what is behind, computed as a series-parallel ladder, so that nothing cancels for good
/// wires.
void factorWordLine(LineFactors& f, Span<const double> g, std::size_t row, double gWord) {
  double behind = 0.0;
  for (int j = 0; j < f.columns; ++j) {
    const std::size_t k = row + static_cast<std::size_t>(j);
    behind = g[k] + (j == 0 ? f.gFirst : gWord * behind / (gWord + behind));
    const double pivot = behind + (j + 1 < f.columns ? gWord : 0.0);
    f.wordGain[k] = g[k] / pivot;
    f.wordLink[k] = gWord / pivot;
    f.wordInverse[k] = 1.0 / pivot;
  }
}

void factorBitLine(LineFactors& f, Span<const double> g, std::size_t column, double gBit) {
  const std::size_t stride = static_cast<std::size_t>(f.columns);
  double above = 0.0;
  for (int i = 0; i < f.rows; ++i) {
    const std::size_t k = static_cast<std::size_t>(i) * stride + column;
    above = g[k] + (i == 0 ? 0.0 : gBit * above / (gBit + above));
    f.bitPivot[0][k] = above + (i + 1 < f.rows ? gBit : f.gLast);
  }
  double below = 0.0;
  for (int i = f.rows; i-- > 0;) {
    const std::size_t k = static_cast<std::size_t>(i) * stride + column;
    below = g[k] + (i + 1 == f.rows ? f.gLast : gBit * below / (gBit + below));
    f.bitPivot[1][k] = below + (i > 0 ? gBit : 0.0);
  }
}

/// The order of a cycle's gammas that keeps intermediate residuals small (Leja's: each next root is the one
/// farthest, in the product of distances, from those used).
std::vector<double> lejaOrdered(std::vector<double> roots) {
  std::vector<double> weight(roots.size(), 0.0);
  for (std::size_t n = 0; n < roots.size(); ++n) {
    std::size_t best = n;
    for (std::size_t k = n; k < roots.size(); ++k) {
      if (n == 0 ? roots[k] > roots[best] : weight[k] > weight[best]) best = k;
    }
    std::swap(roots[n], roots[best]);
    std::swap(weight[n], weight[best]);
    for (std::size_t k = n + 1; k < roots.size(); ++k) weight[k] += std::log(std::abs(roots[k] - roots[n]));
  }
  return roots;
}

/// Gammas of the shortest cycle that reduces the residual by `reduction` on the spectrum [1 - rho, 1].
std::vector<double> chebyshevCycle(double rho, double reduction) {
  const double root = std::sqrt(1.0 - rho);
  const double rate = (1.0 - root) / (1.0 + root);
  const double wanted = rate > 0.0 ? std::log(2.0 / reduction) / -std::log(rate) : 1.0;
  const int length = static_cast<int>(std::ceil(std::clamp(wanted, 1.0, double{kLongestCycle})));
  std::vector<double> roots;
  for (int k = 0; k < length; ++k)
    roots.push_back(1.0 - 0.5 * rho * (1.0 - std::cos(kPi * (k + 0.5) / length)));
  roots = lejaOrdered(std::move(roots));
  for (double& r : roots) r = 1.0 / r;
  return roots;
}

}  // namespace

LineFactors factorLines(Span<const double> conductance, int rows, int columns, const Wires& wires) {
  LineFactors f;
  f.rows = rows;
  f.columns = columns;
  f.gFirst = 1.0 / (wires.rSource + wires.rWord);
  f.gLast = 1.0 / (wires.rSink + wires.rBit);
  const double gWord = 1.0 / wires.rWord;
  const double gBit = 1.0 / wires.rBit;
  const std::size_t cells = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  f.wordGain.resize(cells);
  f.wordLink.resize(cells);
  f.wordInverse.resize(cells);
  for (int way = 0; way < 2; ++way) {
    f.bitPivot[way].resize(cells);
    f.bitLink[way].resize(cells);
    f.bitGain[way].resize(cells);
    f.bitRatio[way].resize(cells);
  }
  for (std::size_t i = 0; i < cells; i += static_cast<std::size_t>(columns))
    factorWordLine(f, conductance, i, gWord);
  for (std::size_t j = 0; j < static_cast<std::size_t>(columns); ++j) factorBitLine(f, conductance, j, gBit);
  for (int way = 0; way < 2; ++way) {
    for (std::size_t k = 0; k < cells; ++k) {
      const double inverse = 1.0 / f.bitPivot[way][k];
      f.bitLink[way][k] = gBit * inverse;
      f.bitGain[way][k] = conductance[k] * inverse;
      f.bitRatio[way][k] = f.bitPivot[1 - way][k] * inverse;
    }
  }
  return f;
}

LineRelaxation::LineRelaxation(Span<const double> conductance, int rows, int columns, const Wires& wires)
    : factors_(factorLines(conductance, rows, columns, wires)),
      conductance_(conductance.begin(), conductance.end()),
      line_(relaxationStride(columns)),
      state_(static_cast<std::size_t>(rows) * line_),
      scratch_(4 * line_, 0.0),
      output_(static_cast<std::size_t>(rows) * kRelaxationLanes) {
  sweep_.factors = &factors_;
  sweep_.state = state_.data();
  sweep_.scratch = scratch_.data();
  sweep_.output = output_.data();
  rho_ = probeSpectrum();
}

void LineRelaxation::step(double gamma, bool norm) {
  sweep_.gamma = gamma;
  sweep_.norm = norm;
  relax(sweep_);
  ++sweeps_;
}

void LineRelaxation::clear(bool field) {
  std::fill(state_.begin(), state_.end(), 0.0);
  std::fill(output_.begin(), output_.end(), 0.0);
  field_.assign(field ? state_.size() : 0, 0.0);
  sweep_.field = field ? field_.data() : nullptr;
  sweep_.from = 0;
  sweeps_ = 0;
}

/// Largest eigenvalue of T_b^-1 D T_w^-1 D by power iteration. Its eigenvector is positive, so it starts
/// from a constant; the estimate approaches from below and gets a margin.
double LineRelaxation::probeSpectrum() {
  clear(false);
  std::fill(state_.begin(), state_.end(), 1.0);
  for (int k = 0; k + 2 < kProbeSweeps; ++k) step(1.0, false);
  step(1.0, true);
  const double before = sweep_.residual[0];
  step(1.0, true);
  if (!(before > 0.0)) return 0.0;  // no two devices share a path
  const double rho = std::min(sweep_.residual[0] / before, 1.0 - 1e-12);
  return std::min(1.03 * rho, rho + 0.3 * (1.0 - rho));
}

void LineRelaxation::injectBit(int lane, int i, int j, double current) { state_[place(lane, i, j)] += current; }

void LineRelaxation::solveWordLine(int i, Span<double> line) const {
  const std::size_t columns = static_cast<std::size_t>(factors_.columns);
  const double* link = &factors_.wordLink[static_cast<std::size_t>(i) * columns];
  const double* inverse = &factors_.wordInverse[static_cast<std::size_t>(i) * columns];
  double before = 0.0;
  for (std::size_t j = 0; j < columns; ++j) {
    before = line[j] * inverse[j] + link[j] * before;
    line[j] = before;
  }
  for (std::size_t j = columns - 1; j-- > 0;) line[j] += link[j] * line[j + 1];
}

void LineRelaxation::injectWord(int lane, int i, int j, double current) {
  const std::size_t columns = static_cast<std::size_t>(factors_.columns);
  std::vector<double> line(columns, 0.0);
  line[static_cast<std::size_t>(j)] = current;
  solveWordLine(i, line);
  const double* g = &conductance_[static_cast<std::size_t>(i) * columns];
  for (std::size_t k = 0; k < columns; ++k) state_[place(lane, i, static_cast<int>(k))] += g[k] * line[k];
}

/// Forward elimination of the injected currents on the bit lines, from the top.
void LineRelaxation::eliminate() {
  const std::size_t columns = static_cast<std::size_t>(factors_.columns);
  for (std::size_t i = 0; i < static_cast<std::size_t>(factors_.rows); ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const std::size_t k = i * columns + j;
      double* s = &state_[i * line_ + j * kRelaxationLanes];
      const double inverse = 1.0 / factors_.bitPivot[0][k];
      for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane)
        s[lane] = s[lane] * inverse + (i == 0 ? 0.0 : factors_.bitLink[0][k] * s[lane - line_]);
    }
  }
}

double LineRelaxation::solve(const Worst& worst, double tolerance, int maxSweeps) {
  eliminate();
  step(1.0, true);
  double rho = rho_;
  double now = worst(*this);
  while (now > tolerance && sweeps_ < maxSweeps) {
    const double before = now;
    const std::vector<double> cycle = chebyshevCycle(rho, 0.5 * tolerance / before);
    for (std::size_t k = 0; k < cycle.size(); ++k) step(cycle[k], k + 1 == cycle.size());
    now = worst(*this);
    if (now <= kRelaxationRequired && now > 0.95 * before) break;  // at the limit of double precision
    // A cycle that falls short of its promise says that the spectrum reaches closer to zero.
    if (now > tolerance) rho += 0.5 * (1.0 - rho);
  }
  return now;
}

EffectiveMatrix relaxEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires) {
  LineRelaxation relaxation(conductance, rows, columns, wires);
  const LineFactors& f = relaxation.factors();
  EffectiveMatrix result;
  result.g.resize(conductance.size());
  for (int first = 0; first < columns; first += static_cast<int>(kRelaxationLanes)) {
    const int lanes = std::min(static_cast<int>(kRelaxationLanes), columns - first);
    relaxation.clear(false);
    for (int lane = 0; lane < lanes; ++lane) relaxation.injectBit(lane, rows - 1, first + lane, f.gLast);
    const double residual = relaxation.solve(
        [&](const LineRelaxation& r) {
          double worst = 0.0;
          for (int lane = 0; lane < lanes; ++lane) {
            double current = 0.0;  // of the column, by reciprocity with 1 V at every source
            for (int i = 0; i < rows; ++i) current += r.firstVoltage(lane, i);
            if (r.residual(lane) != 0.0) worst = std::max(worst, r.residual(lane) / (current * f.gFirst));
          }
          return worst;
        },
        kRelaxationTolerance, kRelaxationMaxSweeps);
    for (int lane = 0; lane < lanes; ++lane) {
      for (int i = 0; i < rows; ++i)
        result.g[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) +
                 static_cast<std::size_t>(first + lane)] = f.gFirst * relaxation.firstVoltage(lane, i);
    }
    if (!(residual <= result.residual)) result.residual = residual;  // keeps a NaN
    result.sweeps = std::max(result.sweeps, relaxation.sweeps());
  }
  if (!(result.residual <= kRelaxationRequired))
    throw RunFailure(
        "ir_drop: the circuit did not converge (residual {:.3g} of a column's current after {} sweeps); "
        "the wires' resistance is too large against the cells'",
        result.residual, result.sweeps);
  return result;
}

}  // namespace crosstile
