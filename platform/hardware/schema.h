// SPDX-License-Identifier: Apache-2.0
// The keys of a hardware file: one table that drives reading, writing, error messages, --set and
// docs/hardware.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/hardware/hardware.h"
#include "platform/hardware/key.h"

namespace crosstile::hardware {

using Key = KeyOf<Hardware>;
template <typename T>
using Section = SectionOf<T, Hardware>;

/// All keys in the order in which they are written; parts of the cost table apart (partKeys()).
const std::vector<Key>& hardwareKeys();
/// Section [cost.part.NAME]; setting one of its keys makes the part.
std::vector<Key> partKeys(const std::string& part);
inline const std::string kPartPrefix = "cost.part.";
/// Sections in order, with one line on what each describes.
const std::vector<std::pair<std::string, std::string>>& hardwareSections();

/// The key of a path ("adc.bits", "cost.part.max_pool.power").
std::optional<Key> findKey(const std::string& path);
/// The part a path like "cost.part.max_pool.power" belongs to; empty when it is no such path.
std::string partOf(const std::string& path);
/// Is `path` the name of a section (or of a part's section), or the start of one?
bool isSection(const std::string& path);
/// What to say of a path without a key: "unknown key adc.bit; did you mean adc.bits?".
std::string unknownKey(const std::string& path);

/// Checks what no single key can: relations between keys. `where(path)` names the place that set a key
/// ("isaac.toml:17: array.rows"). @throws BadInput
void checkRelations(const Hardware& hardware,
                    const std::function<std::string(const std::string& path)>& where);

/// Source text of a preset, or nullptr; names of all.
const char* presetText(const std::string& name);

void addMachineKeys(
    std::vector<Key>& keys);  // chip, tile, core, clock, buffer, bus, digital, router, link, host
void addArrayKeys(std::vector<Key>& keys);      // array, device, access, nonideality
void addConverterKeys(std::vector<Key>& keys);  // dac, sample_hold, adc, encoding
void addCostKeys(std::vector<Key>& keys);       // cost, cost.COMPONENT

}  // namespace crosstile::hardware
