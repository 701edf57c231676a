// SPDX-License-Identifier: Apache-2.0
// What every component of the chip costs: energy an operation, power, area, each with its source.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/quantity.h"

namespace crosstile {

/// The components that energy, power and area are booked to. The energy of `array` is either the tabulated
/// one of a read or, with `cost.device_energy = true`, what the cells themselves dissipate (a fact of the
/// read).
enum class Component {
  array,           ///< operation: one read (pulse) of one array
  dac,             ///< one array's word lines driven for one pulse
  sampleHold,      ///< one column sampled
  adc,             ///< one conversion
  shiftAdd,        ///< one code shifted and added
  inputRegister,   ///< one byte written or read
  outputRegister,  ///< one byte written or read
  buffer,          ///< one access of buffer.access_bits
  bus,             ///< one bit moved
  digital,         ///< one output biased, activated, pooled, requantised
  router,          ///< one flit through one router
  link,            ///< one flit over one router-to-router link
  host,            ///< one bit through the host interface
  programming,     ///< one programming pulse's periphery (the cells' own energy is a fact)
  count_
};
inline constexpr int kComponents = static_cast<int>(Component::count_);
/// The name in files and reports: "array", "sample_hold", "input_register", ...
std::string_view toString(Component component);
/// @throws BadInput for an unknown name, listing the known ones
Component componentOf(std::string_view name);

/// What a part is counted by: one for every row, column, ... of the machine.
enum class Per { row, column, array, adc, core, tile, router, link, chip, count_ };
std::string_view toString(Per per);
/// @throws BadInput for an unknown name, listing the known ones
Per perOf(std::string_view name);
/// What a component's own entry of the table is counted by: dac a row, sampleHold a column, adc an ADC, ...
Per perOf(Component component);

struct ComponentCost {
  Joules energy{};      ///< an operation
  Watts power{};        ///< at full activity, of one instance (for `describe`)
  Watts leakage{};      ///< of one instance, whatever it does; not part of `power`
  SquareMetres area{};  ///< of one instance
  int instances = 1;    ///< of each perOf(component): 4 shift-add units a core, 1 DAC a row
  std::string source;   ///< where the numbers come from; "assumed: ..." when nowhere
};

/// Hardware that takes power and area without operations of its own (a tile's max-pool unit, its output
/// register): counted in `describe`, its energy is inside the operation of `component`.
struct CostPart {
  std::string name;
  Component component = Component::digital;  ///< what it is booked to
  Per per = Per::tile;
  int instances = 1;  ///< of each `per`
  Watts power{};
  Watts leakage{};
  SquareMetres area{};
  std::string source;
};

struct CostTable {
  std::array<ComponentCost, kComponents> of;
  bool deviceEnergy = false;  ///< array energy from the devices' own V^2 G t instead of the table
  /// Where the ADC's energy, power and area come from: as stated (explicit), or a model of adcCostModels().
  std::string adcModel = "explicit";
  double technologyNm = 32.0;  ///< feature size, for models that ask for it
  Volts supply{0.9};           ///< the same
  int adcReferenceBits = 0;  ///< explicit: the numbers are for this many bits (0: for whatever adc.bits says)
  bool gatedTiles = false;   ///< tiles that hold no layer leak nothing
  std::vector<CostPart> parts;  ///< beside the components' own entries
  ComponentCost& operator[](Component c) { return of[static_cast<std::size_t>(c)]; }
  const ComponentCost& operator[](Component c) const { return of[static_cast<std::size_t>(c)]; }
};

}  // namespace crosstile
