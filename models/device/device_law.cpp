// SPDX-License-Identifier: Apache-2.0
// The registry of laws: a new law is one file and one line here.
#include "models/device/device_law.h"

#include <fmt/ranges.h>

#include "models/base/error.h"
#include "models/crossbar/array_config.h"
#include "models/device/linear.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"

namespace crosstile {
namespace {

using Law = std::shared_ptr<const DeviceLaw>;

Law makeLinear(const DeviceConfig&) {
  return std::make_shared<LinearLaw>();
}

Law makeSinh(const DeviceConfig& config) {
  return std::make_shared<SinhLaw>(config.sinhB);
}

Law makePooleFrenkel(const DeviceConfig& config) {
  return std::make_shared<PooleFrenkelLaw>(
      PooleFrenkelLaw::Config{config.pfSlope, config.pfIntercept, config.pfCovariance, config.temperature});
}

struct Entry {
  const char* name;
  Law (*make)(const DeviceConfig&);
};

constexpr Entry kLaws[] = {
    {"linear", makeLinear},
    {"sinh", makeSinh},
    {"poole_frenkel", makePooleFrenkel},
};

}  // namespace

std::shared_ptr<const DeviceLaw> makeDeviceLaw(const DeviceConfig& config) {
  for (const Entry& entry : kLaws) {
    if (config.law == entry.name) return entry.make(config);
  }
  throw BadInput("device.law = \"{}\": unknown; known laws: {}", config.law,
                 fmt::join(deviceLawNames(), ", "));
}

std::vector<std::string> deviceLawNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kLaws) names.emplace_back(entry.name);
  return names;
}

}  // namespace crosstile
