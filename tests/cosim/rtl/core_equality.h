// SPDX-License-Identifier: Apache-2.0
// Random MVMs through core_backend.sv against docs/timing.md, "Core: one MVM", and docs/models/digital.md in plain loops.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "platform/cosim/rtl/rtl_blocks.h"

namespace crosstile::testing {

struct CoreDifferences {
  std::uint64_t mvms = 0, values = 0, cycles = 0, overlapping = 0;
};

inline std::uint64_t ceilTo(std::uint64_t time, std::uint64_t period) { return (time + period - 1) / period * period; }

/// One core of random timing and encoding, `count` vectors, each as soon as an input register of two is free or later.
inline void runRandomCore(std::uint32_t seed, int count, const CoreBackendFactory& make, CoreDifferences& differences) {
  std::mt19937 random(seed);
  const auto from = [&random](std::uint64_t least, std::uint64_t most) { return least + random() % (most - least + 1); };
  CoreTiming t;
  t.period = from(500, 2000);
  t.readTime = from(3 * t.period, 40 * t.period);
  t.adcPeriod = from(t.period / 4 + 1, 3 * t.period);
  t.adcs = static_cast<int>(from(1, 16));
  t.dacCycles = static_cast<int>(from(0, 4));
  t.shiftAddCycles = static_cast<int>(from(1, 6));
  const int conversions = static_cast<int>(from(1, 150)), planes = static_cast<int>(from(1, 16)), bits = static_cast<int>(from(1, 10));
  const bool isSigned = from(0, 1) == 1;
  const std::uint64_t converting = static_cast<std::uint64_t>((conversions + t.adcs - 1) / t.adcs) * t.adcPeriod;
  const std::uint64_t plane = std::max(t.readTime, converting);
  const auto backend = make("core" + std::to_string(seed), t);
  std::uint64_t start = from(0, 50) * t.period, arraysFree = 0, before = 0;
  for (int m = 0; m < count; ++m) {
    CoreCodes codes;
    codes.conversions = conversions;
    for (int p = 0; p < planes; ++p) codes.planes.push_back({p * 2, 2, isSigned && p + 1 == planes});
    for (int i = 0; i < planes * conversions; ++i) codes.codes.push_back(static_cast<std::int32_t>(from(0, (1U << bits) - 1)));
    std::vector<std::int64_t> expected(static_cast<std::size_t>(conversions), 0), sums(expected.size(), -1);
    for (std::size_t i = 0; i < codes.codes.size(); ++i) {
      const Plane& p = codes.planes[i / expected.size()];
      expected[i % expected.size()] += (p.negative ? -1 : 1) * std::int64_t{codes.codes[i]} * (std::int64_t{1} << p.shift);
    }
    const std::uint64_t first = std::max(start + static_cast<std::uint64_t>(t.dacCycles) * t.period, arraysFree);
    const std::uint64_t lastRead = first + static_cast<std::uint64_t>(planes - 1) * plane + t.readTime;
    const std::uint64_t ready = ceilTo(lastRead + converting, t.period) + static_cast<std::uint64_t>(t.shiftAddCycles) * t.period;
    arraysFree = first + static_cast<std::uint64_t>(planes) * plane;
    const CoreSchedule schedule = backend->run(start, std::move(codes), sums.data());
    ++differences.mvms;
    differences.overlapping += start < before ? 1 : 0;
    differences.values += sums == expected ? 0 : 1;
    differences.cycles += schedule.outputReady == ready && schedule.inputFree == ceilTo(lastRead, t.period) ? 0 : 1;
    before = ready;
    // The next vector loads while this one is read, and starts when a register is free again: now, or later.
    const std::uint64_t earliest = from(0, 2) == 0 ? start + t.period : ceilTo(lastRead, t.period);
    start = earliest + (from(0, 1) == 0 ? 0 : from(0, 60)) * t.period;
    if (start < first) start = ceilTo(first, t.period);  // two registers: one waits, one is read
  }
}

}  // namespace crosstile::testing
