// SPDX-License-Identifier: Apache-2.0
// The same network on the chip of SystemC models and on the chip with RTL inside.
#pragma once

#include <gmock/gmock.h>

#include "tests/tlm/machine_checks.h"

namespace crosstile::testing {

/// What a machine answered, and when.
struct ChipRun {
  std::vector<Codes> results;
  std::vector<std::uint64_t> resultCycles;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> layers;  // of every stage in every tile: first image
  std::uint64_t programmed = 0;
};

inline ChipRun runChip(const Model& model, ChipParts parts = {}) {
  Machine machine(model, TimingMode::cycle, "chip", std::move(parts));
  machine.run();
  EXPECT_TRUE(machine.driver.done()) << ::testing::PrintToString(machine.chip.waiting());
  EXPECT_THAT(machine.binder.violations(), ::testing::IsEmpty());
  ChipRun run{machine.driver.results(), machine.chip.host.resultCycles(), {}, machine.programmedAt};
  for (const auto& tile : machine.chip.tiles)
    for (const auto& stage : tile->stages()) run.layers.push_back(stage->firstImageCycles());
  return run;
}

inline void expectSame(const ChipRun& a, const ChipRun& b) {
  EXPECT_EQ(a.results, b.results);
  EXPECT_EQ(a.resultCycles, b.resultCycles);
  EXPECT_EQ(a.layers, b.layers);
  EXPECT_EQ(a.programmed, b.programmed);
}

}  // namespace crosstile::testing
