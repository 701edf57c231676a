// SPDX-License-Identifier: Apache-2.0
// What the residual emulator knows of a read: sums over the driven rows that are fixed once an array is
// programmed, and the features of each column that are made of them.
#pragma once

#include <cstddef>
#include <vector>

#include "models/crossbar/emulator.h"
#include "models/crossbar/pulse_table.h"

namespace crosstile {

/// Every row is solved by itself (row_response.h) for every input digit d: cell currents I_ij(d), slopes
/// g_ij(d) and shares y_ij(d). What is left of the circuit are the voltages of the bit lines,
///     b_ij = sum_m R_im I_mj,  R_im = r_sink + r_bit (rows - max(i, m)),
/// whose kernel is nearly of rank two: R ~ sum_k lambda_k u_k u_k^T. To first order in them
///     I_j = I0_j - sum_k lambda_k (C_kj A_kj - D_kj Abar_k)
///     I0_j = sum_i I_ij(d_i)      A_kj = sum_i u_ki I_ij(d_i)     Abar_k = sum_j share_j A_kj
///     C_kj = sum_i u_ki g_ij(d_i)      D_kj = sum_i u_ki g_ij(d_i) y_ij(d_i)
/// - the first term is the column's own drop, the second what the rows give back because their voltages rise
/// with all bit lines. All of these are sums of tabulated rows: one pass over a pulse table. Rows at 0 V take
/// part in C and D; that constant is `base`.
/// The network predicts eta in I_j = I0_j / (1 + s1 - s2 + eta) from the features below.
class ResidualSums {
 public:
  static constexpr int kRank = 2;
  static constexpr int kBlocks =
      1 + 3 * kRank;  ///< I0, A_1, A_2, C_1, C_2, D_1, D_2: a block of columns each
  /// s1 = sum c_k a_k, s2 = sum d_k q_k, i0, a_1, a_2, c_1, c_2, d_1, Abar_1, q_1, with a_k = A_k/I0,
  /// q_k = Abar_k/I0, c_k = lambda_k C_k, d_k = lambda_k D_k
  static constexpr int kFeatures = 10;

  /// Up to this many nonzero digits are tabulated each by itself: a row then costs one product. More are
  /// interpolated (within 1e-6).
  static constexpr std::size_t kMostExactDigits = 15;

  /// @param digitVoltages  of each digit; the first is 0
  ResidualSums(const EmulatorTechnology& technology, const ProgrammedArray& array,
               Span<const double> digitVoltages);

  std::size_t columnStride() const { return columnStride_; }
  /// Values of a pulse's sums: kBlocks blocks of columnStride(), then Abar_k.
  std::size_t stride() const { return static_cast<std::size_t>(table_.stride); }
  /// A, of one unit of I0 and A.
  double unitAmpere() const { return unitAmpere_; }
  /// V I of each row's cells at each digit, W: [digit][row]
  const std::vector<double>& rowPower() const { return rowPower_; }

  /// @param sums  stride() values a pulse (out)
  void read(Span<const Pulse> pulses, float* sums) const;
  /// Features of every column of one pulse. @param features  kFeatures blocks of columnStride() (out)
  void features(const float* sums, float* features) const;
  /// Currents of every column in units of unitAmpere(). @param current  columnStride() values (out)
  void currents(const TwoLayerNetwork& network, const float* sums, float* current) const;

 private:
  void tabulate(const EmulatorTechnology& technology, const ProgrammedArray& array,
                const std::vector<double>& voltages);
  std::size_t columnStride_;
  double unitAmpere_;
  PulseTable table_;
  AlignedVector<float> base_;  ///< what rows at 0 V add to C and D, kBlocks blocks
  std::vector<double> rowPower_;
};

}  // namespace crosstile
