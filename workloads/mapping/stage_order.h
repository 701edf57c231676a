// SPDX-License-Identifier: Apache-2.0
// The order of work in a stage: which results a position of the matrix completes, and what of the streams it
// needs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// The part of a pool's window at an output position that lies inside the image.
struct PoolWindow {
  PoolWindow(const DigitalOp& op, int position);
  int count() const;
  int top, left, bottom, right;
};

/// A stage takes the positions of its matrix in order; each operation is done as soon as what it needs is
/// there.
class StageOrder {
 public:
  struct Work {
    int op = 0;
    int position = 0;  ///< of the operation's output
  };

  explicit StageOrder(const Stage& stage);

  /// Operations that a position completes, in the order in which they are done.
  const std::vector<Work>& workAt(int position) const { return work_[static_cast<std::size_t>(position)]; }
  /// The position that completes an output position.
  int completedBy(int outPosition) const { return completedBy_[static_cast<std::size_t>(outPosition)]; }
  /// Output positions in the order in which they leave.
  std::vector<int> emission() const;

 private:
  std::vector<std::vector<Work>> work_;
  std::vector<int> completedBy_;
};

/// Runs of neighbouring elements (first, last) of a stream that a position needs, ascending: the window of
/// the matrix's input, or the operands and sums of the operations that the position completes.
std::vector<std::pair<std::int32_t, std::int32_t>> streamRuns(const Stage& stage, const StageOrder& order,
                                                              int stream, int position);

/// Use of a stream by the positions of a stage, in elements of one image.
struct StreamUse {
  std::vector<std::int64_t> last;  ///< by position: the last element that it or one before it needs; -1: none
  std::vector<std::int64_t> keep;  ///< by position: the first one still needed when it has been read
};
/// Bytes of an image of a stream that its sources know to be free when a position has been read: whole pieces
/// of `creditBytes`, and after the last position all of it.
std::int64_t givenBack(const Stream& stream, const StreamUse& use, std::size_t position);
StreamUse useOf(const Stage& stage, const StageOrder& order, int stream);

}  // namespace crosstile
