// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/exact_sums.h"

#include <algorithm>

namespace crosstile {
namespace {

constexpr std::int64_t kUnit = std::int64_t{1} << kGainBits;

/// Whether the converters give every sum that a column of the array can have as a code of its own.
bool convertsExactly(const StageArray& array, const EncodingConfig& encoding) {
  const AnalogArray& analog = *array.analog;
  if (analog.levels == nullptr) return false;
  const auto columns = static_cast<std::size_t>(array.block->physicalColumns);
  std::vector<std::int32_t> sum(columns, 0);
  for (std::size_t r = 0; r < analog.levels->size(); r += columns) {
    for (std::size_t c = 0; c < columns; ++c) sum[c] += (*analog.levels)[r + c];
  }
  double largest = 0.0;
  for (const int c : analog.columns) largest = std::max<double>(largest, sum[static_cast<std::size_t>(c)]);
  return array.adc.isExact(largest * maxDigit(encoding));
}

/// Adds the weights of an array to its row block's matrix, in 2^-kGainBits units.
/// @param addedUp  what the input sum weighs where no offset column measures it   @param weights  [row][output]
void addWeights(const StageArray& array, const ColumnDecoder& decoder, std::int64_t addedUp, std::size_t outputs,
                std::vector<std::int64_t>& weights) {
  const AnalogArray& analog = *array.analog;
  const auto own = decoder.inputWeight.size();
  const auto slices = static_cast<std::size_t>(decoder.slices);
  const auto columns = static_cast<std::size_t>(array.block->physicalColumns);
  const std::vector<int>& column = analog.columns;
  for (std::size_t r = 0; r < static_cast<std::size_t>(array.block->rowCount); ++r) {
    const std::uint8_t* level = analog.levels->data() + r * columns;
    const std::int64_t input = decoder.offsetGain != 0 ? decoder.offsetGain * level[column.back()] : addedUp;
    std::int64_t* row = weights.data() + r * outputs + static_cast<std::size_t>(decoder.firstOutput);
    for (std::size_t o = 0; o < own; ++o) {
      row[o] += decoder.inputWeight[o] * input;
      for (std::size_t k = o * slices; k < (o + 1) * slices; ++k) row[o] += decoder.weight[k] * level[column[k]];
    }
  }
}

}  // namespace

std::unique_ptr<const ExactSums> ExactSums::make(const EncodingConfig& encoding, Span<const StageArray> arrays,
                                                 Span<const ColumnDecoder> decoders, std::size_t rowBlocks,
                                                 int outputCount) {
  auto exact = std::make_unique<ExactSums>();
  exact->matrices_.resize(rowBlocks);
  const auto outputs = static_cast<std::size_t>(outputCount);
  const std::int64_t addedUp = needsInputSum(encoding) ? kUnit : 0;
  std::vector<std::int64_t> weights;
  for (std::size_t a = 0; a < arrays.size();) {
    const int rowBlock = arrays[a].block->rowBlock;
    const int rows = arrays[a].block->rowCount;
    weights.assign(static_cast<std::size_t>(rows) * outputs, 0);
    for (; a < arrays.size() && arrays[a].block->rowBlock == rowBlock; ++a) {
      if (!convertsExactly(arrays[a], encoding) || !decoders[a].trimOffset.empty()) return nullptr;
      addWeights(arrays[a], decoders[a], addedUp, outputs, weights);
    }
    auto matrix = std::make_unique<IntegerMatrix>(rows, outputCount);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] % kUnit != 0 || !IntegerMatrix::fits(weights[i] / kUnit)) return nullptr;
      matrix->set(static_cast<int>(i / outputs), static_cast<int>(i % outputs), weights[i] / kUnit);
    }
    exact->matrices_[static_cast<std::size_t>(rowBlock)] = std::move(matrix);
  }
  return exact;
}

void ExactSums::add(int rowBlock, const std::int32_t* codes, std::int64_t* sums,
                    IntegerMatrix::Scratch& scratch) const {
  matrices_[static_cast<std::size_t>(rowBlock)]->addProduct(codes, kUnit, sums, scratch);
}

}  // namespace crosstile
