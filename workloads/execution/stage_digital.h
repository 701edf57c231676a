// SPDX-License-Identifier: Apache-2.0
// The digital side of a stage's values: weighted sums -> bias, requantise -> activations and pools -> output
// codes.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// Runs a stage's digital operations position by position, as sums arrive. Every operation works channel by
/// channel, so a tile that holds some of the outputs runs its own share.
class StageDigital {
 public:
  /// Codes of one image on their way through the operations: [operation][position][channel], operation 0 are
  /// the requantised sums.
  struct State {
    std::vector<std::vector<std::int64_t>> codes;
  };

  /// @param outputBegin, outputCount  the outputs it handles   @param gainBits  fraction bits of the sums
  StageDigital(const Stage& stage, int outputBegin, int outputCount, int gainBits);

  State makeState() const;
  /// Takes the sums of a position (outputCount values) and computes everything that they complete.
  /// @param ready  output positions completed by it, ascending (appended)
  void accept(State& state, int position, const std::int64_t* sums, std::vector<int>& ready) const;
  /// Output codes of a completed output position, outputCount values.
  const std::int64_t* output(const State& state, int outPosition) const {
    return state.codes.back().data() +
           static_cast<std::size_t>(outPosition) * static_cast<std::size_t>(channels_);
  }
  int channels() const { return channels_; }
  /// Operations on values that a position completes (bias and requantise of it, and all that follow), per
  /// channel.
  int operationsAt(int position) const {
    return 1 + static_cast<int>(work_[static_cast<std::size_t>(position)].size());
  }
  /// The position whose sums complete an output position.
  int completedBy(int outPosition) const { return completedBy_[static_cast<std::size_t>(outPosition)]; }

 private:
  struct Work {
    int op;
    int position;
  };
  void run(State& state, const Work& work) const;
  void pool(const DigitalOp& op, const std::int64_t* in, int position, std::int64_t* out) const;

  const Stage* stage_;
  int outputBegin_, channels_, gainBits_;
  std::vector<std::vector<Work>> work_;  // by the position that completes it
  std::vector<int> completedBy_;
};

}  // namespace crosstile
