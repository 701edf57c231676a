// SPDX-License-Identifier: Apache-2.0
// What a hardware description amounts to: counts, power and area by component, peak performance.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/cost/roll_up.h"
#include "models/crossbar/settling.h"
#include "platform/hardware/hardware.h"

namespace crosstile {

/// Peak performance counts a multiply-accumulate as two operations, all arrays of the chip reading all the
/// time:
///     T_plane = max(read_time, ceil(arrays a core x converted columns / ADCs a core) x adc.period)
///     operations/s = 2 x rows x outputs an array x arrays / (planes x T_plane)
///     outputs an array = floor(columns / slices), columns / slices when each slice has an array of its own
///     slices = columns of one weight   planes = pulses of one input
/// Efficiencies divide it by the chip's power at full activity and by its area (off-chip interface included).
struct ChipFigures {
  Population population;
  std::vector<PartLine> parts;
  std::array<AreaPower, kComponents> core, tile,
      chip;  ///< by component; a tile holds its share of its router
  int slices = 0;
  int planes = 0;
  double outputsPerArray = 0.0;
  Settling settling;         ///< of an array's read; all 0 when the description holds no capacitance
  Seconds readTime{};        ///< of one plane, the arrays' own
  Seconds conversionTime{};  ///< of one plane, all columns of a core on its ADCs
  double peakOpsPerSecond = 0.0;
  double opsPerJoule = 0.0;                 ///< operations/s/W; 0 when the cost table holds no power
  double opsPerSecondPerSquareMetre = 0.0;  ///< 0 when the cost table holds no area

  bool settlesTooLate() const { return settling.time > readTime; }
  Seconds planeTime() const { return readTime > conversionTime ? readTime : conversionTime; }
};

Population populationOf(const Hardware& hardware);
ChipFigures chipFigures(const Hardware& hardware);

/// The figures as JSON (platform/app prints it for `describe --json`), SI units with the unit in the name.
std::string toJson(const Hardware& hardware, const ChipFigures& figures);

/// The key reference, docs/hardware.md: every section and key with type, range, default and meaning.
std::string keyReference();

}  // namespace crosstile
