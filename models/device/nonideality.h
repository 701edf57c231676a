// SPDX-License-Identifier: Apache-2.0
// What programming and time do to the conductances of a population of cells. Each step draws from its own
// stream, cell i from index i; a cell with G = 0 is an absent device and stays absent.
#pragma once

#include "models/base/random.h"
#include "models/base/span.h"
#include "models/crossbar/array_config.h"
#include "models/device/programming_model.h"

namespace crosstile {

/// Snaps every conductance to the nearest of `levels` equally spaced levels from G_off to G_on (0:
/// continuous).
void snapToLevels(Span<double> conductance, const DeviceConfig& device, int levels);

/// G' = max(0, G + sqrt((sigma_G G)^2 + (sigma_range (G_on - G_off))^2 + sigma_model(G)^2) n), n ~ N(0, 1).
/// @param model  null: none
void addProgrammingError(Span<double> conductance, const DeviceConfig& device, double sigmaOfG,
                         double sigmaOfRange, const RandomStream& stream, ProgrammingSigma model = nullptr);

/// Device-to-device variability (Joksas et al. 2022): R' = exp(ln R - s^2/2 + s n), so that E[R'] = R, with
/// the standard deviation s of ln R linear in R from `sigmaOn` at R_on to `sigmaOff` at R_off (constant
/// outside).
void addDeviceVariability(Span<double> conductance, const DeviceConfig& device, double sigmaOn,
                          double sigmaOff, const RandomStream& stream);
/// The same of cell `cell` alone.
double withDeviceVariability(double conductance, const DeviceConfig& device, double sigmaOn, double sigmaOff,
                             const RandomStream& stream, std::size_t cell);

/// Drift: G(age) = G (age/t0)^-nu, nu ~ N(nuMean, nuSigma) of each cell. The power law starts at t0: nothing
/// happens up to that age.
void addDrift(Span<double> conductance, double nuMean, double nuSigma, Seconds t0, Seconds age,
              const RandomStream& stream);

/// @throws BadInput naming the key of the first field of [device] or [nonideality] that is out of range
void checkNonideality(const DeviceConfig& device, const NonidealityConfig& nonideality);

}  // namespace crosstile
