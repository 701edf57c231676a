// SPDX-License-Identifier: Apache-2.0
// Line relaxation of a crossbar whose word lines and bit lines both have segment resistance.
//
// Kirchhoff's laws at the nodes are  T_w w - D b = source,  T_b b - D w = sink  with tridiagonal T_w (each
// word line), T_b (each bit line) and diagonal D = G. Word voltages eliminated: (T_b - D T_w^-1 D) b = s. A
// sweep solves every bit line (z = T_b^-1 s), then every word line (w = T_w^-1 D z), and leaves the residual
// (1 - gamma) s + gamma D w. The spectrum of T_b^-1 (T_b - D T_w^-1 D) lies in [1 - rho, 1], so the gammas of
// a cycle are the inverse roots of the Chebyshev polynomial of that interval (Richardson's method); gamma = 1
// is plain alternating relaxation.
#pragma once

#include <cstddef>

#include "models/base/aligned.h"
#include "models/base/span.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// Right-hand sides that are solved together: one 512-bit register of doubles.
inline constexpr std::size_t kRelaxationLanes = 8;

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

/// What one sweep works on. `state` is T_b's right-hand side s, eliminated from the top (`from` = 0) or from
/// the bottom (1); afterwards it is the new residual, eliminated the other way.
struct Sweep {
  const LineFactors* factors = nullptr;
  int from = 0;
  double gamma = 1.0;
  bool norm = false;          ///< fill `residual`
  double* state = nullptr;    ///< rows x stride: columns x lanes each
  double* scratch = nullptr;  ///< 4 x stride; the last quarter is zero
  double* output = nullptr;   ///< rows x lanes: += gamma * voltage of each word line's first node
  double residual[kRelaxationLanes] = {};  ///< L1 norm of the new s, each lane
};

/// One sweep. SIMD with run-time dispatch; the same bits for every instruction set with fused multiply-add.
void relax(Sweep& sweep);

/// The effective matrix by relaxation: one right-hand side a column. Needs rWord > 0 and rBit > 0.
EffectiveMatrix relaxEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                     const Wires& wires);

}  // namespace crosstile
