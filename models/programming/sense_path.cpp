// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "models/programming/writable_cells.h"

namespace crosstile {

SensePath::SensePath(const ProgrammingConfig& config, const DeviceConfig& device, const StreamOwner& owner)
    : ofG_(config.senseNoiseOfG),
      fixed_(config.senseNoiseOfRange * (device.gOn.value - device.gOff.value)),
      code_(config.senseBits > 0 ? device.gOn.value / (std::ldexp(1.0, config.senseBits) - 1.0) : 0.0),
      noise_(owner, Purpose::senseNoise) {}

double SensePath::measure(double conductance, std::uint64_t cell, std::uint32_t& drawn) const {
  double g = conductance;
  const double sigma = std::hypot(ofG_ * g, fixed_);
  if (sigma > 0.0) g = std::max(0.0, g + sigma * noise_.normal(cell, drawn++));
  return code_ > 0.0 ? code_ * std::round(g / code_) : g;
}

}  // namespace crosstile
