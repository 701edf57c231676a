// SPDX-License-Identifier: Apache-2.0
#include "models/emulator/baselines.h"

#include <cmath>

namespace crosstile {

BaselineCurrents baselineCurrents(const EmulatorTechnology& technology, const EmulatorSample& sample) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const EffectiveMatrix effective =
      solveEffectiveMatrix(sample.conductance, technology.rows, technology.columns, technology.wires);
  const Eigen::Map<const RowMajor> g(effective.g.data(), technology.rows, technology.columns);
  const Predistortion phi(technology.device);
  Eigen::MatrixXd bent = sample.voltages;
  for (Eigen::Index i = 0; i < bent.size(); ++i) bent.data()[i] = phi(bent.data()[i]);
  return {idealCurrents(technology, sample), g.transpose() * sample.voltages, g.transpose() * bent};
}

void ConstantsFit::add(double model, double truth) {
  n += 1.0;
  x += model;
  y += truth;
  xx += model * model;
  xy += model * truth;
}

ConstantsFit& ConstantsFit::operator+=(const ConstantsFit& o) {
  n += o.n;
  x += o.x;
  y += o.y;
  xx += o.xx;
  xy += o.xy;
  return *this;
}

TwoConstants ConstantsFit::constants() const {
  const double determinant = n * xx - x * x;
  if (!(determinant > 1e-12 * n * xx)) return {n > 0.0 ? (y - x) / n : 0.0, 1.0};  // no spread: an offset
  const double b = (n * xy - x * y) / determinant;
  return {(y - b * x) / n, b};
}

}  // namespace crosstile
