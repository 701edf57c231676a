// SPDX-License-Identifier: Apache-2.0
// The values of a whole chip: a chip program, programmed, calibrated, and run image by image.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "workloads/execution/stage_analog.h"
#include "workloads/execution/stage_digital.h"

namespace crosstile {

/// What programming the chip took.
struct ProgrammingFacts {
  std::int64_t pulses = 0;
  double timeS = 0.0;    ///< arrays in parallel: the slowest
  double energyJ = 0.0;  ///< of the pulses: in the cells and what stands in series
  ProgrammingDetail detail;
};

/// Records of one image for --dump: by stage index.
using ValueDump = std::map<int, AnalogDump>;

/// One programmed chip (one draw). Immutable after construction; run() may be called from many threads.
class ValueEngine {
 public:
  struct Scratch {
    StageAnalog::Scratch analog;
    std::vector<std::int32_t> input, stream;
    std::vector<std::int64_t> sums;
    std::vector<StageDigital::State> digital;
    std::vector<int> ready;
  };

  /// Programs every array of `program` (in parallel) and calibrates the ADCs when `config.adc.range` asks for
  /// it.
  /// @param calibration  input codes (CHW) of the calibration images
  ValueEngine(const ChipProgram& program, ArrayStore& store, const StreamOwner& owner,
              const std::vector<std::vector<std::int64_t>>& calibration);

  /// The same with the converters as they were trimmed on another programming. @param trims  by array id
  ValueEngine(const ChipProgram& program, ArrayStore& store, const StreamOwner& owner,
              std::vector<AdcTrim> trims);

  /// Output codes of one image, in the network's own (CHW) order; facts[stage] are added to.
  /// @param input  codes, CHW   @param image  its index among all images (keys the read noise)
  void run(const std::int64_t* input, std::uint64_t image, Scratch& scratch, std::vector<ReadFacts>& facts,
           std::vector<std::int64_t>& output, ValueDump* dump = nullptr) const;
  /// The same, and the output codes of every stage (HWC), for comparison with references.
  std::vector<std::vector<std::int64_t>> runAllStages(const std::int64_t* input, std::uint64_t image) const;

  const ChipProgram& program() const { return *program_; }
  /// A copy of a stage's weights; none of a stage without arrays.
  const StageAnalog* analog(int stage, int replica = 0) const {
    const auto& copies = analog_[static_cast<std::size_t>(stage)];
    return copies.empty() ? nullptr : copies.at(static_cast<std::size_t>(replica)).get();
  }
  const ProgrammingFacts& programming() const { return programming_; }
  /// Trim of every array, by its id.
  const std::vector<AdcTrim>& trims() const { return trims_; }

 private:
  void programArrays(const StreamOwner& owner);
  void buildStage(std::size_t s);
  void calibrate(std::size_t s, const std::vector<std::vector<std::int64_t>>& inputs);
  void runStage(std::size_t s, std::uint64_t image, Scratch& scratch, ReadFacts& facts,
                ValueDump* dump) const;
  /// The "sums" of a stage without arrays: its input codes.
  static void passInput(const Stage& stage, int position, Scratch& scratch);
  /// Codes of a stream of a stage, from the host or the stages before.
  void loadStream(const Stream& stream, const std::int64_t* input, const Scratch& scratch,
                  std::vector<std::int32_t>& codes) const;
  void loadInputs(std::size_t s, const std::int64_t* input, Scratch& scratch) const;

  const ChipProgram* program_;
  ArrayStore* store_;
  std::vector<std::shared_ptr<const AnalogArray>> arrays_;  // by id
  std::vector<AdcTrim> trims_;                              // by id
  std::vector<std::vector<std::unique_ptr<StageAnalog>>>
      analog_;  // by stage and replica; none without arrays
  std::vector<std::unique_ptr<StageDigital>> digital_;
  ProgrammingFacts programming_;
};

}  // namespace crosstile
