// SPDX-License-Identifier: Apache-2.0
// The models that an emulator has to be better than.
#pragma once

#include "models/emulator/draws.h"

namespace crosstile {

/// Currents (A, columns x vectors) by models without a network.
struct BaselineCurrents {
  Eigen::MatrixXd ideal;         ///< sum_i G_ij V_i
  Eigen::MatrixXd linear;        ///< sum_i g_ij V_i, g the effective matrix of `ir_drop` with zero-field G
  Eigen::MatrixXd predistorted;  ///< sum_i g_ij phi(V_i)
};
BaselineCurrents baselineCurrents(const EmulatorTechnology& technology, const EmulatorSample& sample);

/// f = a + b f_model: the best that two constants make of a model's f_R.
struct TwoConstants {
  double a = 0.0, b = 1.0;
};

/// Least squares of f = a + b f_model, sample by sample.
struct ConstantsFit {
  double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
  void add(double model, double truth);
  ConstantsFit& operator+=(const ConstantsFit& o);
  TwoConstants constants() const;
};
}  // namespace crosstile
