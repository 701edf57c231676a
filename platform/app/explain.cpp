// SPDX-License-Identifier: Apache-2.0
#include "platform/app/commands.h"

namespace crosstile::app {

void addExplain(CLI::App&, Context&) {}

}  // namespace crosstile::app
