// SPDX-License-Identifier: Apache-2.0
// A core (ISAAC's IMA, PUMA's core): arrays that share input register, DACs, sample-and-holds, ADCs,
// shift-add and output register.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/tile/core_backend.h"
#include "platform/tile/tile_program.h"
#include "tlm_utils/simple_target_socket.h"
#include "workloads/execution/stage_analog.h"

namespace crosstile {

/// Timing of one MVM of P planes, from the edge at which its vector is in the input register and the arrays
/// are free:
///     read k starts at dacCycles + k T,  T = max(read time, conversions an ADC x ADC period)
///     input register free at the end of the last read: dacCycles + (P-1) T + read time
///     arrays free for the next MVM after P T
///     output ready at the next clock edge after dacCycles + (P-1) T + read time + conversions x ADC period,
///     plus shiftAddCycles
/// ADC conversions of plane k overlap with the read of plane k + 1 (sample-and-hold).
class Core : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Core> fromBus{"fromBus"};

  struct Config {
    sc_core::sc_time period;  ///< clock of the digital parts
    sc_core::sc_time readTime;
    sc_core::sc_time adcPeriod;
    sc_core::sc_time programmingTime;  ///< of one row
    int adcs = 8;
    int arrays = 8;
    int dacCycles = 1;
    int shiftAddCycles = 1;
    int dataColumns = 128;
    bool skipUnusedColumns = true;
    CoreBackendFactory backend;  ///< in the place of the model's; none: the formulas above. Cycle timing only
  };
  struct Statistics {
    std::uint64_t mvms = 0;         ///< vectors through the core
    std::uint64_t inputBytes = 0;   ///< written to the input register
    std::uint64_t outputBytes = 0;  ///< read from the output register
    std::uint64_t busy = 0;         ///< time that the arrays were in use, steps
    ReadFacts facts;
  };

  Core(const sc_core::sc_module_name& moduleName, const Config& config, ArrayStore& store);

  /// Takes its blocks of the tile's program; arrays are programmed from the levels that were written before.
  /// @return time that programming takes
  /// @param elements  for accumulate()
  sc_core::sc_time configure(const TileProgram& program, int core,
                             StageAnalog::WindowElements elements = nullptr);
  /// When an MVM that is started at `now` (steps) is over.
  using Schedule = CoreSchedule;
  Schedule schedule(std::uint64_t now);
  /// Loose timing: the sums of one position, added to `sums` (its own outputs), from all of the stage's input
  /// codes.
  void accumulate(const std::int32_t* input, int position, std::uint64_t image, std::int64_t* sums);
  bool active() const { return analog_ != nullptr; }
  /// Row blocks whose inputs it wants, in the order of its input register.
  const std::vector<int>& rowBlocks() const { return analog_->rowBlocks(); }
  /// The copy of the stage's weights that it belongs to.
  int replica() const { return analog_->arrays().front().block->replica; }
  int outputBegin() const { return analog_->outputBegin(); }
  int outputCount() const { return analog_->outputCount(); }
  const Statistics& statistics() const { return statistics_; }
  std::int64_t programmingPulses() const { return programmingPulses_; }
  double programmingEnergyJ() const { return programmingEnergyJ_; }
  void clearStatistics() { statistics_ = {}; }
  /// Hardware reset: registers and queues are lost, conductances stay.
  void reset();

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool write(std::uint64_t offset, const std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);
  bool read(std::uint64_t offset, std::uint8_t* data, std::size_t size);
  void start(std::uint64_t image, std::uint64_t position, sc_core::sc_time& delay);
  int conversions() const;
  sc_core::sc_time conversionTime() const;
  /// The oldest vector, through a back end of its own.
  CoreSchedule runBackend(std::uint64_t image, std::uint64_t position, std::uint64_t now, std::vector<std::int64_t>& sums);
  /// What was written for the block's cells since they were programmed, over what they held.
  Levels& takeLevels(const ArrayBlock& block);

  Config config_;
  ArrayStore& store_;
  const TileProgram* program_ = nullptr;
  std::vector<std::vector<std::uint8_t>>
      written_;                 // levels of each slot, until it is programmed with them ...
  std::vector<Levels> levels_;  // ... as it was
  std::unique_ptr<StageAnalog> analog_;
  std::unique_ptr<CoreBackend> backend_;
  StageAnalog::Scratch scratch_;
  std::vector<std::int64_t> sums_;
  std::vector<std::deque<std::vector<std::int32_t>>>
      input_;                                      // of each of its row blocks: vectors not yet started
  std::deque<std::vector<std::int64_t>> outputs_;  // finished MVMs not yet read
  std::uint64_t arraysFree_ = 0, inputFree_ = 0;   // times, steps
  std::uint64_t conversion_ = 0;                   // of a plane on one ADC, steps
  std::int64_t programmingPulses_ = 0;
  double programmingEnergyJ_ = 0.0;
  Statistics statistics_;
};

}  // namespace crosstile
