// SPDX-License-Identifier: Apache-2.0
// What `crosstile device fit` finds of a group of curves, and its files. One file a law: device_fit_LAW.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "models/fitting/conduction_fit.h"
#include "models/fitting/iv_curve.h"
#include "platform/app/device_file.h"

namespace crosstile::app {

struct FitRequest {
  std::string model;
  FitError error = FitError::current;
  double temperature = 293.15;  ///< K
  double referenceVolt = 0.25;  ///< log_linear
  double onOffRatio = 0.0;      ///< 0: G_off and G_on are those of the curves
  bool fromBelow =
      false;  ///< with a ratio: the range begins at the least conductance, else it ends at the largest
  double period = 0.0;          ///< of loops, s; 0: the samples' times tell it
  double leastRetention = 0.0;  ///< of loops, s
  double readVolt = 0.0;  ///< k_V of the device file; 0: the largest that all curves reach, at most 0.5 V
};

/// A chart of points and lines in the plane.
struct Series {
  std::string name;
  std::vector<double> x, y;
  bool line = false;
};
struct Chart {
  std::string title, xName, yName;
  std::vector<Series> series;
  bool logY = false;
};

/// One group of curves, fitted.
struct GroupFit {
  std::string name;  ///< "device", or low and high
  DeviceKeys keys;
  std::string csvHead, csv;  ///< a line a curve
  std::string samples;       ///< a line a sample, of a loop; else empty
  std::vector<Chart> charts;
  std::string text;  ///< for people
};

/// @param json  parameters and goodness (out)   @throws BadInput naming the curve
GroupFit fitGroup(const std::string& name, const std::vector<IvCurve>& curves, const FitRequest& request,
                  nlohmann::ordered_json& json);

/// The charts side by side as an SVG file.
std::string toSvg(const std::vector<Chart>& charts, const std::string& title);

}  // namespace crosstile::app
