// SPDX-License-Identifier: Apache-2.0
// The analog side of a stage's values: input codes -> planes -> arrays -> ADC codes -> weighted sums.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/execution/exact_sums.h"
#include "workloads/execution/facts.h"
#include "workloads/execution/input_planes.h"

namespace crosstile {

/// What a dump records of one layer and image: DAC codes, ADC codes, accumulators.
struct AnalogDump {
  std::vector<std::uint16_t> dac;  ///< [position][plane][row of the layer]
  std::vector<std::int32_t> adc;   ///< [position][array][plane][physical column]
  std::vector<std::int64_t> sums;  ///< [position][output], 2^-kGainBits units
};

/// What the ADCs of one array gave for one position, where somebody else than the stage adds the codes up.
struct ArrayCodes {
  std::size_t array = 0;                ///< of the stage's arrays()
  int columns = 0;                      ///< converted ones
  std::vector<std::int32_t> code;       ///< [plane][converted column]; 0 in planes that can't be anything else
  std::int64_t planeSum = 0;            ///< weights of the planes that were converted
  std::int64_t inputSum = 0;            ///< of the input codes, where the digital side adds them up
};

/// Computes the weighted sums of a set of arrays of one stage (all of them, or one tile's), for any
/// positions. Immutable; every thread brings its own Scratch.
class StageAnalog {
 public:
  /// Positions that are read together: what a row block's word lines get at each.
  struct Slot {
    int position = 0;
    InputPlanes planes;
    std::int64_t* sums = nullptr;
    double energyJ = 0.0;             // of circuits solved pulse by pulse
    std::int64_t inputSum = 0;        // of its codes, where the digital side adds them up
    std::size_t first = 0, live = 0;  // its pulses among those of all slots
  };
  /// What random telegraph noise adds to an array's currents, of the image last read.
  struct TelegraphStates {
    std::shared_ptr<const AnalogArray> array;
    std::uint64_t image = 0;
    PulseTable delta;
  };
  struct Scratch {
    std::vector<TelegraphStates> telegraph;       // of the arrays ...
    const StageAnalog* telegraphOwner = nullptr;  // ... of this stage
    AlignedVector<float> telegraphCurrent;
    std::vector<std::int32_t> element, codes;
    std::vector<Slot> slots = std::vector<Slot>(1);
    std::size_t usedSlots = 0;
    std::vector<Pulse> pulses;         // of all slots: those that are read ...
    std::vector<std::size_t> planeOf;  // ... and which plane each is
    std::vector<double> energy;        // of each pulse
    AlignedVector<float> current, variance, normal;
    AlignedVector<std::int32_t> code;
    std::vector<std::int32_t> columnSum;
    std::vector<std::int64_t> wideColumnSum;
    IntegerMatrix::Scratch exact;
    std::vector<ArrayCodes>* keep = nullptr;  // where codes go instead of being added up
    bool timeProducts = false;  // add the time of the analog products to productS
    double productS = 0.0;
  };

  /// Input elements of all windows of a stage, [position][row]: looked up instead of worked out. None of large stages.
  using WindowElements = std::shared_ptr<const std::vector<std::int32_t>>;
  static WindowElements windowElements(const Stage& stage);

  /// @param outputBegin, outputCount  the outputs whose sums are produced: those of the arrays
  /// @param elements  windowElements() of the stage, for those who call run()
  StageAnalog(const Stage& stage, const AnalogConfig& config, std::vector<StageArray> arrays, int outputBegin,
              int outputCount, WindowElements elements = nullptr);

  /// Adds what one row block contributes to the sums of a position.
  /// @param codes  input codes of the row block's rows   @param sums  outputCount() values (added to)
  void runRowBlock(int rowBlock, const std::int32_t* codes, int position, std::uint64_t image,
                   Scratch& scratch, std::int64_t* sums, ReadFacts& facts, AnalogDump* dump = nullptr) const;
  /// The same up to the converters: their codes instead of sums, appended to `codes` array by array.
  void convertRowBlock(int rowBlock, const std::int32_t* codes, int position, std::uint64_t image, Scratch& scratch,
                       ReadFacts& facts, std::vector<ArrayCodes>& converted) const;
  /// From there on: adds to `sums` what the sums of an array's converted columns over the planes come to.
  void addColumnSums(const ArrayCodes& converted, const std::int64_t* columnSum, std::int64_t* sums) const;
  /// Sums of `count` positions, those of one copy of the weights: position, position + R, position + 2 R, ... with R
  /// the stage's replicas. sums[p * R * outputCount() + o] = sum over rows of weight * code, in 2^-kGainBits
  /// units (exact for `ideal`). A position's sums don't depend on which others come with it.
  /// @param input  the stage's input buffer (physical order)   @param image  index of the logical read, for
  /// noise
  void run(const std::int32_t* input, int position, int count, std::uint64_t image, Scratch& scratch,
           std::int64_t* sums, ReadFacts& facts, AnalogDump* dump = nullptr) const;
  /// Positions a call at which a read costs least.
  int preferredPositions() const { return preferredPositions_; }
  /// Currents of pulses of one array as its converters see them before noise: out[p * stride + k] for its
  /// converted columns. @param variance  nullptr, or like `out`   @param energyJ  nullptr, or one a pulse
  /// where the array's physics knows it
  void readCurrents(const StageArray& array, Span<const Pulse> pulses, float* out, float* variance,
                    double* energyJ) const;

