// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/read_disturb.h"

#include "models/base/error.h"

namespace crosstile {

std::shared_ptr<const ProgrammedArray> disturbed(const ProgrammedArray& array, const CellBranch& branch,
                                                 const OperatingPoint& at, Seconds duration) {
  if (at.wordVoltage.rows() != array.rows || at.wordVoltage.cols() != array.columns)
    throw BadInput("operating point of {}x{} cells for an array of {}x{}", at.wordVoltage.rows(),
                   at.wordVoltage.cols(), array.rows, array.columns);
  const auto columns = static_cast<std::size_t>(array.columns);
  std::vector<double> voltage(array.conductance.size());
  for (int i = 0; i < array.rows; ++i) {
    const Eigen::RowVectorXd word = at.wordVoltage.row(i), bit = at.bitVoltage.row(i);
    branch.cellVoltages(i, columns, word.data(), bit.data(),
                        voltage.data() + static_cast<std::size_t>(i) * columns);
  }
  return disturbed(array, voltage, duration);
}

}  // namespace crosstile
