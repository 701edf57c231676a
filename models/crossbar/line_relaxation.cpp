// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/line_relaxation.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/random.h"

namespace crosstile {
namespace {

constexpr int kLongestCycle = 192;
constexpr int kRitzValues = 4;
constexpr double kApart = 0.5;
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
    f.wordPivot[k] = pivot;
  }
}

/// The same of all bit lines, row by row: from the top (way 0) or from the bottom.
void factorBitLines(LineFactors& f, Span<const double> g, double gBit, int way) {
  const std::size_t columns = static_cast<std::size_t>(f.columns);
  std::vector<double> behind(columns, 0.0);
  for (int step = 0; step < f.rows; ++step) {
    const int i = way == 0 ? step : f.rows - 1 - step;
    const double* cells = &g[static_cast<std::size_t>(i) * columns];
    double* pivot = &f.bitPivot[way][static_cast<std::size_t>(i) * columns];
    const bool bottom = i + 1 == f.rows;
    const double onwards = way == 1 ? (i > 0 ? gBit : 0.0) : bottom ? f.gLast : gBit;
    const double sink = way == 1 && bottom ? f.gLast : 0.0;
    for (std::size_t j = 0; j < columns; ++j) {
      behind[j] = cells[j] + sink + gBit * behind[j] / (gBit + behind[j]);
      pivot[j] = behind[j] + onwards;
    }
  }
}

/// A cycle of sweeps, and the reduction of the residual that it promises.
struct Cycle {
  std::vector<double> gamma;
  double reduction = 1.0;
};

/// The order of a cycle's roots that keeps intermediate residuals small (Leja's: each next root is where the
/// polynomial of those before is largest).
std::vector<double> lejaOrdered(std::vector<double> roots) {
  std::vector<double> value(roots.size(), 1.0);
  for (std::size_t n = 0; n < roots.size(); ++n) {
    std::size_t best = n;
    for (std::size_t k = n; k < roots.size(); ++k) {
      if (n == 0 ? roots[k] > roots[best] : value[k] > value[best]) best = k;
    }
    std::swap(roots[n], roots[best]);
    std::swap(value[n], value[best]);
    for (std::size_t k = n + 1; k < roots.size(); ++k) value[k] *= std::abs(1.0 - roots[k] / roots[n]);
  }
  return roots;
}

/// The shortest cycle that reduces the residual by `reduction` on the spectrum [low, 1]: the roots of a
/// Chebyshev polynomial.
Cycle planCycle(double low, double reduction) {
  const double root = std::sqrt(low);
  const double rate = (1.0 - root) / (1.0 + root);
  const double wanted = rate > 0.0 ? std::log(2.0 / reduction) / -std::log(rate) : 1.0;
  const int length = static_cast<int>(std::ceil(std::clamp(wanted, 1.0, double{kLongestCycle})));
  std::vector<double> roots;
  for (int k = 0; k < length; ++k)
    roots.push_back(0.5 * (1.0 + low) + 0.5 * (1.0 - low) * std::cos(kPi * (k + 0.5) / length));
  Cycle cycle{lejaOrdered(std::move(roots)), 0.0};
  for (double& r : cycle.gamma) r = 1.0 / r;
  const double power = std::pow(rate, length);
  cycle.reduction = 2.0 * power / (1.0 + power * power);
  return cycle;
}

/// Eigenvalues, largest first, of the smallest matrix with the moments mu_k = x' C^k x (Gauss quadrature);
/// an even number of moments is used.
std::vector<double> ritzValues(const std::vector<double>& moment) {
  const double scale = moment[1] / moment[0];
  if (!(scale > 0.0)) return {};
  for (int n = static_cast<int>(moment.size() / 2); n > 0; --n) {
    Eigen::MatrixXd h0(n, n), h1(n, n);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        h0(i, j) = moment[static_cast<std::size_t>(i + j)] / std::pow(scale, i + j);
        h1(i, j) = moment[static_cast<std::size_t>(i + j + 1)] / std::pow(scale, i + j + 1);
      }
    }
    h1 /= h0(0, 0);
    h0 /= h0(0, 0);
    const Eigen::LLT<Eigen::MatrixXd> factor(h0);
    if (factor.info() != Eigen::Success || factor.matrixLLT().diagonal().minCoeff() < 1e-5) continue;
    Eigen::MatrixXd c = factor.matrixL().solve(h1);
    c = factor.matrixL().solve(c.transpose()).eval();
    const Eigen::VectorXd values =
        scale * Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(c, Eigen::EigenvaluesOnly).eigenvalues();
    std::vector<double> result;
    for (int k = n; k-- > 0;) result.push_back(values[k]);
    return result;
  }
  return {};
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
  f.wordPivot.resize(cells);
  for (int way = 0; way < 2; ++way) {
    f.bitPivot[way].resize(cells);
    f.bitLink[way].resize(cells);
    f.bitGain[way].resize(cells);
    f.bitRatio[way].resize(cells);
  }
  for (std::size_t i = 0; i < cells; i += static_cast<std::size_t>(columns))
    factorWordLine(f, conductance, i, gWord);
  for (int way = 0; way < 2; ++way) factorBitLines(f, conductance, gBit, way);
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
  probeSpectrum();
}

