// SPDX-License-Identifier: Apache-2.0
// `run --age`: the ages at which a chip is evaluated.
#pragma once

#include <string>
#include <vector>

namespace crosstile::app {

/// An age since programming, as given and in seconds.
struct Age {
  std::string text;
  double seconds = 0.0;
};

/// Ages from "1s,1h,1d,1y", in the order given; none from an empty text.
/// @throws BadInput naming --age and the one that isn't a time from 0 s to 1e12 s
std::vector<Age> parseAges(const std::string& list);

}  // namespace crosstile::app
