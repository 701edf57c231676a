// SPDX-License-Identifier: Apache-2.0
// The tabulated currents of an array in double precision: what a PulseTable is made from. Transformations (a
// reference column subtracted, currents in other units, read noise) happen here, before rounding to single
// precision.
#pragma once

#include <memory>
#include <vector>

#include "models/crossbar/programmed_array.h"
#include "models/crossbar/pulse_table.h"

namespace crosstile {

class CurrentTable {
 public:
  struct Term {
    int index;
    double coefficient;
  };

  /// A table of `terms` terms, all zero, for `digits` input digits.
  CurrentTable(std::shared_ptr<const ProgrammedArray> array, int terms, std::size_t digits);

  int rows() const { return array_->rows; }
  int columns() const { return array_->columns; }
  int terms() const { return terms_; }
  /// Current of term k, row i, column j; A until scaled.
  double& current(int k, int i, int j) { return current_[index(k, i, j)]; }
  double current(int k, int i, int j) const { return current_[index(k, i, j)]; }
  /// All cells of term k.
  Span<double> plane(int k) { return Span<double>(current_).subspan(index(k, 0, 0), cells()); }
  /// Terms of each digit; those of digit 0 are empty.
  std::vector<std::vector<Term>> digits;
  std::vector<double> digitVoltages;
  std::vector<double> rowEnergy;  ///< [digit][row], J
  /// What a change of a cell's conductance changes of its current at 1 V, where that isn't 1: with wires
  /// g_eff/G.
  std::vector<double> noiseGain;

  /// White Gaussian read noise of every cell's conductance, sigma^2 = (sigmaOfG G)^2 + (sigmaOfRange
  /// range)^2, new at each read: the variance of a column is sum_i (V_i gain_i sigma_i)^2. Absent cells (G =
  /// 0) have none. Call before subtractColumn() and scale(), once.
  void addReadNoise(double sigmaOfG, double sigmaOfRange, double range);
  /// Shot noise of every cell's current over the bandwidth of a read, B = 1/(2t): variance 2 q |I| B. Where
  /// the digits' currents are interpolated, I of a digit is taken to be V_d times the chord conductance at
  /// the largest voltage. Call as addReadNoise().
  void addShotNoise(Seconds readTime);
  /// Thermal noise of every cell, at rest too, over the bandwidth of a read: variance 4 k T G B of the
  /// column, with wires of the effective conductances. Call before subtractColumn() and scale(), once.
  void addThermalNoise(Kelvin temperature, Seconds readTime);
  /// Subtracts the current of `column` from every other column's; variances add. The column itself stays.
  void subtractColumn(int column);
  /// Currents times `factor`, variances times its square; energies stay.
  void scale(double factor);
  bool hasReadNoise() const { return !variance_.empty(); }
  /// Variance of a column at every read (0 without thermal noise).
  double columnVariance(int j) const {
    return columnVariance_.empty() ? 0.0 : columnVariance_[static_cast<std::size_t>(j)];
  }
  /// Variance of term k, row i, column j (0 without read noise).
  double variance(int k, int i, int j) const { return variance_.empty() ? 0.0 : variance_[index(k, i, j)]; }

  /// Rounded to single precision, columns padded with zeros to whole 64-byte lines.
  PulseTable round() const;

 private:
  std::size_t cells() const { return static_cast<std::size_t>(rows()) * static_cast<std::size_t>(columns()); }
  std::size_t index(int k, int i, int j) const {
    return (static_cast<std::size_t>(k) * static_cast<std::size_t>(rows()) + static_cast<std::size_t>(i)) *
               static_cast<std::size_t>(columns()) +
           static_cast<std::size_t>(j);
  }
  /// A term without current whose variance planes serve digit d with the given coefficients (0: not at all).
  int addVarianceTerm(const std::vector<double>& coefficients);
  std::vector<double> cellVariance(double sigmaOfG, double sigmaOfRange, double range) const;

  std::shared_ptr<const ProgrammedArray> array_;
  int terms_;
  std::vector<double> current_;
  std::vector<double> variance_;
  std::vector<double> columnVariance_;  ///< A^2 until scaled; empty: none
};

/// A compiled table in other units: currents times `factor`, variances times its square.
void scaleCurrents(PulseTable& table, double factor);

}  // namespace crosstile
