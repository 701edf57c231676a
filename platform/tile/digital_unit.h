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

  void configure(const TileProgram& program);
  /// Loose timing: finishes a position from its sums. @return its cycles
  std::uint64_t finishNow(std::uint64_t image, int position, const std::int64_t* sums);
  /// Loose timing: operands and sums of an image, to be written. [position][channel] of a stream
  std::vector<std::int64_t>& operandsOf(std::uint64_t image, int stream) {
    return stateOf(image).operands.at(static_cast<std::size_t>(stream));
  }
  const StageOrder& order() const { return digital_->order(); }
  /// Codes of an output position of the image last finished.
  const std::int64_t* codes(int outPosition) const { return digital_->output(states_[last_], outPosition); }
  /// Output positions that the position last finished has completed.
  const std::vector<int>& ready() const { return ready_; }
  std::uint64_t operations() const { return operations_; }
  void clearStatistics() { operations_ = 0; }
  void reset();

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool addSums(const std::uint8_t* data, std::size_t size);
  bool takeOperands(const std::uint8_t* data, std::size_t size);
  bool finish(std::uint64_t image, std::uint64_t position, sc_core::sc_time& delay);
  bool result(std::uint64_t outPosition, std::uint8_t* data, std::size_t size);

  /// Made when the first of its images comes.
  StageDigital::State& stateOf(std::uint64_t image) {
    StageDigital::State& state = states_[image % kImages];
    if (state.codes.empty()) state = digital_->makeState();
    return state;
  }

  Config config_;
  const TileProgram* program_ = nullptr;
  std::unique_ptr<StageDigital> digital_;
  std::vector<StageDigital::State> states_;             // by image % kImages
  using Key = std::pair<std::uint64_t, std::uint64_t>;  // image, position
  std::map<Key, std::vector<std::int64_t>> sums_;       // not yet finished
  std::vector<int> ready_;
  std::size_t last_ = 0;  // state of the image last finished
  std::uint64_t operations_ = 0;
};

}  // namespace crosstile
