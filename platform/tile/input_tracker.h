// SPDX-License-Identifier: Apache-2.0
// Which input positions of which image have arrived in a tile's buffer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "platform/tile/tile_program.h"

namespace crosstile {

/// Every producer sends its share of the channels of each position; a position has arrived when all shares
/// have. Windows wait for all positions up to the last one they need.
class InputTracker {
 public:
  /// When and by what a position arrived.
  struct Arrival {
    std::uint64_t cycle = 0;
    int node = -1;
  };

  void configure(const TileProgram& program) {
    program_ = &program;
    positions_ =
        static_cast<int>((program.stage.inputElements() + program.inputChannels - 1) / program.inputChannels);
    slots_.assign(static_cast<std::size_t>(program.inputSlots), Slot{});
    for (std::size_t s = 0; s < slots_.size(); ++s) clear(s);
    needs_.clear();
    for (int p = 0; p < program.stage.input.positions(); ++p) {
      const std::int32_t last = program.stage.input.lastElement(p);
      needs_.push_back(last < 0 ? -1 : last / program.inputChannels);
    }
  }

  /// Books `codes` more codes from the host, which sends elements in order, in packets that end anywhere.
  void arriveInOrder(std::size_t slot, std::int64_t codes, Arrival arrival) {
    Slot& s = slots_[slot];
    s.codes += codes;
    s.prefix[0] = static_cast<int>(s.codes / program_->inputChannels);
    advance(s, arrival);
  }

  /// Books a tile's share of one position. Pools with padding complete positions out of order.
  void arrive(std::size_t slot, int producer, int position, Arrival arrival) {
    Slot& s = slots_[slot];
    const auto& producers = program_->producers;
    const auto who =
        static_cast<std::size_t>(std::find(producers.begin(), producers.end(), producer) - producers.begin());
    auto& here = s.here.at(who);
    here.at(static_cast<std::size_t>(position)) = true;
    int& prefix = s.prefix[who];
    while (prefix < positions_ && here[static_cast<std::size_t>(prefix)]) ++prefix;
    advance(s, arrival);
  }

  /// True when everything a window at `position` needs is there.
  bool ready(std::size_t slot, int position) const {
    const Slot& s = slots_[slot];
    return !s.read && s.watermark > 0 && needs_[static_cast<std::size_t>(position)] < s.watermark;
  }
  /// All windows of the slot's image have been read.
  void markRead(std::size_t slot) { slots_[slot].read = true; }
  /// All windows have been read and all inputs have come, also those that no window needs: the slot can be
  /// given back.
  bool finished(std::size_t slot) const { return slots_[slot].read && slots_[slot].watermark == positions_; }
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
    s.read = false;
    s.codes = 0;
    s.prefix.assign(program_->producers.size(), 0);
    s.here.assign(program_->producers.size(), std::vector<bool>(static_cast<std::size_t>(positions_)));
    s.arrival.assign(static_cast<std::size_t>(positions_), Arrival{});
  }

 private:
  struct Slot {
    std::int64_t codes = 0;               // from the host
    std::vector<std::vector<bool>> here;  // of each producer: which positions have come
    std::vector<int> prefix;              // of each producer: positions from 0 on that have come
    int watermark = 0;                    // positions from 0 on complete from all
    bool read = false;
    std::vector<Arrival> arrival;
  };
  void advance(Slot& s, Arrival arrival) const {
    const int watermark = std::min(*std::min_element(s.prefix.begin(), s.prefix.end()), positions_);
    for (; s.watermark < watermark; ++s.watermark) s.arrival[static_cast<std::size_t>(s.watermark)] = arrival;
  }

  const TileProgram* program_ = nullptr;
  int positions_ = 0;
  std::vector<Slot> slots_;
  std::vector<int> needs_;
};

}  // namespace crosstile
