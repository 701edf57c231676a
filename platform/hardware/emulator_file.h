// SPDX-License-Identifier: Apache-2.0
// Emulators on disk (docs/models/emulator.md):
//     line 1   crosstile-emulator 1
//     line 2   JSON, one line: kind, technology (SI units), network shape, what made it and how well it does
//     rest     the network's parameters, 32-bit little-endian floats in the order of TwoLayerNetwork, rows
//              without their padding
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "models/crossbar/emulator.h"

namespace crosstile {

/// @param provenance  version, command line, seed, errors, ...: carried along
std::string emulatorBytes(const Emulator& emulator, const nlohmann::ordered_json& provenance);
/// @throws BadInput naming the file when it can't be read or isn't an emulator of this format
std::shared_ptr<const Emulator> readEmulator(const std::string& path);
/// The second line alone. @throws BadInput as readEmulator()
nlohmann::ordered_json readEmulatorHeader(const std::string& path);

/// The technology as in the header.
nlohmann::ordered_json technologyJson(const EmulatorTechnology& technology);

}  // namespace crosstile
