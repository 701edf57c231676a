// SPDX-License-Identifier: Apache-2.0
// How well an emulator and the models beside it do on samples they haven't seen.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/emulator/draws.h"

namespace crosstile {

/// Of f_R = I_ideal/I over the columns and vectors with I_ideal > 0.5 LSB, and of I over rows G_on V_max
/// (over all columns and vectors).
struct ErrorFigures {
  double rmse = 0.0;
  double percentile999 = 0.0;
  double largest = 0.0;
};
struct ModelErrors {
  std::string model;  ///< ideal, linear, linear_fitted, predistorted, predistorted_fitted, emulator
  ErrorFigures ratio;
  ErrorFigures current;
  std::vector<double> ratioByCurrent;  ///< RMSE of f_R in each of Evaluation::kBins; 0 where there is none
};

struct Evaluation {
  /// Equal intervals of I_ideal/(rows G_on V_max), 0 to 1.
  static constexpr int kBins = 40;
  std::uint64_t count = 0;  ///< of f_R
  std::vector<std::uint64_t> countByCurrent;
  std::vector<ModelErrors> models;

  const ModelErrors& of(const std::string& model) const;
  /// False: the emulator isn't worth its name.
  bool beatsPredistortion() const;
};

/// The constants of the fitted models are the best for these very samples. Runs in parallel over the samples;
/// results don't depend on the threads.
/// @param done  called with the number of finished samples, one call at a time
Evaluation evaluate(const std::shared_ptr<const Emulator>& emulator,
                    const std::vector<EmulatorSample>& samples, const std::function<void(int)>& done = {});

}  // namespace crosstile
