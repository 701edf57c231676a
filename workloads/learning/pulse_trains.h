// SPDX-License-Identifier: Apache-2.0
// The parallel update of a crossbar by stochastic pulses (Gokmen & Vlasov, Front. Neurosci. 2016): every line
// with an input or an error gets a random train of pulses, and a cell is programmed in the slots in which
// both of its lines have one. With trains of L slots and probabilities
//     p_i = m sqrt(C) |x_i|,   q_j = sqrt(C) |d_j| / m,   C = rate/(L step)
// each cut at 1, the expected change of a cell is L p q step = rate x d. m = 1, or with update management
// (Gokmen et al., Front. Neurosci. 2017) sqrt(max|d|/max|x|), so that both sides' largest are alike. With
// update and length management a train has ceil(rate max|x| max|d|/step) slots, from 1 to `length`: no
// probability is cut, and short trains do when changes are small.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/random.h"
#include "models/base/span.h"
#include "workloads/learning/activity.h"

namespace crosstile::learning {

class PulseTrains {
 public:
  static constexpr int kMostSlots = 32;  ///< a train is a word
  struct Options {
    int length = 31;
    bool updateManagement = true;
    bool lengthManagement = true;
  };

  PulseTrains(const Options& options, const StreamOwner& owner)
      : options_(options), stream_(owner, Purpose::pulseTrain) {}

  /// Draws the trains of update `index`; a line's train depends on (index, line, side) and its probability
  /// only.
  /// @param x  of the word lines   @param delta  of the bit lines   @param step  weight change of a pulse
  void draw(Span<const float> x, Span<const float> delta, double rate, double step, std::uint64_t index);
  /// The cells in which pulses met: how many, with the sign of x delta. Word line by word line.
  void coincidences(std::size_t stride, std::vector<CellPulses>& cells) const;
  /// Pulses on all lines and slots that they took. There are two phases, for up and for down: word lines
  /// repeat their trains in both, a bit line takes part in that of its sign.
  void count(Activity& activity) const;

  int slots() const { return slots_; }

 private:
  struct Train {
    std::uint32_t line = 0;
    std::uint32_t pulses = 0;  ///< bit s: a pulse in slot s
    bool negative = false;
  };
  std::uint32_t drawTrain(double probability, std::uint32_t line, std::uint32_t side,
                          std::uint64_t index) const;
  void drawSide(Span<const float> values, double scale, std::uint32_t side, std::uint64_t index,
                std::vector<Train>& trains);

  Options options_;
  RandomStream stream_;
  int slots_ = 0;
  std::vector<Train> rows_, columns_;
};

}  // namespace crosstile::learning
