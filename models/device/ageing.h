// SPDX-License-Identifier: Apache-2.0
// What time, reads and temperature do to programmed conductances.
#pragma once

#include "models/base/span.h"
#include "models/crossbar/array_config.h"

namespace crosstile {

/// Time constant of retention at the cells' temperature (Arrhenius):
///     tau(T) = tau exp( (E_a/k) (1/T - 1/T_ref) )
double retentionTimeS(const DeviceConfig& device, const NonidealityConfig& nonideality);

/// Retention: every cell relaxes towards G_r, G(age) = G_r + (G - G_r) exp(-age/tau(T)).
void relax(Span<double> conductance, const DeviceConfig& device, const NonidealityConfig& nonideality);

/// Read disturb: n earlier reads shift every cell, G' = max(0, G (1 + d (n/10^6)^p)).
void disturbByReads(Span<double> conductance, double reads, double shiftOfG, double exponent);

/// G(T) = G (1 + alpha (T - T_ref)).
void applyTemperature(Span<double> conductance, const DeviceConfig& device);

}  // namespace crosstile
