// SPDX-License-Identifier: Apache-2.0
// Power and efficiency of the cells alone, as a device paper states them.
#pragma once

#include <optional>

#include "platform/app/run_report.h"

namespace crosstile::app {

/// By the formula of Joksas et al. 2022, from the cells' own currents over all images and draws of a run:
///     P = sum over layers of < sum over cells of |V I| >,  TOPS/W = 2 N/(t_read P)  for layers read once an
///     image;
/// in general 2 multiply-accumulates (the bias row's among them) over the cells' energy of an image.
/// None for the readout `ideal`, which has no cells of its own.
std::optional<DeviceEfficiency> deviceEfficiency(const Session& session, const RunFindings& findings);

/// The table of a run's summary: what the devices save and what the periphery takes back.
std::string efficiencyTable(const RunRecord& record);

}  // namespace crosstile::app
