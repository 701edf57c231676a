// SPDX-License-Identifier: Apache-2.0
// One pulse on each of many cells of a step device (models/device/step_device.h): SIMD with run-time
// dispatch.
#pragma once

#include <cstddef>
#include <cstdint>

namespace crosstile {

/// Cells pulsed at once go through the kernel in blocks of so many; lists are padded to whole blocks with the
/// spare cell.
inline constexpr std::size_t kPulseBlock = 16;

/// A device's law with its constants in single precision; `up` and `down` as in StepDevice.
struct StepLawTerms {
  bool exponential = false;     ///< else s (1 - curve w)
  float amplitude[2] = {0, 0};  ///< up, down; exponential
  float gamma[2] = {0, 0};      ///< up, down (the latter negative): the exponent is gamma z
  float b = 0;                  ///< exponential: z = curve w + b
  float c2c = 0, c2cAdd = 0, c2cSlope = 0;
  bool multiplicativeNoise = true;
};

/// Planes of a value a cell, `cells` of them, the last one spare; scale and curve have up's values first,
/// then down's.
struct StepPlanesView {
  float* weight;
  const float* scale;
  const float* curve;
  const float* low;
  const float* high;
  std::size_t cells;
};

/// One pulse on each cell of the list, which are distinct but for the spare one.
/// @param cell  `count` indices   @param sign  1 up, -1 down   @param normal  N(0, 1)   @param count  of
/// kPulseBlock
void pulseEach(const StepLawTerms& law, const StepPlanesView& planes, const std::int32_t* cell,
               const float* sign, const float* normal, std::size_t count);

}  // namespace crosstile
