// SPDX-License-Identifier: Apache-2.0
// One pass of the fixed-point iteration of the nonlinear circuit (circuit_solver.h), for one register of
// input vectors ("lanes").
//
// The unknowns are the cell currents I. They flow through the wires, so the node voltages follow from them by
// sums along the lines and nothing else,
//     w = V - Z_w I,   b = Z_b I            (Z: the wires' resistances; zero wires are no special case)
// and the cells answer with f(w, b). A solution is I = f(V - Z_w I, Z_b I); the difference r = f - I is the
// current that Kirchhoff's law misses at both nodes of a cell, so 2 sum |r| is the L1 norm of the residual,
// known in each pass without further work. The operator 1 + g Z (g: the cells' slopes) has its spectrum in
// [1, 1 + lambda], so Chebyshev's semi-iteration converges:
//     I_next = I + alpha r + beta (I - I_before)
// A pass goes over the word lines from the last to the first, a few at a time: their chains of sums are then
// worked on side by side, and the bit lines' sums are loaded and stored once for all of them.
#pragma once

#include <cstddef>

namespace crosstile {

/// Lanes of a pass: 64 bytes, one AVX-512 register.
template <typename T>
inline constexpr std::size_t kCircuitLanes = 64 / sizeof(T);

/// The lines' resistances, ohm.
template <typename T>
struct LineResistances {
  T wordFirst = 0;  ///< source to the first node: rSource + rWord
  T word = 0;       ///< between neighbours
  T bitLast = 0;    ///< last node to ground: rBit + rSink
  T bit = 0;
  T share = 0;  ///< drive from both ends: 1 / (2 wordFirst + (columns - 1) word); 0: from the left
};

/// Word lines that a step of a pass takes at once.
inline constexpr int kCircuitRows = 2;

/// State and scratch of one pass. All arrays have `kCircuitLanes` values an entry.
template <typename T>
struct CircuitPass {
  int rows = 0;
  int columns = 0;
  LineResistances<T> r;
  const T* current = nullptr;  ///< [row][column]: I
  T* next = nullptr;           ///< [row][column]: I_before (in), I_next (out)
  const T* total = nullptr;    ///< [column]: sums of I over the rows
  T* nextTotal = nullptr;      ///< [column] (out): sums of I_next
  const T* volt = nullptr;     ///< [row]: the sources
  const T* low = nullptr;      ///< [1]: least and largest voltage that a node can have: those of the sources
  const T* high = nullptr;     ///< and 0
  const T* alpha = nullptr;    ///< [1]
  const T* beta = nullptr;     ///< [1]
  T* bitVolt = nullptr;        ///< [column], scratch
  T* bitCurrent = nullptr;     ///< [column], scratch: of the segment below the node
  /// [kCircuitRows][column]: node voltages of the word lines (out of rowVoltages), then the cells' answers f
  /// (into rowUpdate).
  T* word = nullptr;
  T* bits = nullptr;  ///< [kCircuitRows][column] (out): of the bit lines there; null: `word` holds w - b
  T* sourceCurrent = nullptr;  ///< [1] (out): the largest current of a source
  T* sourcePower = nullptr;    ///< [1] (out): sum of V I over the sources
  T* missing = nullptr;        ///< [column] (out): sums of |r| over the rows, rounding errors included
};

/// A cell's rounding errors over its current: what its answer, its two node voltages and the sums behind them
/// come to, in units of half a last place.
inline constexpr double kCircuitRoundings = 8.0;

/// Starts a pass: bit lines at their lower ends.
template <typename T>
void beginPass(CircuitPass<T>& pass);
/// Node voltages along `count` word lines, the last of which is `row`; rows come from the last to the first,
/// `count` is kCircuitRows or 1.
template <typename T>
void rowVoltages(CircuitPass<T>& pass, int row, int count);
/// Takes the answers of the cells of the same word lines.
template <typename T>
void rowUpdate(CircuitPass<T>& pass, int row, int count);

}  // namespace crosstile