  int outputBegin() const { return outputBegin_; }
  int outputCount() const { return outputCount_; }
  const std::vector<StageArray>& arrays() const { return arrays_; }
  const Stage& stage() const { return *stage_; }
  /// Row blocks that the arrays hold, ascending.
  const std::vector<int>& rowBlocks() const { return rowBlocks_; }
  /// Splits the input codes of a row block into pulses: the active rows and digits of every plane.
  void buildPlanes(const std::int32_t* codes, int rowCount, InputPlanes& planes) const;
  /// Input codes of a row block at a position, from the stage's input buffer.
  void gatherCodes(const std::int32_t* input, int position, int rowBlock, Scratch& scratch) const;

 private:
  /// The sums of codes that are read without loss, and what the reads are counted as.
  void addExact(int rowBlock, const std::int32_t* codes, std::int64_t* sums, Scratch& scratch, ReadFacts& facts) const;
  /// A position's codes become pulses in the next slot; silent ones need none, nor do those whose sums are exact.
  void prepare(int rowBlock, const std::int32_t* codes, int position, std::int64_t* sums, Scratch& scratch,
               ReadFacts& facts, AnalogDump* dump) const;
  /// Reads the arrays of a row block for all prepared slots.
  void runSlots(int rowBlock, std::uint64_t image, Scratch& scratch, ReadFacts& facts,
                AnalogDump* dump) const;
  void runArray(std::size_t index, std::uint64_t image, Scratch& scratch, ReadFacts& facts,
                AnalogDump* dump) const;
  void collectPulses(Scratch& scratch, ReadFacts& facts) const;
  /// Adds the random telegraph noise of the image to the currents of all pulses.
  void addTelegraphNoise(const StageArray& array, std::uint64_t image, Scratch& scratch) const;
  /// Are the array's conversions noisier than the ADC and the sample-and-hold alone make them?
  bool hasVariance(const StageArray& array) const;
  /// Makes up the variances of all pulses: what of them no cell's pulse decides.
  void addVariance(const StageArray& array, Scratch& scratch) const;
  void decodeSlot(std::size_t index, const Slot& slot, std::uint64_t image, Scratch& scratch,
                  AnalogDump* dump) const;
  static void drawNoise(const StageArray& array, const std::size_t* planeOf, std::size_t live, int position,
                        std::uint64_t image, float* normal);
  int conversionsOf(const ArrayBlock& block) const {
    return block.conversions(config_.adc.skipUnusedColumns, config_.array.columns);
  }
  void addReadFacts(int rowBlock, int zeroPlanes, ReadFacts& facts) const;
  void addInputFacts(int rowBlock, const InputPlanes& planes, ReadFacts& facts) const;
  ColumnDecoder makeDecoder(const StageArray& array) const;
  /// Codes of the live planes, shifted and added column by column, then output by output.
  template <typename Sum>
  void addUp(std::size_t array, const Slot& slot, const std::size_t* planeOf, const std::int32_t* code,
             std::vector<Sum>& columnSum) const;
  /// The sums of columns, output by output.
  template <typename Sum>
  void combine(std::size_t array, const Sum* columnSum, std::int64_t planeSum, std::int64_t codeSum,
               std::int64_t* sums) const;
  std::int64_t planeSumOf(const Slot& slot, const std::size_t* planeOf) const;
  void keepCodes(std::size_t array, const Slot& slot, const std::size_t* planeOf, const std::int32_t* code,
                 std::vector<ArrayCodes>& kept) const;
  void dumpAdc(const StageArray& array, const Slot& slot, const Scratch& scratch, AnalogDump& dump) const;
  void dumpDac(const InputPlanes& planes, int position, int rowBegin, AnalogDump& dump) const;

  const Stage* stage_;
  AnalogConfig config_;
  std::vector<StageArray> arrays_;  // row block by row block
  std::vector<int> rowBlocks_;
  std::vector<std::size_t> firstArray_;         // of each row block of the stage, and one past the last
  std::vector<ColumnDecoder> decoders_;         // of each array
  std::unique_ptr<const ExactSums> exact_;      // none where a conversion could lose something
  std::vector<std::vector<double>> rowEnergy_;  // [row block][digit * rows + row], all its arrays
  int outputBegin_, outputCount_;
  int preferredPositions_ = 1;
  bool narrow_;                         // column sums fit 32 bits
  WindowElements elements_;
  bool silentIsZero_;                   // a plane without active rows gives code 0 in every column
};

}  // namespace crosstile
