// SPDX-License-Identifier: Apache-2.0
// Runs images through the SystemC machine and reads off what it measured. Calls sc_start: once a process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/app/session.h"
#include "platform/chip/accounting.h"
#include "platform/chip/driver.h"
#include "platform/record/power_trace.h"
#include "platform/record/run_record.h"

namespace crosstile::app {

struct TimedResult {
  explicit TimedResult(int layers) : power(layers) {}
  std::vector<std::vector<std::int64_t>> outputs;  ///< codes, CHW, of each image
  std::vector<std::uint64_t> submitCycles, resultCycles;
  std::vector<MeasuredStage> stages;  ///< all images together
  std::vector<std::pair<std::uint64_t, std::uint64_t>>
      stageCycles;  ///< first image: start and end of each stage
  Latency latency;
  std::vector<PeriodLimit> limits;
  PowerTrace power;  ///< busy intervals, from the end of programming on
  NamedValues utilisation, busySeconds, stallSeconds;
  std::vector<BufferRecord> buffers;   ///< cycle timing alone
  double programmingSimulatedS = 0.0;  ///< loading and programming, on the chip's clock
  std::uint64_t programBytes = 0, inputBytes = 0, resultBytes = 0;  ///< counted at the host
  std::uint64_t events = 0;                       ///< timed kernel events, programming left out
  std::uint64_t tileEvents = 0, tilePackets = 0;  ///< of them in the tiles; packets into the tiles' buffers
  double wallS = 0.0;                             ///< of the images, programming left out
  double programmingWallS = 0.0;
};

/// @param images  how many of the session's images, from the first   @param trace  Chrome trace to write, or
/// empty
/// @param vcd  waveform of the main states to write, or empty
/// @param arrivals  seconds from the end of programming to each image; empty: all at once
/// @throws RunFailure when the machine stops before all results have come, saying who waits for whom
TimedResult runTimed(const Session& session, std::shared_ptr<ArrayStore> store,
                     const std::vector<AdcTrim>& trims, TimingMode mode, int images, const std::string& trace,
                     const std::string& vcd, const std::vector<double>& arrivals);

}  // namespace crosstile::app
