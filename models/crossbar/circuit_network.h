// SPDX-License-Identifier: Apache-2.0
// The parts of one nonlinear crossbar circuit, and what its solvers need to know of it beforehand.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "models/crossbar/cell_branch.h"
#include "models/crossbar/circuit_iteration.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// An array's cells between its wires. Immutable; shared by threads.
class CircuitNetwork {
 public:
  CircuitNetwork(int rows, int columns, std::shared_ptr<const CellBranch> branch, const Wires& wires);

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  const CellBranch& branch() const { return *branch_; }
  const Wires& wires() const { return wires_; }
  template <typename T>
  LineResistances<T> lines() const {
    return {static_cast<T>(lines_.wordFirst), static_cast<T>(lines_.word), static_cast<T>(lines_.bitLast),
            static_cast<T>(lines_.bit), static_cast<T>(lines_.share)};
  }
  /// Upper bound of lambda: the largest eigenvalue of g Z while no cell sees more than `span` volt. `span` is
  /// rounded up to the next of a fixed series, so that the bound, hence a solution's last bits, depends on
  /// the input alone.
  double spectrum(double span) const;

 private:
  double boundSpectrum(double span) const;
  void steepestSlopes(double span, std::vector<double>& word, std::vector<double>& bit) const;
  /// Largest ratio (Z g x)/x over the cells, and x <- Z g x / largest (Collatz and Wielandt).
  double applyOperator(const std::vector<double>& gWord, const std::vector<double>& gBit,
                       std::vector<double>& x) const;

  int rows_, columns_;
  std::shared_ptr<const CellBranch> branch_;
  Wires wires_;
  LineResistances<double> lines_;
  mutable std::mutex mutex_;
  mutable std::map<int, double> spectra_;  ///< by step of the series
};

}  // namespace crosstile
