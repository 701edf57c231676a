// SPDX-License-Identifier: Apache-2.0
// Runs kernels on every instruction set that this machine has, not only on the one that dispatch would
// choose.
#pragma once

#include <hwy/targets.h>

#include <cstdint>
#include <vector>

namespace crosstile {

/// While it lives, Highway's dispatch sees the given target only.
class OnTarget {
 public:
  explicit OnTarget(std::int64_t target) { hwy::SetSupportedTargetsForTest(target); }
  ~OnTarget() { hwy::SetSupportedTargetsForTest(0); }
  OnTarget(const OnTarget&) = delete;
  OnTarget& operator=(const OnTarget&) = delete;
};

/// Targets that are compiled and that this processor runs, best first.
inline std::vector<std::int64_t> targets() {
  return hwy::SupportedAndGeneratedTargets();
}

/// Whether the target has a fused multiply-add: those give the same bits in every float kernel.
inline bool hasFma(std::int64_t target) {
  return (target & (HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL)) != 0;
}

}  // namespace crosstile
