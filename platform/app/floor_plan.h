// SPDX-License-Identifier: Apache-2.0
// A picture of the chip floor: routers, tiles, the layer in each, how full it is, and what flows between
// them.
#pragma once

#include <string>

#include "platform/app/session.h"

namespace crosstile::app {

/// SVG. Every tile is a square at its router, coloured by layer and filled as far as its arrays are used;
/// lines between tiles are as wide as the bits that an image sends, by stage.
std::string floorPlan(const Session& session);

}  // namespace crosstile::app
