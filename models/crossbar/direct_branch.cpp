// SPDX-License-Identifier: Apache-2.0
// Cells that lie between word line and bit line on their own.
#include "models/crossbar/cell_branch.h"
#include "models/crossbar/series_branch.h"

namespace crosstile {
namespace {

class DirectBranch final : public CellBranch {
 public:
  explicit DirectBranch(std::shared_ptr<const ProgrammedArray> array)
      : array_(std::move(array)), single_(array_->cellParameters.begin(), array_->cellParameters.end()) {}

  void evaluate(int row, std::size_t lanes, const double* word, const double* bit, double* current,
                double* dWord, double* dBit) const override {
    run(array_->cellParameters.data(), row, lanes, word, bit, current, dWord, dBit);
  }
  void evaluate(int row, std::size_t lanes, const float* word, const float* bit, float* current, float* dWord,
                float* dBit) const override {
    run(single_.data(), row, lanes, word, bit, current, dWord, dBit);
  }

 private:
  template <typename T>
  void run(const T* parameters, int row, std::size_t lanes, const T* word, const T* bit, T* current, T* dWord,
           T* dBit) const {
    const auto columns = static_cast<std::size_t>(array_->columns);
    const CellLanes<T> cells{parameters + static_cast<std::size_t>(row) * columns, array_->conductance.size(),
                             columns, lanes};
    const std::size_t n = columns * lanes;
    if (bit != nullptr) {  // the voltages across the cells, where the currents will be
      for (std::size_t k = 0; k < n; ++k) current[k] = word[k] - bit[k];
      word = current;
    }
    array_->law->evaluateLanes(cells, word, current, dWord);
    if (dBit == nullptr) return;
    for (std::size_t k = 0; k < n; ++k) dBit[k] = -dWord[k];
  }

  std::shared_ptr<const ProgrammedArray> array_;
  std::vector<float> single_;  ///< the cells' parameters in single precision
};

}  // namespace

std::unique_ptr<CellBranch> makeCellBranch(std::shared_ptr<const ProgrammedArray> array,
                                           const AccessConfig& access) {
  if (access.kind != "none") return makeSeriesBranch(std::move(array), access);
  return std::make_unique<DirectBranch>(std::move(array));
}

}  // namespace crosstile
