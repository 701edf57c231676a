// SPDX-License-Identifier: Apache-2.0
// Published statistics of programmed cells by name: nonideality.programming_model, drift_model,
// read_noise_model.
#pragma once

#include <string>
#include <vector>

#include "models/base/quantity.h"
#include "models/base/random.h"
#include "models/base/span.h"
#include "models/crossbar/array_config.h"

namespace crosstile {

/// Standard deviation of programming, siemens, of a cell with target `g` (S) in a technology with `gOn` (S).
using ProgrammingSigma = double (*)(double g, double gOn);

/// Names of programming models, "none" first:
///   pcm        sigma = (G_on/25)(0.26348 + 1.9650 x - 1.1731 x^2), x = G/G_on, scales with G_on
///              (Nandakumar et al., ICECS 2019; the constants of aihwkit)
///   rram_milo  sigma = max(4.782 uS - 0.009107 G, 0), G_on from 50 to 225 uS
///              (Milo et al., IRPS 2021, IGVVA-100; CrossSim's fit of its Fig. 4)
///   rram_wan   sigma = 1.536e-4 G^3 - 0.01167 G^2 + 0.2374 G + 1.053 uS, G in uS, G_on up to 39.3 uS
///              (Wan et al., Nature 2022, 1 s after programming; CrossSim's fit of its Extended Data Fig. 3)
std::vector<std::string> programmingModelNames();

/// The model called `name`; null for "none". @throws BadInput for an unknown name
ProgrammingSigma programmingSigma(const std::string& name);

/// What is wrong with using the model at `gOn`, as the end of "must be ..."; empty: nothing.
std::string programmingModelLimits(const std::string& name, Siemens gOn);

/// Drift of phase-change cells (constants of aihwkit; Nandakumar et al., ICECS 2019): G(age) = G
/// (age/t0)^-nu from t0 on, with nu = |m + s n| of each cell, n ~ N(0, 1), x = G/G_on:
///     m = clip(-0.0155 ln x + 0.0244, 0.049, 0.1)      s = clip(-0.0125 ln x - 0.0059, 0.008, 0.045)
void addPcmDrift(Span<double> conductance, Siemens gOn, Seconds t0, Seconds age, const RandomStream& stream);

/// 1/f noise of phase-change cells (constants of aihwkit), accumulated since programming and frozen while a
/// network runs: G' = max(0, G + G q sqrt(ln((t + t_r)/(2 t_r))) n), q = min(0.0088/x^0.65, 0.2), t_r =
/// 250 ns, t = max(age, t0).
/// @param programmed  conductances just after programming, for x = G/G_on
void addPcmReadNoise(Span<double> conductance, Span<const double> programmed, Siemens gOn, Seconds t0,
                     Seconds age, const RandomStream& stream);

}  // namespace crosstile
