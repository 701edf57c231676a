// SPDX-License-Identifier: Apache-2.0
// The digital back end of a core behind its ADCs, where something else than the model does its work: RTL
// (platform/cosim/rtl), or a controller of your own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "workloads/encoding/slices.h"

namespace crosstile {

/// A core's timing as docs/timing.md, "Core: one MVM", has it; times in steps of the time resolution.
struct CoreTiming {
  std::uint64_t period = 0;     ///< clock of the digital parts
  std::uint64_t readTime = 0;   ///< of a plane
  std::uint64_t adcPeriod = 0;  ///< a conversion
  int adcs = 1;
  int dacCycles = 1;
  int shiftAddCycles = 1;
};

/// When an MVM is over; times in steps.
struct CoreSchedule {
  std::uint64_t outputReady = 0;  ///< a clock edge
  std::uint64_t inputFree = 0;
};

/// What the ADCs give for one input vector: codes[plane * conversions + c], conversion c by ADC c mod adcs.
struct CoreCodes {
  std::vector<Plane> planes;
  int conversions = 0;  ///< of a plane, over all ADCs
  std::vector<std::int32_t> codes;
};

class CoreBackend {
 public:
  virtual ~CoreBackend() = default;
  /// An MVM whose vector is in the input register at edge `now`; calls come in the order of time.
  /// @param sums  of every conversion's column over the planes, each code shifted by its plane: codes.conversions values (out)
  virtual CoreSchedule run(std::uint64_t now, CoreCodes codes, std::int64_t* sums) = 0;
  /// Hardware reset: what is under way is lost.
  virtual void reset() = 0;
};

/// Makes the back end of a core. @param name  of the core
using CoreBackendFactory =
    std::function<std::unique_ptr<CoreBackend>(const std::string& name, const CoreTiming& timing)>;

}  // namespace crosstile
