// SPDX-License-Identifier: Apache-2.0
// Arrays for inference, programmed as [programming] says.
#pragma once

#include <memory>

#include "models/crossbar/programmed_array.h"
#include "models/programming/programming_config.h"

namespace crosstile {

/// Programs every cell of `target` (S, rows x columns; 0: absent) by programming.method: programOneShot(), or
/// in a closed loop (WriteVerify): metastable switches by the pulses that move their state (PulsedArray),
/// cells of other laws by where programming leaves them (LandingCells). Stuck cells stay where they are and
/// are reported as unreached. Levels come before, ageing, temperature and the law's residuals behind it, as
/// for one-shot.
/// @throws BadInput (checkProgramming, checkNonideality); programming errors or device-to-device variability
/// of [nonideality] for switches that are written in a closed loop, which have mms_c2c_* and mms_d2d_*
/// instead
std::shared_ptr<const ProgrammedArray> programArray(const ProgrammingConfig& programming,
                                                    const ArrayConfig& array, const DeviceConfig& device,
                                                    const NonidealityConfig& nonideality,
                                                    Span<const double> target, int rows, int columns,
                                                    const StreamOwner& owner);

}  // namespace crosstile
