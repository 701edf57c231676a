// SPDX-License-Identifier: Apache-2.0
// How an emulator and the models beside it do, as table, CSV, JSON and chart.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "models/emulator/evaluation.h"

namespace crosstile::app {

/// An evaluation and what it was on.
struct NamedEvaluation {
  std::string name;  ///< "random draws", "lenet5-mnist.onnx"
  Evaluation evaluation;
};

nlohmann::ordered_json toJson(const NamedEvaluation& evaluation);
/// A line a model, errors in units of f_R and of rows G_on V_max.
std::string toTable(const NamedEvaluation& evaluation);
/// One sentence on whether the emulator is worth its name.
std::string verdict(const NamedEvaluation& evaluation);
/// A line an evaluation and model.
std::string toCsv(const std::vector<NamedEvaluation>& evaluations);
/// RMSE of f_R against the column's current, a panel an evaluation and a line a model; self-contained.
std::string toSvg(const std::vector<NamedEvaluation>& evaluations, const std::string& title);

}  // namespace crosstile::app
