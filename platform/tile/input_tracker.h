// SPDX-License-Identifier: Apache-2.0
// Which input positions of which image have arrived in a tile's buffer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "platform/tile/tile_program.h"

namespace crosstile {

/// Producers send their positions in order, each its share of the channels; a position has arrived when all shares have.
class InputTracker {
 public:
  /// When and by what a position arrived.
  struct Arrival {
    std::uint64_t cycle = 0;
    int node = -1;
  };

  void configure(const TileProgram& program) {
    program_ = &program;
    positions_ = static_cast<int>((program.stage.inputElements() + program.inputChannels - 1) / program.inputChannels);
    slots_.assign(static_cast<std::size_t>(program.inputSlots), Slot{});
    for (std::size_t s = 0; s < slots_.size(); ++s) clear(s);
    needs_.clear();
    for (int p = 0; p < program.stage.input.positions(); ++p) {
      const std::int32_t last = program.stage.input.lastElement(p);
      needs_.push_back(last < 0 ? -1 : last / program.inputChannels);
    }
  }

  /// Books `codes` more codes from `node` into a slot (the host's packets end anywhere, tiles' at whole positions).
  void arrive(std::size_t slot, int node, std::int64_t codes, std::int64_t share, Arrival arrival) {
    Slot& s = slots_[slot];
    const auto& producers = program_->producers;
    const auto who = static_cast<std::size_t>(std::find(producers.begin(), producers.end(), node) - producers.begin());
    s.codes[who] += codes;
    s.complete[who] = static_cast<int>(s.codes[who] / std::max<std::int64_t>(share, 1));
    const int watermark = *std::min_element(s.complete.begin(), s.complete.end());
    for (int p = s.watermark; p < watermark && p < positions_; ++p) s.arrival[static_cast<std::size_t>(p)] = arrival;
    s.watermark = watermark;
  }

  /// True when everything a window at `position` needs is there.
  bool ready(std::size_t slot, int position) const {
    return needs_[static_cast<std::size_t>(position)] < slots_[slot].watermark;
  }
  Arrival arrivalOf(std::size_t slot, int position) const {
    const int need = needs_[static_cast<std::size_t>(position)];
    return need < 0 ? Arrival{} : slots_[slot].arrival[static_cast<std::size_t>(need)];
  }
  /// The input position whose arrival completes a window; -1: it needs none.
  int need(int position) const { return needs_[static_cast<std::size_t>(position)]; }
  int positions() const { return positions_; }
  int watermark(std::size_t slot) const { return slots_[slot].watermark; }
  void clear(std::size_t slot) {
    Slot& s = slots_[slot];
    s.watermark = 0;
    s.codes.assign(program_->producers.size(), 0);
    s.complete.assign(program_->producers.size(), 0);
    s.arrival.assign(static_cast<std::size_t>(positions_), Arrival{});
  }

 private:
  struct Slot {
    std::vector<std::int64_t> codes;     // of each producer
    std::vector<int> complete;           // whole positions of each producer
    int watermark = 0;                   // positions complete from all
    std::vector<Arrival> arrival;
  };
  const TileProgram* program_ = nullptr;
  int positions_ = 0;
  std::vector<Slot> slots_;
  std::vector<int> needs_;
};

}  // namespace crosstile
