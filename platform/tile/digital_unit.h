// SPDX-License-Identifier: Apache-2.0
// The digital unit of a tile: adds the cores' partial sums, then bias, requantisation, activation and
// pooling.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/tile/tile_program.h"
#include "tlm_utils/simple_target_socket.h"
#include "workloads/execution/stage_digital.h"

namespace crosstile {

/// Serves the stages of a tile, one position at a time, each with its own sums and states.
/// `lanes` operations on values a cycle behind a pipeline of `depth` cycles: finishing a position takes
/// depth + ceil(channels x operations / lanes) - 1 cycles.
class DigitalUnit : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<DigitalUnit> fromTile{"fromTile"};  ///< finish, results
  tlm_utils::simple_target_socket<DigitalUnit> fromBus{"fromBus"};    ///< partial sums

  struct Config {
    sc_core::sc_time period;
    int lanes = 16;
    int depth = 2;
  };
  /// Images whose positions may be in the unit at once.
  static constexpr int kImages = 4;

  DigitalUnit(const sc_core::sc_module_name& moduleName, const Config& config);

  /// The programs of the tile's stages, by slot.
  void configure(const std::vector<const TileProgram*>& programs);
  /// Loose timing: finishes a position of a stage from its sums. @return its cycles
  std::uint64_t finishNow(int slot, std::uint64_t image, int position, const std::int64_t* sums);
  /// Loose timing: operands and sums of an image, to be written. [position][channel] of a stream
  std::vector<std::int64_t>& operandsOf(int slot, std::uint64_t image, int stream) {
    return stateOf(part(slot), image).operands.at(static_cast<std::size_t>(stream));
  }
  const StageOrder& order(int slot) const { return part(slot).digital->order(); }
  /// Codes of an output position of the stage's image last finished.
  const std::int64_t* codes(int slot, int outPosition) const {
    return part(slot).digital->output(part(slot).states[part(slot).last], outPosition);
  }
  /// Output positions that the stage's position last finished has completed.
  const std::vector<int>& ready(int slot) const { return part(slot).ready; }
  std::uint64_t operations(int slot) const { return part(slot).operations; }
  void clearStatistics();
  void reset();

 private:
  /// What the unit keeps of a stage.
  struct Part {
    const TileProgram* program = nullptr;
    std::unique_ptr<StageDigital> digital;
    std::vector<StageDigital::State> states;              // by image % kImages
    using Key = std::pair<std::uint64_t, std::uint64_t>;  // image, position
    std::map<Key, std::vector<std::int64_t>> sums;        // not yet finished
    std::vector<int> ready;
    std::size_t last = 0;  // state of the image last finished
    std::uint64_t operations = 0;
  };
  Part& part(int slot) { return parts_.at(static_cast<std::size_t>(slot)); }
  const Part& part(int slot) const { return parts_.at(static_cast<std::size_t>(slot)); }
  /// Made when the first of its images comes.
  static StageDigital::State& stateOf(Part& part, std::uint64_t image) {
    StageDigital::State& state = part.states[image % kImages];
    if (state.codes.empty()) state = part.digital->makeState();
    return state;
  }

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool write(std::uint64_t offset, const std::uint8_t* data, std::size_t size, sc_core::sc_time& delay);
  bool read(std::uint64_t offset, std::uint8_t* data, std::size_t size) const;
  static bool addSums(Part& part, const std::uint8_t* data, std::size_t size);
  static bool takeOperands(Part& part, const std::uint8_t* data, std::size_t size);
  bool finish(int slot, const std::uint8_t* data, sc_core::sc_time& delay);

  Config config_;
  std::vector<Part> parts_;  // by slot
};

}  // namespace crosstile
