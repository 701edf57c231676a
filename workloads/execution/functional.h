// SPDX-License-Identifier: Apache-2.0
// `functional` runs: values without time, for accuracy over thousands of inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "workloads/execution/value_engine.h"

namespace crosstile {

/// Outcome of a batch of images on one programmed chip.
struct FunctionalResult {
  std::vector<std::int64_t> outputs;          ///< [image][output], codes
  std::vector<std::vector<ReadFacts>> facts;  ///< [image][stage]
  double wallS = 0.0;
  double productShare = 0.0;  ///< of the time in analog products, from a sample of the images
  /// Sum over images, in order, so that it doesn't depend on threads.
  std::vector<ReadFacts> totals() const;
};

/// Runs `count` images, spread over TBB's threads; results don't depend on how many there are.
/// @param codes  [image][element], CHW   @param firstImage  index of the first one (keys the read noise)
/// @param done  called now and then with the number of finished images (from any thread, one at a time)
FunctionalResult runFunctional(const ValueEngine& engine, const std::vector<std::vector<std::int64_t>>& codes,
                               std::uint64_t firstImage = 0, const std::function<void(int)>& done = {});

/// The same on a chip that is programmed anew for every `imagesADraw` consecutive images: draw mode "batch".
/// The n-th programming is that of `owner` with epoch n; the converters stay as `trims` has them.
FunctionalResult runRedrawn(const ChipProgram& program, const AnalogConfig& config, const StreamOwner& owner,
                            const std::vector<AdcTrim>& trims,
                            const std::vector<std::vector<std::int64_t>>& codes, int imagesADraw,
                            const std::function<void(int)>& done = {});

/// Rank statistics of outputs against labels.
struct CorrectCount {
  int count = 0;
  int top1 = 0;
  int top5 = 0;
};
/// Ties go to the lower index. @param outputs  [image][classes]
template <typename T>
CorrectCount countCorrect(const std::vector<T>& outputs, int classes, const std::vector<int>& labels);

}  // namespace crosstile