void LineRelaxation::step(double gamma, bool norm) {
  sweep_.gamma = gamma;
  sweep_.norm = norm;
  relax(sweep_);
  ++sweeps_;
}

void LineRelaxation::clear(Span<const int> kept) {
  std::fill(state_.begin(), state_.end(), 0.0);
  std::fill(output_.begin(), output_.end(), 0.0);
  std::vector<int> rows(kept.begin(), kept.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  field_.assign(rows.size() * line_, 0.0);
  fieldRow_.assign(static_cast<std::size_t>(factors_.rows), nullptr);
  for (std::size_t k = 0; k < rows.size(); ++k)
    fieldRow_[static_cast<std::size_t>(rows[k])] = field_.data() + k * line_;
  sweep_.field = rows.empty() ? nullptr : fieldRow_.data();
  sweep_.from = 0;
  sweeps_ = 0;
}

/// Plain sweeps that record the moments of each lane's residual s with C = D T_w^-1 D T_b^-1, in the product
/// x' T_b^-1 y; `moment` begins with that of s itself.
void LineRelaxation::recordMoments(int sweeps, Moments& moment) {
  for (int k = 0; k < sweeps; ++k) {
    step(1.0, true);
    for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane) {
      moment[lane].push_back(sweep_.moment[0][lane]);
      moment[lane].push_back(sweep_.moment[1][lane]);
    }
  }
}

/// Ritz values of T_b^-1 D T_w^-1 D in the spaces of the residuals of some plain sweeps. They approach the
/// eigenvalues from below and get margins.
void LineRelaxation::probeSpectrum() {
  clear();
  double pivots = 0.0;
  for (const double pivot : factors_.bitPivot[0]) pivots += pivot;
  Moments moment;
  for (std::vector<double>& m : moment) m.assign(1, pivots);
  // One positive start for the slowest mode; for what it hides, signs that change with row and column.
  const RandomStream random({}, Purpose::sampling);
  const auto bits = [&](int lines, std::uint32_t part) {
    std::vector<std::uint32_t> result;
    for (int k = 0; k < lines; ++k)
      result.push_back(random.block({static_cast<std::uint32_t>(k), part, 0, 0})[0]);
    return result;
  };
  const std::vector<std::uint32_t> ofRow = bits(factors_.rows, 1), ofColumn = bits(factors_.columns, 2);
  const double sign[2] = {1.0, -1.0};
  for (std::size_t i = 0; i < ofRow.size(); ++i) {
    double* state = &state_[i * line_];
    for (std::size_t j = 0; j < ofColumn.size(); ++j) {
      const std::uint32_t both = (ofRow[i] ^ ofColumn[j]) & ~1U;
      for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane) *state++ = sign[(both >> lane) & 1U];
    }
  }
  recordMoments(kRitzValues, moment);
  double first = 0.0, second = 0.0;
  for (const std::vector<double>& m : moment) {
    const std::vector<double> values = ritzValues(m);
    if (!values.empty()) first = std::max(first, std::min(values[0], 1.0 - 1e-12));
    if (values.size() > 1) second = std::max(second, values[1]);
  }
  const auto margin = [](double x) { return std::min(1.1 * x, x + 0.3 * (1.0 - x)); };
  low_ = 1.0 - margin(first);
  lowOfOthers_ = 1.0 - margin(second);
}

/// Removes what a cycle for the other modes leaves, the slowest modes: roots at the Ritz values of the worst
/// lane's residual.
void LineRelaxation::removeSlowest(int modes) {
  Moments moment;
  std::size_t worst = 0;
  for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane) {
    moment[lane].assign(1, sweep_.moment[1][lane]);
    if (sweep_.residual[lane] > sweep_.residual[worst]) worst = lane;
  }
  recordMoments(modes, moment);
  const std::vector<double> values = ritzValues(moment[worst]);
  for (std::size_t k = 0; k < values.size(); ++k) {
    // Nothing is expected far below the estimated spectrum, and a large gamma would enlarge all other modes.
    if (1.0 - values[k] > 0.3 * low_) step(1.0 / (1.0 - values[k]), true);
  }
}

