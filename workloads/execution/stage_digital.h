// SPDX-License-Identifier: Apache-2.0
// The digital side of a stage's values: weighted sums -> bias, requantise -> activations and pools -> output
// codes.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/mapping/chip_program.h"
#include "workloads/mapping/stage_order.h"

namespace crosstile {

/// Runs a stage's digital operations position by position, as sums arrive. Every operation works channel by
/// channel, so a tile that holds some of the outputs runs its own share.
class StageDigital {
 public:
  /// Codes of one image on their way through the operations: [operation][position][channel], operation 0 are
  /// the requantised sums; and what has come of operands and partial sums, [stream][position][channel].
  struct State {
    std::vector<std::vector<std::int64_t>> codes;
    std::vector<std::vector<std::int64_t>> operands;  ///< the first stream's stays empty
  };

  /// @param outputBegin, outputCount  the outputs it handles   @param gainBits  fraction bits of the sums
  StageDigital(const Stage& stage, int outputBegin, int outputCount, int gainBits);

  State makeState() const;
  /// Takes the sums of a position (outputCount values) and computes everything that they complete. Operands
  /// that this needs must be in the state.
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
  int operationsAt(int position) const { return 1 + static_cast<int>(order_.workAt(position).size()); }
  const StageOrder& order() const { return order_; }

 private:
  void run(State& state, const StageOrder::Work& work) const;
  void add(const DigitalOp& op, const State& state, const std::int64_t* in, int position,
           std::int64_t* out) const;
  void pool(const DigitalOp& op, const std::int64_t* in, int position, std::int64_t* out) const;

  const Stage* stage_;
  StageOrder order_;
  int outputBegin_, channels_, gainBits_;
};

}  // namespace crosstile
