// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/exact_sums.h"

#include <algorithm>
#include <cstdlib>

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

/// What the levels of an array's columns and the input sum weigh, in whole units.
struct UnitWeights {
  std::vector<std::int32_t> column;  // output by output
  std::vector<std::int32_t> input;   // of the offset column's level or, without one, of every row
  bool whole = true;                 // all of them are whole numbers, and small enough for sums in 32 bits

  UnitWeights(const ColumnDecoder& decoder, std::int64_t addedUp) {
    for (const std::int64_t w : decoder.weight) column.push_back(wholeUnits(w));
    const std::int64_t gain = decoder.offsetGain != 0 ? decoder.offsetGain : addedUp;
    for (const std::int64_t w : decoder.inputWeight) input.push_back(wholeUnits(w * gain));
  }
  std::int32_t wholeUnits(std::int64_t weight) {
    const std::int64_t units = weight / kUnit;
    whole = whole && units * kUnit == weight && std::abs(units) <= (1 << 16);
    return static_cast<std::int32_t>(units);
  }
};

/// Adds the weights of an array to its row block's matrix. @param weights  [row][output]
void addWeights(const StageArray& array, const ColumnDecoder& decoder, const UnitWeights& units,
                std::size_t outputs, std::vector<std::int32_t>& weights) {
  const AnalogArray& analog = *array.analog;
  const auto columns = static_cast<std::size_t>(array.block->physicalColumns);
  const auto own = units.input.size();
  const auto slices = static_cast<std::size_t>(decoder.slices);
  const int* const column = analog.columns.data();
  const bool neighbours = column[own * slices - 1] - column[0] == static_cast<int>(own * slices) - 1;
  for (std::size_t r = 0; r < static_cast<std::size_t>(array.block->rowCount); ++r) {
    const std::uint8_t* level = analog.levels->data() + r * columns;
    const std::int32_t input = decoder.offsetGain != 0 ? level[analog.columns.back()] : 1;
    std::int32_t* row = weights.data() + r * outputs + static_cast<std::size_t>(decoder.firstOutput);
    if (slices == 1 && neighbours) {  // vectorises
      const std::uint8_t* first = level + column[0];
      for (std::size_t o = 0; o < own; ++o) row[o] += units.input[o] * input + units.column[o] * first[o];
      continue;
    }
    const auto add = [&](const auto& levelOf) {
      for (std::size_t o = 0, k = 0; o < own; ++o) {
        std::int32_t sum = units.input[o] * input;
        for (std::size_t s = 0; s < slices; ++s, ++k) sum += units.column[k] * levelOf(k);
        row[o] += sum;
      }
    };
    if (neighbours)
      add([first = level + column[0]](std::size_t k) { return first[k]; });
    else
      add([&](std::size_t k) { return level[column[k]]; });
  }
}

}  // namespace

std::unique_ptr<const ExactSums> ExactSums::make(const EncodingConfig& encoding,
                                                 Span<const StageArray> arrays,
                                                 Span<const ColumnDecoder> decoders, std::size_t rowBlocks,
                                                 int outputCount) {
  auto exact = std::make_unique<ExactSums>();
  exact->matrices_.resize(rowBlocks);
  const auto outputs = static_cast<std::size_t>(outputCount);
  const std::int64_t addedUp = needsInputSum(encoding) ? kUnit : 0;
  std::vector<std::int32_t> weights;
  for (std::size_t a = 0; a < arrays.size();) {
    const int rowBlock = arrays[a].block->rowBlock;
    const int rows = arrays[a].block->rowCount;
    weights.assign(static_cast<std::size_t>(rows) * outputs, 0);
    for (; a < arrays.size() && arrays[a].block->rowBlock == rowBlock; ++a) {
      if (!decoders[a].trimOffset.empty() || !convertsExactly(arrays[a], encoding)) return nullptr;
      const UnitWeights units(decoders[a], addedUp);
      if (!units.whole) return nullptr;
      addWeights(arrays[a], decoders[a], units, outputs, weights);
    }
    auto matrix = std::make_unique<IntegerMatrix>(rows, outputCount);
    if (!matrix->fill(weights)) return nullptr;
    exact->matrices_[static_cast<std::size_t>(rowBlock)] = std::move(matrix);
  }
  return exact;
}

void ExactSums::add(int rowBlock, const std::int32_t* codes, std::int64_t* sums,
                    IntegerMatrix::Scratch& scratch) const {
  matrices_[static_cast<std::size_t>(rowBlock)]->addProduct(codes, kUnit, sums, scratch);
}

}  // namespace crosstile
