// SPDX-License-Identifier: Apache-2.0
// Line relaxation of a crossbar whose word lines and bit lines both have segment resistance.
//
// Kirchhoff's laws at the nodes are  T_w w - D b = source,  T_b b - D w = sink  with tridiagonal T_w (each
// word line), T_b (each bit line) and diagonal D = G. Word voltages eliminated: (T_b - D T_w^-1 D) b = s. A
// sweep solves every bit line (z = T_b^-1 s), then every word line (w = T_w^-1 D z), and leaves the residual
// (1 - gamma) s + gamma D w. The spectrum of T_b^-1 (T_b - D T_w^-1 D) lies in [1 - rho, 1], so the gammas of
// a cycle are the inverse roots of the Chebyshev polynomial of that interval (Richardson's method); gamma = 1
// is plain alternating relaxation. Where the slowest mode of the array stands apart, a cycle is for the
// others, and the slowest is removed afterwards by one sweep with its eigenvalue, which the remaining
// residual shows.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "models/base/aligned.h"
#include "models/base/span.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// Right-hand sides that are solved together: one 512-bit register of doubles.
inline constexpr std::size_t kRelaxationLanes = 8;
/// Aim of a relaxation and what it must reach, L1 residual over current.
inline constexpr double kRelaxationTolerance = 1e-10;
inline constexpr double kRelaxationRequired = 1e-9;
inline constexpr int kRelaxationMaxSweeps = 20000;

/// Factors of the lines, rows x columns each. Bit lines are eliminated both ways, so that a sweep can run
/// down the array and the next one up, each in one pass over memory: [0] eliminated from the top, [1] from
/// the bottom.
struct LineFactors {
  int rows = 0;
  int columns = 0;
  double gFirst = 0.0;             ///< source to first word node
  double gLast = 0.0;              ///< last bit node to ground
  AlignedVector<double> wordGain;  ///< G / pivot of the word line
  AlignedVector<double> wordLink;  ///< g_word / pivot of the word line
  AlignedVector<double> wordPivot;
  AlignedVector<double> bitPivot[2];
  AlignedVector<double> bitLink[2];   ///< g_bit / pivot
  AlignedVector<double> bitGain[2];   ///< G / pivot
  AlignedVector<double> bitRatio[2];  ///< the other elimination's pivot / this one's
};
LineFactors factorLines(Span<const double> conductance, int rows, int columns, const Wires& wires);

/// Values from one word line of `state` to the next. Two columns more than there are, so that neighbouring
/// rows don't fall into the same sets of the first-level cache.
constexpr std::size_t relaxationStride(int columns) {
  return (static_cast<std::size_t>(columns) + 2) * kRelaxationLanes;
}

/// The larger residual; one that isn't a number is the largest.
inline double worseResidual(double a, double b) {
  return std::isnan(a) || b <= a ? a : b;
}

/// What one sweep works on. `state` is T_b's right-hand side s, eliminated from the top (`from` = 0) or from
/// the bottom (1); afterwards it is the new residual, eliminated the other way.
struct Sweep {
  const LineFactors* factors = nullptr;
  int from = 0;
  double gamma = 1.0;
  bool norm = false;          ///< fill `residual` and `moment`
  double* state = nullptr;    ///< rows x stride: columns x lanes each
  double* scratch = nullptr;  ///< 4 x stride; the last quarter is zero
  double* const* field =
      nullptr;  ///< of each row, columns x lanes: += gamma * voltage of the bit-line nodes; or null
  double* output = nullptr;  ///< rows x lanes: += gamma * voltage of each word line's first node
  double residual[kRelaxationLanes] = {};  ///< L1 norm of the new s, each lane
  /// s T_b^-1 D T_w^-1 D T_b^-1 s of the old s, and s T_b^-1 s of the new one.
  double moment[2][kRelaxationLanes] = {};
};

/// One sweep. SIMD with run-time dispatch; the same bits for every instruction set with fused multiply-add.
void relax(Sweep& sweep);

/// Up to kRelaxationLanes right-hand sides of one circuit, solved together. clear(), inject, solve(), look.
class LineRelaxation {
 public:
  /// Needs rWord > 0 and rBit > 0.
  LineRelaxation(Span<const double> conductance, int rows, int columns, const Wires& wires);

  const LineFactors& factors() const { return factors_; }
  /// No currents anywhere. The bit-line voltages will be kept of the rows in `kept`.
  void clear(Span<const int> kept = {});
  /// `current` into bit node (i, j).
  void injectBit(int lane, int i, int j, double current);
  using LaneValues = std::array<double, kRelaxationLanes>;
  /// `current` into word node (i, j), each lane. It reaches the bit nodes through T_w^-1; the word-line
  /// voltages below leave this direct response out.
  void injectWord(int i, int j, const LaneValues& current);

  /// Relaxes until `worst`, the largest of the lanes' L1 residuals over what they are measured by, is within
  /// `tolerance`; returns what it came to, which may be more after `maxSweeps` or at the limit of precision.
  using Worst = std::function<double(const LineRelaxation&)>;
  double solve(const Worst& worst, double tolerance, int maxSweeps);

  double residual(int lane) const { return sweep_.residual[lane]; }  ///< A, L1 norm
  int sweeps() const { return sweeps_; }
  /// Of a row that is kept.
  double bitVoltage(int lane, int i, int j) const {
    return fieldRow_[static_cast<std::size_t>(i)]
                    [static_cast<std::size_t>(j) * kRelaxationLanes + static_cast<std::size_t>(lane)];
  }
  double firstVoltage(int lane, int i) const {  ///< of word line i
    return output_[static_cast<std::size_t>(i) * kRelaxationLanes + static_cast<std::size_t>(lane)];
  }
  /// Word line i alone: turns currents into its nodes into voltages.
  void solveWordLine(int i, Span<double> line) const;

 private:
  std::size_t place(int lane, int i, int j) const {
    return static_cast<std::size_t>(i) * line_ + static_cast<std::size_t>(j) * kRelaxationLanes +
           static_cast<std::size_t>(lane);
  }
  void step(double gamma, bool norm);
  void eliminate();
  using Moments = std::array<std::vector<double>, kRelaxationLanes>;
  void recordMoments(int sweeps, Moments& moment);
  void probeSpectrum();
  void removeSlowest(int modes);

  LineFactors factors_;
  AlignedVector<double> conductance_;
  std::size_t line_;
  AlignedVector<double> state_;
  AlignedVector<double> scratch_;
  AlignedVector<double> output_;
  AlignedVector<double> field_;
  std::vector<double*> fieldRow_;
  Sweep sweep_;
  double low_ = 1.0;          ///< below all eigenvalues of T_b^-1 (T_b - D T_w^-1 D), ...
  double lowOfOthers_ = 1.0;  ///< ... and of all but the slowest mode's, which may stand apart
  int sweeps_ = 0;
};

/// @throws RunFailure that says so
[[noreturn]] void throwNotConverged(double residual, int sweeps);

/// The effective matrix by relaxation: one right-hand side a column. Needs rWord > 0 and rBit > 0.
EffectiveMatrix relaxEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires);

}  // namespace crosstile
