// SPDX-License-Identifier: Apache-2.0
// The registry of laws: a new law is one file and one line here.
#include "models/device/device_law.h"

#include <fmt/ranges.h>

#include "models/base/error.h"
#include "models/crossbar/array_config.h"
#include "models/device/linear.h"
#include "models/device/log_linear.h"
#include "models/device/metastable_switch.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"
#include "models/device/tabulated.h"

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

Law makeLogLinear(const DeviceConfig& config) {
  return std::make_shared<LogLinearLaw>(config.logLinearN, config.logLinearNSigma, config.logLinearReference);
}

Law makeTabulated(const DeviceConfig& config) {
  return std::make_shared<TabulatedLaw>(config.tableVoltage, config.tableCurrent, config.tableReadVoltage);
}

Law makeMeanMetastableSwitch(const DeviceConfig& config) {
  return std::make_shared<MeanMetastableSwitchLaw>(config.mms, config.temperature);
}

struct Entry {
  const char* name;
  Law (*make)(const DeviceConfig&);
};

constexpr Entry kLaws[] = {
    {"linear", makeLinear},
    {"sinh", makeSinh},
    {"poole_frenkel", makePooleFrenkel},
    {"log_linear", makeLogLinear},
    {"tabulated", makeTabulated},
    {"mean_metastable_switch", makeMeanMetastableSwitch},
};

}  // namespace

void DeviceLaw::evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                              double* slope) const {
  const std::size_t n = cells.cells * cells.lanes;
  std::vector<double> parameters(parameterCount() * n);
  for (std::size_t p = 0; p < parameterCount(); ++p) {
    for (std::size_t k = 0; k < n; ++k)
      parameters[p * n + k] = cells.parameters[p * cells.stride + k / cells.lanes];
  }
  evaluate(parameters, {voltage, n}, {current, n}, {slope, slope == nullptr ? 0 : n});
}

void DeviceLaw::evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                              float* slope) const {
  const std::size_t n = cells.cells * cells.lanes;
  std::vector<double> parameters(parameterCount() * n), v(voltage, voltage + n), i(n),
      g(slope == nullptr ? 0 : n);
  for (std::size_t p = 0; p < parameterCount(); ++p) {
    for (std::size_t k = 0; k < n; ++k)
      parameters[p * n + k] = cells.parameters[p * cells.stride + k / cells.lanes];
  }
  evaluate(parameters, v, i, g);
  for (std::size_t k = 0; k < n; ++k) current[k] = static_cast<float>(i[k]);
  for (std::size_t k = 0; k < g.size(); ++k) slope[k] = static_cast<float>(g[k]);
}

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
