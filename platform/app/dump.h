// SPDX-License-Identifier: Apache-2.0
// --dump: what went through the converters of a layer for the first image, as NPY and as text for $readmemh.
#pragma once

#include <string>

#include "platform/app/session.h"

namespace crosstile::app {

/// Stages that `what` ("all", or a layer's name) asks for. @throws BadInput naming the layers there are
ValueDump dumpRequest(const Session& session, const std::string& what);
/// Writes DIR/dump/LAYER/{dac,adc,sums}.{npy,mem}.
void writeDump(const Session& session, const ValueEngine& engine, const ValueDump& dump,
               const std::string& folder);

}  // namespace crosstile::app
