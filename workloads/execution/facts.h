// SPDX-License-Identifier: Apache-2.0
// Facts: what a read did that time and energy depend on.
#pragma once

#include <cstdint>

namespace crosstile {

/// Counts of one or many MVMs of a stage; the ledger is counts x cost + facts.
struct ReadFacts {
  std::int64_t mvms = 0;         ///< input vectors through one array, all planes
  std::int64_t reads = 0;        ///< pulses of one array
  std::int64_t zeroPlanes = 0;   ///< of these, with no active row
  std::int64_t activeRows = 0;   ///< rows driven, summed over pulses (of one array a row block)
  std::int64_t conversions = 0;  ///< ADC conversions
  double deviceEnergyJ = 0.0;    ///< dissipated in the cells

  ReadFacts& operator+=(const ReadFacts& o) {
    mvms += o.mvms;
    reads += o.reads;
    zeroPlanes += o.zeroPlanes;
    activeRows += o.activeRows;
    conversions += o.conversions;
    deviceEnergyJ += o.deviceEnergyJ;
    return *this;
  }
};

}  // namespace crosstile
