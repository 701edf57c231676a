// SPDX-License-Identifier: Apache-2.0
// The keys of a hardware file, and their sections.
#include "platform/hardware/schema.h"

#include <algorithm>

#include "models/crossbar/readout.h"

namespace crosstile::hardware {

const std::vector<Key>& hardwareKeys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> keys;
    Section<Hardware> top(keys, "", [](Hardware& h) -> Hardware& { return h; });
    top.text("name", &Hardware::name, {}, "Name of the machine, carried by every result");
    top.text("description", &Hardware::description, {}, "What it is and where its numbers come from");
    top.text("readout", &Hardware::readout, readoutNames(),
             "How voltages become currents: the rung of the readout ladder");
    addMachineKeys(keys);
    addArrayKeys(keys);
    addConverterKeys(keys);
    addCostKeys(keys);
    // Keys of one section stand together, sections in the order of hardwareSections().
    const auto rank = [](const Key& key) {
      const auto& sections = hardwareSections();
      for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].first == key.section) return i;
      }
      return sections.size();
    };
    std::stable_sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) { return rank(a) < rank(b); });
    return keys;
  }();
  return all;
}

const std::vector<std::pair<std::string, std::string>>& hardwareSections() {
  static const std::vector<std::pair<std::string, std::string>> sections{
      {"", "The top of the file."},
      {"chip", "The mesh of routers and the tiles at them."},
      {"mapping", "How layers come to tiles."},
      {"tile", "A tile: cores, buffer, bus, digital unit, network port."},
      {"core", "A core: arrays that share registers, converters and shift-add."},
      {"clock", "The clock of the digital parts."},
      {"array", "One crossbar: word lines are rows (driven), bit lines columns (read)."},
      {"device", "The cell and its conductance range."},
      {"access", "The device in series with each cell, for circuits with every cell's own law."},
      {"programming", "How cells are written: docs/models/programming.md."},
      {"nonideality", "What programming and reading do to the cells; all off by default."},
      {"dac", "The word lines' converters; their resolution is encoding.pulse_bits."},
      {"sample_hold", "Between bit lines and ADCs."},
      {"adc", "The ADCs of a core."},
      {"encoding", "How numbers become pulses and conductances."},
      {"buffer", "A tile's buffer."},
      {"bus", "A tile's bus."},
      {"digital", "A tile's digital unit."},
      {"router", "The mesh's routers and flits."},
      {"link", "Router to router."},
      {"host", "The host interface."},
      {"cost", "What operations cost."},
  };
  return sections;
}

}  // namespace crosstile::hardware
