// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/weight_matrix.h"

#include <algorithm>

namespace crosstile {

WeightMatrix::WeightMatrix(const Layer& layer, const IntegerLayer& values, const EncodingConfig& encoding,
                           int firstRow)
    : values_(values), encoding_(encoding), firstRow_(firstRow), outputs_(layer.weights.shape[0]) {
  const int groups = std::max(layer.groups, 1);
  const int kernel = layer.kind == LayerKind::conv ? layer.window.kernelH * layer.window.kernelW : 1;
  groupRows_ = layer.weights.shape[1] * kernel;
  groupOutputs_ = outputs_ / groups;
  biasRow_ = groupRows_ * groups;
}

void WeightMatrix::column(int row, int count, int output, const SliceSpec& slice,
                          std::vector<std::uint8_t>& levels) const {
  levels.assign(static_cast<std::size_t>(count), 0);
  const int first = firstRow_ + row;
  if (!values_.plusLevels.empty()) {  // chosen by training
    const auto& trained = slice.sign > 0 ? values_.plusLevels : values_.minusLevels;
    for (int r = 0; r < count; ++r)
      levels[static_cast<std::size_t>(r)] = trained[static_cast<std::size_t>((first + r) * outputs_ + output)];
    return;
  }
  // The weights of an output lie in the order of its group's rows.
  std::vector<std::int32_t> weights(static_cast<std::size_t>(count), 0);
  const int groupBegin = output / groupOutputs_ * groupRows_;
  const int begin = std::max(first, groupBegin), end = std::min(first + count, groupBegin + groupRows_);
  const std::int32_t* own = values_.weights.data() + std::int64_t{output} * groupRows_ - groupBegin;
  if (begin < end) std::copy(own + begin, own + end, weights.begin() + (begin - first));
  if (biasRow_ >= first && biasRow_ < first + count)
    weights[static_cast<std::size_t>(biasRow_ - first)] = values_.biasWeights[static_cast<std::size_t>(output)];
  levelsOf(weights, slice, encoding_, levels.data());
}

}  // namespace crosstile
