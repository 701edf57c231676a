// SPDX-License-Identifier: Apache-2.0
// --dump: what went through the converters of a layer for the first image, as NPY and as text for $readmemh; and what a
// testbench writes through the host interface and reads back.
#pragma once

#include <string>

#include "platform/app/session.h"

namespace crosstile::app {

/// Stages that `what` ("all", or a layer's name) asks for. @throws BadInput naming the layers there are
ValueDump dumpRequest(const Session& session, const std::string& what);
/// Writes DIR/dump/LAYER/{dac,adc,sums}.{npy,mem}.
void writeDump(const Session& session, const ValueEngine& engine, const ValueDump& dump,
               const std::string& folder);


/// Whether `what` ("all" or "host") asks for the host's side.
bool dumpsHost(const std::string& what);
/// Writes DIR/dump/host/{memory,load,run,images,expected}.mem and testbench.svh for the first `images` images.
/// @param outputs  output codes of each image, CHW, one image after another
void writeHostDump(const Session& session, const std::vector<AdcTrim>& trims, int images,
                   const std::vector<std::int64_t>& outputs, const std::string& folder);

}  // namespace crosstile::app
