// SPDX-License-Identifier: Apache-2.0
#include "platform/app/arrivals.h"

#include <cmath>

#include "models/base/error.h"
#include "models/base/quantity.h"
#include "models/base/random.h"

namespace crosstile::app {

std::vector<double> arrivalTimes(const std::string& arrivals, int count, std::uint64_t seed) {
  if (arrivals == "back-to-back") return {};
  const auto colon = arrivals.find(':');
  const std::string kind = arrivals.substr(0, colon);
  if (colon == std::string::npos || (kind != "periodic" && kind != "poisson"))
    throw BadInput("--arrivals {}: must be back-to-back, periodic:TIME or poisson:TIME, as in periodic:20us",
                   arrivals);
  double interval = 0.0;
  try {
    interval = parseQuantity(arrivals.substr(colon + 1), Unit::second);
  } catch (const BadInput& e) {
    throw BadInput("--arrivals {}: {}", arrivals, e.what());
  }
  if (!(interval > 0.0)) throw BadInput("--arrivals {}: the time must be above 0", arrivals);
  const RandomStream stream({seed}, Purpose::sampling);
  std::vector<double> times;
  double now = 0.0;
  for (int i = 0; i < count; ++i) {
    times.push_back(now);
    now += kind == "periodic" ? interval
                              : -interval * std::log(stream.uniform(static_cast<std::uint64_t>(i), 1));
  }
  return times;
}

}  // namespace crosstile::app
