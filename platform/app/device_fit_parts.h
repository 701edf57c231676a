// SPDX-License-Identifier: Apache-2.0
// What the fits of the laws share.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/app/device_fit.h"

namespace crosstile::app {

using FitFunction = GroupFit(const std::vector<IvCurve>&, const FitRequest&, nlohmann::ordered_json&);
FitFunction fitPooleFrenkelGroup, fitSinhGroup, fitLogLinearGroup, fitSwitchGroup;

/// The cell of a group of curves, but for what the law adds: its range of G, voltage, temperature.
/// @param conductance  the law's G of each curve, S
/// @throws BadInput when they are all alike, or the curves don't reach the voltage
DeviceKeys keysOf(const std::vector<IvCurve>& curves, const std::vector<double>& conductance,
                  const FitRequest& request);

std::vector<double> pick(const std::vector<CurveFit>& fits, double CurveFit::*member);
nlohmann::ordered_json spreadJson(const std::vector<double>& values);
nlohmann::ordered_json goodness(const std::vector<CurveFit>& fits);

/// What a curve is called in tables, quoted for CSV.
std::string labelOf(const IvCurve& curve);

/// Measured curves (at most a dozen) and `law(curve, V)`, in A.
Chart curvesChart(const std::vector<IvCurve>& curves, const std::function<double(std::size_t, double)>& law);

}  // namespace crosstile::app
