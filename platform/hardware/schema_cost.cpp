// SPDX-License-Identifier: Apache-2.0
// Keys of the cost table: [cost], one section [cost.COMPONENT] a component, one section [cost.part.NAME] a
// part.
#include <algorithm>

#include "models/cost/adc_cost.h"
#include "platform/hardware/schema.h"

namespace crosstile::hardware {
namespace {

constexpr double kMostWatts = 1e6;
constexpr double kMostArea = 1.0;  // square metre

template <typename T>
void addStaticCost(Section<T>& s) {
  s.quantity("power", &T::power, 0, kMostWatts, "Of one instance at full activity (for `describe`)");
  s.quantity("leakage", &T::leakage, 0, kMostWatts, "Of one instance, whatever it does; on top of `power`");
  s.quantity("area", &T::area, 0, kMostArea, "Of one instance");
  s.text("source", &T::source, {}, "Where the numbers come from; \"assumed: ...\" when nowhere");
}

/// A key whose text is the name of an enumerator.
template <typename T, typename E>
void addEnum(Section<T>& s, const char* name, E T::*member, E (*parse)(std::string_view), const char* doc) {
  Key& key = s.start(name, Kind::text, doc);
  for (int e = 0; e < static_cast<int>(E::count_); ++e) {
    key.choices.emplace_back(toString(static_cast<E>(e)));
  }
  key.get = [get = s.get(), member](const Hardware& h) {
    Hardware copy = h;
    return Value(std::string(toString(get(copy).*member)));
  };
  key.set = [get = s.get(), member, parse](Hardware& h, const Value& v) {
    get(h).*member = parse(std::get<std::string>(v));
  };
}

CostPart& partCalled(Hardware& h, const std::string& name) {
  auto& parts = h.cost.parts;
  auto found = std::find_if(parts.begin(), parts.end(), [&](const CostPart& p) { return p.name == name; });
  if (found == parts.end()) {
    CostPart part;
    part.name = name;
    found = parts.insert(parts.end(), std::move(part));
  }
  return *found;
}

}  // namespace

void addCostKeys(std::vector<Key>& keys) {
  Section<CostTable> table(keys, "cost", [](Hardware& h) -> CostTable& { return h.cost; });
  table.flag("device_energy", &CostTable::deviceEnergy,
             "Energy of an array read from the cells' own V I t instead of cost.array.energy");
  table.flag("gated_tiles", &CostTable::gatedTiles,
             "Tiles that hold no layer are switched off and leak nothing");
  std::vector<std::string> models{"explicit"};
  models.insert(models.end(), adcCostModels().begin(), adcCostModels().end());
  table.text(
      "adc_model", &CostTable::adcModel, models,
      "Where cost.adc has energy, power and area from: explicit: its own keys; else a published model at "
      "adc.bits and 1/adc.period, which overwrites them: ISAAC's 32 nm table, a regression on Murmann's "
      "survey (cost.technology), SAR ADCs in 28 nm (cost.supply)");
  table.number("technology", &CostTable::technologyNm, 3, 1000, "nm",
               "Feature size, for models that ask for it");
  table.quantity("supply", &CostTable::supply, 0.1, 10, "Supply voltage, for models that ask for it");
  table.integer(
      "adc_reference_bits", &CostTable::adcReferenceBits, 0, 16, "bits",
      "explicit: cost.adc is for an ADC of this many bits and is scaled to adc.bits; 0: it is for adc.bits");
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    Section<ComponentCost> s(keys, "cost." + std::string(toString(component)),
                             [component](Hardware& h) -> ComponentCost& { return h.cost[component]; });
    s.quantity("energy", &ComponentCost::energy, 0, 1.0, "One operation");
    s.integer("instances", &ComponentCost::instances, 0, 65535, "",
              "Of each place (see the table of components)");
    addStaticCost(s);
  }
}

std::vector<Key> partKeys(const std::string& part) {
  std::vector<Key> keys;
  keys.reserve(8);
  Section<CostPart> s(keys, kPartPrefix + part,
                      [part](Hardware& h) -> CostPart& { return partCalled(h, part); });
  addEnum<CostPart, Component>(s, "component", &CostPart::component, componentOf,
                               "What power and area are booked to");
  addEnum<CostPart, Per>(s, "per", &CostPart::per, perOf, "What it is counted by");
  s.integer("instances", &CostPart::instances, 0, 65535, "", "Of each place");
  addStaticCost(s);
  return keys;
}

}  // namespace crosstile::hardware
