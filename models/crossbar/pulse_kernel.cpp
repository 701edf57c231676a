// SPDX-License-Identifier: Apache-2.0
// readPulses(): the kernel of every instruction set in one file, chosen at run time by Highway.
#include "models/crossbar/pulse_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/crossbar/pulse_kernel.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "models/crossbar/pulse_kernel-inl.h"

#if HWY_ONCE

#include <algorithm>

#include "models/base/error.h"

namespace crosstile {
namespace {

HWY_EXPORT(readPulsesKernel);

}  // namespace

void readPulses(const PulseTable& table, Span<const Pulse> pulses, float* out, float* variance) {
  if (table.digits.size() < 2) throw RunFailure("pulse table: no digit beyond 0 was compiled");
  if (variance != nullptr && table.variance.empty()) {  // no read noise
    std::fill_n(variance, pulses.size() * static_cast<std::size_t>(table.stride), 0.0F);
    variance = nullptr;
  }
  HWY_DYNAMIC_DISPATCH(readPulsesKernel)(table, pulses, out, variance);
}

}  // namespace crosstile
#endif  // HWY_ONCE
