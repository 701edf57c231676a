// SPDX-License-Identifier: Apache-2.0
// The readout `device` of Poole-Frenkel cells as training needs it: whole batches, single precision, with
// gradients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/base/aligned.h"
#include "models/base/random.h"
#include "models/base/span.h"
#include "models/device/poole_frenkel.h"

namespace crosstile {

/// A crossbar of PooleFrenkelLaw cells without wires: I_bj = sum over i of I(V_bi, G_ij), and P_b = sum over
/// i, j of |V_bi I(V_bi, G_ij)|. Rows with V = 0 cost nothing. The published 1e-18 under the root is left out
/// here: it changes an exponent by at most 4e-8, less than single precision does.
///
/// Matrices are row by row: conductance [row][column], voltage [batch][row], current [batch][column].
class PooleFrenkelLayer {
 public:
  PooleFrenkelLayer(const PooleFrenkelLaw& law, std::size_t rows, std::size_t columns);

  /// Sets every cell from its conductance (S; 0: no device). With `residual`, the law's residuals of cell c
  /// are normals c and cells + c of the stream's single-precision sequence `draw`.
  void program(const float* conductance, const RandomStream* residual, std::uint32_t draw);
  /// @param voltage  batch x rows, V   @param current  batch x columns, A (out)   @param power  batch, W
  /// (out), or null
  void forward(const float* voltage, std::size_t batch, float* current, float* power) const;
  /// Gradients of a loss L from those of the currents and the power.
  /// @param currentGradient  dL/dI, batch x columns   @param powerGradient  dL/dP, batch, or null
  /// @param conductanceGradient  dL/dG, rows x columns (out); residuals stay as they were drawn
  /// @param voltageGradient  dL/dV, batch x rows (out), or null
  void backward(const float* voltage, std::size_t batch, const float* currentGradient,
                const float* powerGradient, float* conductanceGradient, float* voltageGradient);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }

 private:
  PooleFrenkelLaw::Relations law_;
  std::size_t rows_, columns_, stride_;
  AlignedVector<float> scale_;         // c of each cell, S; columns padded with zeros
  AlignedVector<float> field_;         // sqrt(a) of each cell, V^-1/2
  AlignedVector<float> byResistance_;  // -1/G, so that dL/dG = -1/G dL/d ln R
  std::vector<float> normal_;
};

}  // namespace crosstile
