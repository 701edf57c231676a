// SPDX-License-Identifier: Apache-2.0
// What a run found, put into a report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/app/ages.h"
#include "platform/app/session.h"
#include "platform/app/timed_run.h"
#include "platform/record/run_record.h"

namespace crosstile::app {

/// What the chip gets right at an age, draw by draw.
struct AgedDraws {
  Age age;
  std::vector<CorrectCount> draws;
};

/// What a run leaves behind.
struct RunFindings {
  std::vector<CorrectCount> draws;        ///< right answers of each draw
  std::vector<AgedDraws> ages;            ///< at each age of --age
  std::optional<CorrectCount> reference;  ///< of the network in float
  FunctionalResult functional;            ///< of the first draw
  std::vector<ReadFacts> facts;           ///< by stage, of all draws
  ProgrammingFacts programming;           ///< of the first draw
  std::optional<TimedResult> timed;
  double programmingWallS = 0.0;
  double referenceWallS = 0.0;
  double wallS = 0.0;
};

RunRecord makeRecord(const Session& session, const RunFindings& findings, const std::string& commandLine,
                     const std::string& timing);
/// The summary that a run prints.
std::string summary(const RunRecord& record, const std::string& folder);

}  // namespace crosstile::app
