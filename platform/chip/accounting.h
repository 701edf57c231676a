// SPDX-License-Identifier: Apache-2.0
// From counts and facts to energy: the one place where operations are booked, whatever counted them.
#pragma once

#include <array>
#include <vector>

#include "models/cost/roll_up.h"
#include "platform/chip/chip.h"
#include "platform/record/ledger.h"
#include "workloads/execution/facts.h"
#include "workloads/execution/value_engine.h"
#include "workloads/mapping/traffic.h"

namespace crosstile {

/// Books `images` images of one stage: its reads (facts, all images together) and its traffic (an image
/// each).
void bookStage(Ledger& ledger, const CostTable& cost, int layer, const ReadFacts& facts,
               const StageTraffic& traffic, std::int64_t images);
/// Books one programming of the chip: pulses, and the energy dissipated in the cells.
void bookProgramming(Ledger& ledger, const CostTable& cost, const ProgrammingFacts& facts);
/// Books leakage of the whole chip over `seconds`.
void bookIdle(Ledger& ledger, const std::array<AreaPower, kComponents>& chip, double seconds);

/// What the machine counted for a stage since the last clearStatistics(), all images together: the measured
/// side of trafficPerImage().
struct MeasuredStage {
  StageTraffic traffic;
  ReadFacts facts;
};
std::vector<MeasuredStage> measureStages(const Chip& chip, const ChipProgram& program);

}  // namespace crosstile
