// SPDX-License-Identifier: Apache-2.0
// What `crosstile run` does, for other commands: sweeps run their points by it.
#pragma once

#include <functional>
#include <string>

#include "platform/app/commands.h"
#include "platform/app/session.h"
#include "platform/record/run_record.h"

namespace crosstile::app {

struct RunOptions {
  SessionOptions session;
  std::string timing = "functional";
  int timedCount = 4;
  int draws = 1;
  std::string arrivals = "back-to-back";
  std::string age, programming;
  std::string outputs, dump, trace, vcd, out;
  std::string cache;  ///< folder of programmed arrays (workloads/execution/array_cache.h); empty: none
};

/// Runs, and hands over what it found while the folder `out` is there. A timed run calls sc_start: once a process.
/// @throws BadInput, RunFailure
void runNetwork(const RunOptions& options, const Context& context,
                const std::function<void(const RunRecord&)>& write);

}  // namespace crosstile::app
