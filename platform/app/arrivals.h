// SPDX-License-Identifier: Apache-2.0
// When the images of a timed run come: `--arrivals`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crosstile::app {

/// Seconds from the end of programming to each of `count` images. `back-to-back` (all at once: the chip takes
/// them as it has room; empty), `periodic:TIME` (image n at n TIME) or `poisson:TIME` (a Poisson process with
/// that mean interval, the first image at 0; drawn from `seed`). @throws BadInput
std::vector<double> arrivalTimes(const std::string& arrivals, int count, std::uint64_t seed);

}  // namespace crosstile::app
