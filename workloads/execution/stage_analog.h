// SPDX-License-Identifier: Apache-2.0
// The analog side of a stage's values: input codes -> planes -> arrays -> ADC codes -> weighted sums.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/execution/analog_array.h"
#include "workloads/execution/facts.h"

namespace crosstile {

/// What a dump records of one layer and image: DAC codes, ADC codes, accumulators.
struct AnalogDump {
  std::vector<std::uint16_t> dac;     ///< [position][plane][row of the layer]
  std::vector<std::int32_t> adc;      ///< [position][array][plane][physical column]
  std::vector<std::int64_t> sums;     ///< [position][output], 2^-kGainBits units
};

/// One array of a stage with its trim and ADC transfer.
struct StageArray {
  const ArrayBlock* block = nullptr;
  std::shared_ptr<const AnalogArray> analog;
  AdcTrim trim;
  Adc adc;
};

/// Computes the weighted sums of a set of arrays of one stage (all of them, or one tile's), for any positions.
/// Immutable; every thread brings its own Scratch.
class StageAnalog {
 public:
  struct Scratch {
    std::vector<std::int32_t> element, codes;
    std::vector<std::vector<std::uint16_t>> rows, digits;   // of each plane
    AlignedVector<float> current, variance, normal;
    AlignedVector<std::int32_t> code;
    std::vector<std::int64_t> columnSum;
    bool timeProducts = false;   // add the time of the analog products to productS
    double productS = 0.0;
  };

  /// @param outputBegin, outputCount  the outputs whose sums are produced: those of the arrays
  StageAnalog(const Stage& stage, const AnalogConfig& config, std::vector<StageArray> arrays, int outputBegin,
              int outputCount);

  /// Adds what one row block contributes to the sums of a position.
  /// @param codes  input codes of the row block's rows   @param sums  outputCount() values (added to)
  void runRowBlock(int rowBlock, const std::int32_t* codes, int position, std::uint64_t image, Scratch& scratch,
                   std::int64_t* sums, ReadFacts& facts, AnalogDump* dump = nullptr) const;
  /// Sums of one position: sums[o] = sum over rows of weight * code, in 2^-kGainBits units (exact for `ideal`).
  /// @param input  the stage's input buffer (physical order)   @param image  index of the logical read, for noise
  void run(const std::int32_t* input, int position, std::uint64_t image, Scratch& scratch, std::int64_t* sums,
           ReadFacts& facts, AnalogDump* dump = nullptr) const;

  int outputBegin() const { return outputBegin_; }
  int outputCount() const { return outputCount_; }
  const std::vector<StageArray>& arrays() const { return arrays_; }
  const Stage& stage() const { return *stage_; }
  /// Row blocks that the arrays hold, ascending.
  const std::vector<int>& rowBlocks() const { return rowBlocks_; }
  /// Splits the input codes of a row block into pulses: the active rows and digits of every plane.
  void buildPlanes(const std::int32_t* codes, int rowCount, Scratch& scratch) const;
  /// Input codes of a row block at a position, from the stage's input buffer.
  void gatherCodes(const std::int32_t* input, int position, int rowBlock, Scratch& scratch) const;

 private:
  void runArray(const StageArray& array, int position, std::uint64_t image, Scratch& scratch, std::int64_t* sums,
                ReadFacts& facts, AnalogDump* dump) const;
  void addInputFacts(int rowBlock, const Scratch& scratch, ReadFacts& facts) const;
  void combine(const StageArray& array, const std::int64_t* columnSum, std::int64_t* sums) const;
  void dumpDac(const Scratch& scratch, int position, int rowBegin, AnalogDump& dump) const;

  const Stage* stage_;
  AnalogConfig config_;
  std::vector<StageArray> arrays_;              // row block by row block
  std::vector<int> rowBlocks_;
  std::vector<std::size_t> firstArray_;         // of each row block of the stage, and one past the last
  std::vector<std::vector<double>> rowEnergy_;  // [row block][digit * rows + row], all its arrays
  int outputBegin_, outputCount_;
  bool silentIsZero_;                           // a plane without active rows gives code 0 in every column
};

}  // namespace crosstile