void LineRelaxation::injectBit(int lane, int i, int j, double current) {
  state_[place(lane, i, j)] += current;
}

void LineRelaxation::solveWordLine(int i, Span<double> line) const {
  const std::size_t columns = static_cast<std::size_t>(factors_.columns);
  const double* link = &factors_.wordLink[static_cast<std::size_t>(i) * columns];
  const double* pivot = &factors_.wordPivot[static_cast<std::size_t>(i) * columns];
  double before = 0.0;
  for (std::size_t j = 0; j < columns; ++j) {
    before = line[j] / pivot[j] + link[j] * before;
    line[j] = before;
  }
  for (std::size_t j = columns - 1; j-- > 0;) line[j] += link[j] * line[j + 1];
}

void LineRelaxation::injectWord(int i, int j, const LaneValues& current) {
  const std::size_t columns = static_cast<std::size_t>(factors_.columns);
  std::vector<double> line(columns, 0.0);
  line[static_cast<std::size_t>(j)] = 1.0;
  solveWordLine(i, line);
  const double* g = &conductance_[static_cast<std::size_t>(i) * columns];
  double* state = &state_[static_cast<std::size_t>(i) * line_];
  for (std::size_t k = 0; k < columns; ++k) {
    const double response = g[k] * line[k];
    for (std::size_t lane = 0; lane < kRelaxationLanes; ++lane) *state++ += response * current[lane];
  }
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
  bool apart = low_ < kApart * lowOfOthers_;  // the slowest mode from the others
  double low = low_;
  double now = worst(*this);
  while (now > tolerance && sweeps_ < maxSweeps) {
    const double before = now;
    const double reduction = 0.5 * tolerance / before;
    // Roots for the slowest mode enlarge the others' share again.
    const Cycle cycle = apart ? planCycle(lowOfOthers_, low_ * reduction) : planCycle(low, reduction);
    for (std::size_t k = 0; k < cycle.gamma.size(); ++k) step(cycle.gamma[k], k + 1 == cycle.gamma.size());
    now = worst(*this);
    for (int modes = 1; apart && now > tolerance && modes <= kRitzValues; modes *= 2) {
      removeSlowest(modes);
      now = worst(*this);
    }
    if (now <= kRelaxationRequired && now > 0.95 * before) break;  // at the limit of double precision
    // A cycle that falls short of its promise says that the spectrum reaches closer to zero.
    if (!apart && now > 2.0 * cycle.reduction * before) low *= 0.7;
    apart = false;
  }
  return now;
}

void throwNotConverged(double residual, int sweeps) {
  throw RunFailure(
      "ir_drop: the circuit did not converge (residual {:.3g} of a column's current after {} sweeps); "
      "the wires' resistance is too large against the cells'",
      residual, sweeps);
}

EffectiveMatrix relaxEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires) {
  LineRelaxation relaxation(conductance, rows, columns, wires);
  const LineFactors& f = relaxation.factors();
  EffectiveMatrix result;
  result.g.resize(conductance.size());
  for (int first = 0; first < columns; first += static_cast<int>(kRelaxationLanes)) {
    const int lanes = std::min(static_cast<int>(kRelaxationLanes), columns - first);
    relaxation.clear();
    for (int lane = 0; lane < lanes; ++lane) relaxation.injectBit(lane, rows - 1, first + lane, f.gLast);
    const double residual = relaxation.solve(
        [&](const LineRelaxation& r) {
          double worst = 0.0;
          for (int lane = 0; lane < lanes; ++lane) {
            double current = 0.0;  // of the column, by reciprocity with 1 V at every source
            for (int i = 0; i < rows; ++i) current += r.firstVoltage(lane, i);
            if (r.residual(lane) != 0.0)
              worst = worseResidual(worst, r.residual(lane) / (current * f.gFirst));
          }
          return worst;
        },
        kRelaxationTolerance, kRelaxationMaxSweeps);
    for (int lane = 0; lane < lanes; ++lane) {
      for (int i = 0; i < rows; ++i)
        result.g[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) +
                 static_cast<std::size_t>(first + lane)] = f.gFirst * relaxation.firstVoltage(lane, i);
    }
    result.residual = worseResidual(result.residual, residual);
    result.sweeps = std::max(result.sweeps, relaxation.sweeps());
  }
  if (!(result.residual <= kRelaxationRequired)) throwNotConverged(result.residual, result.sweeps);
  return result;
}

}  // namespace crosstile
