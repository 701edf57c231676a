// SPDX-License-Identifier: Apache-2.0
// An array of cells whose weights are changed by identical pulses: planes of weights, steps and bounds, a
// value a cell.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/aligned.h"
#include "models/base/random.h"
#include "models/base/span.h"
#include "models/device/step_device.h"
#include "models/device/step_kernel.h"

namespace crosstile {

/// Pulses that one update gives one cell: `count` of them, up when positive, down when negative.
struct CellPulses {
  std::uint32_t cell = 0;  ///< row x stride + column
  std::int32_t count = 0;
};

struct PulseCount {
  std::uint64_t up = 0, down = 0;
  std::uint64_t total() const { return up + down; }
  void operator+=(const PulseCount& o) {
    up += o.up;
    down += o.down;
  }
};

/// Rows (word lines, inputs) x columns (bit lines, outputs); rows are padded to `stride` cells of weight 0.
/// Device-to-device variation is drawn from the owner's stream when the array is made; the noise of pulse k
/// of update u on the i-th cell of the update's list from (u, k, i), so a run is repeated bit for bit
/// whatever the vector width.
class StepCells {
 public:
  StepCells(const StepDevice& device, std::size_t rows, std::size_t columns, const StreamOwner& owner);

  const StepDevice& device() const { return device_; }
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t stride() const { return stride_; }
  /// What a read sees: rows x stride.
  const float* weights() const { return seen_.data(); }
  float weight(std::size_t row, std::size_t column) const { return seen_[row * stride_ + column]; }

  /// Sets the weights without pulses (rows x columns, row by row), clipped to the bounds: an initial state.
  void set(Span<const float> weights);
  /// Moves a row's weights exactly by factor x change (a value a column), without pulses and bounds: a float
  /// reference.
  void moveRow(std::size_t row, Span<const float> change, float factor);
  /// Gives every cell its pulses, a cell at most once in the list. @param update  number of the update, for
  /// the noise
  /// @return pulses given; of one-sided pairs, up: to plus, down: to minus
  PulseCount pulse(Span<const CellPulses> pulses, std::uint64_t update);
  /// Resets and rewrites the one-sided pairs of which either cell is beyond `fullness` of its range.
  /// @return pulses given, each reset counted as one down pulse; nothing for two-sided devices
  PulseCount refresh(double fullness, std::uint64_t update);

  /// Zero shifting (Kim et al., arXiv:1907.10228): from here on every cell reads relative to its own symmetry
  /// point, held by a reference cell with an error of standard deviation `error` (weight).
  void shiftToSymmetryPoints(double error);
  /// Where up and down pulses of this cell cancel on average; the nearest bound when it lies outside; 0 of a
  /// one-sided pair and of constant steps.
  float symmetryPoint(std::size_t row, std::size_t column) const;

 private:
  void draw(std::size_t index, std::size_t device);
  void see(std::size_t cell, float noise);
  /// The device of a cell that a pulse goes to, and the pulse's direction there.
  std::int32_t target(const CellPulses& p) const;
  float excess(std::size_t cell, float w) const;  ///< mean up less mean down step
  void pulseRound(std::size_t count, std::uint64_t update, std::uint32_t round);

  StepDevice device_;
  std::size_t rows_, columns_, stride_, cells_, devices_;
  RandomStream variation_, noise_;
  StepLawTerms law_;
  AlignedVector<float> weight_, scale_, curve_, low_,
      high_;                               ///< a value a device, the last spare; scale and curve twice
  AlignedVector<float> reset_;             ///< one-sided: weight after a reset
  AlignedVector<float> reference_, seen_;  ///< a value a cell
  std::vector<std::int32_t> index_;        ///< of the round under way
  AlignedVector<float> sign_, normal_;
};

}  // namespace crosstile
