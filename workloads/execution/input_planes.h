// SPDX-License-Identifier: Apache-2.0
// Bit-streaming: input codes as pulses on the word lines.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/crossbar/pulse_table.h"
#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// The pulses of a row block at one position: the active rows and digits of every input plane.
class InputPlanes {
 public:
  static constexpr std::size_t kMost = 16;  // planes: 16-bit inputs, 1 bit a pulse

  /// Splits codes; @param bits  of a code   @param pulseBits  of a plane (1: plane p is bit p, digits aren't
  /// kept)
  void build(const std::int32_t* codes, int rowCount, const std::vector<Plane>& planes, int bits,
             int pulseBits);
  /// The counts that build() gives, without the pulses where those take time.
  void measure(const std::int32_t* codes, int rowCount, const std::vector<Plane>& planes, int bits,
               int pulseBits);
  std::size_t count() const { return count_; }
  /// Active rows of all planes together.
  std::int64_t activeRows() const { return activeRows_; }
  /// Planes without an active row.
  int zeroPlanes() const { return zeroPlanes_; }
  Pulse pulse(std::size_t plane) const {
    return {row_.data() + plane * stride_, single_ ? nullptr : digit_.data() + plane * stride_,
            active_[plane]};
  }
  /// How many planes each row is active in; empty when digits are kept.
  const std::vector<std::int32_t>& pulsesOfRow() const { return pulsesOfRow_; }

 private:
  void reset(int rowCount, const std::vector<Plane>& planes, int pulseBits);
  void buildSingle(const std::int32_t* codes, int rowCount, std::uint32_t mask);
  void buildDigits(const std::int32_t* codes, int rowCount, std::uint32_t mask,
                   const std::vector<Plane>& planes);
  std::vector<std::uint16_t> row_, digit_;  // [plane][row]
  std::vector<std::int32_t> pulsesOfRow_;
  std::array<int, kMost> active_{};
  std::int64_t activeRows_ = 0;
  int zeroPlanes_ = 0;
  std::size_t count_ = 0, stride_ = 0;
  bool single_ = true;
};

}  // namespace crosstile
