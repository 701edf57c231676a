// SPDX-License-Identifier: Apache-2.0
#include "models/base/error.h"
#include "models/converter/adc.h"

namespace crosstile {

std::vector<double> dacLevels(const DacConfig& config, int bits, Volts fullScale) {
  if (bits < 1 || bits > 16)
    throw BadInput("encoding.pulse_bits = {}: must be an integer from 1 to 16 (bits)", bits);
  const int last = (1 << bits) - 1;
  std::vector<double> level(static_cast<std::size_t>(last) + 1);
  for (int d = 0; d < last; ++d) {
    const double u = static_cast<double>(d) / last;
    level[static_cast<std::size_t>(d)] = fullScale.value * (u + config.inl / last * 4.0 * u * (1.0 - u));
  }
  level.back() = fullScale.value;
  return level;
}

}  // namespace crosstile
