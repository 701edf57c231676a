// SPDX-License-Identifier: Apache-2.0
// What of a hardware description decides what its arrays hold once they are programmed, and the currents they then give.
#pragma once

#include <string>

#include "platform/hardware/hardware.h"

namespace crosstile {

/// Every key that programming and the compiled readout depend on, as TOML, with the hashes of the files that keys name:
/// readout and the sections array, device, access, programming, nonideality, dac and encoding, and adc.unit. Two
/// descriptions with the same identity programme the same levels to the same bits.
std::string arrayIdentity(const Hardware& hardware);

/// Hashes of the files that keys name (tables of devices, yield maps, emulators): what the keys' text leaves out.
std::string namedFilesIdentity(const Hardware& hardware);

/// Hash of a file's bytes. @throws BadInput when it can't be read
std::string fileHash(const std::string& path);

}  // namespace crosstile
