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
/// Books one programming of the chip: pulses with what the controller takes for each, the energy in cells and
/// series elements, and (array, dac, sample_hold, adc) the reads that verify. @param rows  word lines of an
/// array
void bookProgramming(Ledger& ledger, const CostTable& cost, const ProgrammingFacts& facts, int rows);

/// Leakage of the parts of a chip, by component.
struct ChipLeakage {
  std::array<AreaPower, kComponents> tile;    ///< of one tile, with its share of its router
  std::array<AreaPower, kComponents> others;  ///< of what belongs to no stage: host, tiles that hold no layer
};
/// @param used  tiles that hold layers; the others leak unless cost.gated_tiles
ChipLeakage chipLeakage(const Hardware& hardware, int used);
/// Books `count` times the leakage of `power` over `seconds`, component by component.
void bookLeakage(Ledger& ledger, const std::array<AreaPower, kComponents>& power, double count, int layer,
                 Phase phase, double seconds);

/// What the machine counted for a stage since the last clearStatistics(), all images together: the measured
/// side of trafficPerImage().
struct MeasuredStage {
  StageTraffic traffic;
  ReadFacts facts;
};
std::vector<MeasuredStage> measureStages(const Chip& chip, const ChipProgram& program);

}  // namespace crosstile
