// SPDX-License-Identifier: Apache-2.0
// The SIMD kernels of PooleFrenkelLayer (run-time dispatch). Cells lie row by row, `stride` floats a row.
#pragma once

#include <cstddef>

#include "models/device/poole_frenkel.h"

namespace crosstile {

struct PooleFrenkelCells {
  std::size_t rows = 0;
  std::size_t stride = 0;               ///< a multiple of 16 floats
  const float* scale = nullptr;         ///< c, S
  const float* field = nullptr;         ///< sqrt(a), V^-1/2
  const float* byResistance = nullptr;  ///< -1/G; for gradients only
};

/// c, sqrt(a) and -1/G of `count` cells of one row from their conductances and residual normals (null: none).
void prepareCells(const PooleFrenkelLaw::Relations& law, const float* conductance, const float* normal1,
                  const float* normal2, std::size_t count, float* scale, float* field, float* byResistance);
/// current: batch x stride; power: batch, or null.
void forwardCells(const PooleFrenkelCells& cells, const float* voltage, std::size_t batch, float* current,
                  float* power);
/// dL/d ln R of one row's cells goes to `gradient` (rows x stride) times -1/G; voltageGradient: batch x rows,
/// or null.
void backwardCells(const PooleFrenkelCells& cells, const PooleFrenkelLaw::Relations& law,
                   const float* voltage, std::size_t batch, const float* currentGradient,
                   const float* powerGradient, float* gradient, float* voltageGradient);

}  // namespace crosstile
