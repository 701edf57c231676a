// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/update_rule.h"

#include <fmt/ranges.h>

#include <functional>

#include "models/base/error.h"

namespace crosstile::learning {
namespace {

struct Shape {
  std::size_t rows, columns;
};
struct Entry {
  const char* name;
  bool fastArray;
  std::function<std::unique_ptr<UpdateRule>(const LearningConfig&, Shape, const StreamOwner&)> make;
};

const std::vector<Entry>& rules() {
  static const std::vector<Entry> all{
      {"float", false, [](const auto& c, Shape, const auto&) { return makeFloat(c); }},
      {"outer_product", false, [](const auto& c, Shape, const auto& o) { return makeOuterProduct(c, o); }},
      {"delta", false, [](const auto& c, Shape, const auto& o) { return makeDelta(c, o); }},
      {"sign", false, [](const auto& c, Shape, const auto&) { return makeSign(c); }},
      {"tiki_taka", true,
       [](const auto& c, Shape s, const auto& o) { return makeTikiTaka(c, s.rows, s.columns, o); }},
      {"tiki_taka_v2", true,
       [](const auto& c, Shape s, const auto& o) { return makeTikiTakaV2(c, s.rows, s.columns, o); }},
  };
  return all;
}

const Entry& ruleCalled(const std::string& name) {
  for (const Entry& entry : rules()) {
    if (name == entry.name) return entry;
  }
  throw BadInput("rule {}: must be one of {}", name, fmt::join(ruleNames(), ", "));
}

}  // namespace

std::vector<std::string> ruleNames() {
  std::vector<std::string> names;
  for (const Entry& entry : rules()) names.emplace_back(entry.name);
  return names;
}

bool usesFastArray(const std::string& rule) {
  return ruleCalled(rule).fastArray;
}

std::unique_ptr<UpdateRule> makeRule(const LearningConfig& config, std::size_t rows, std::size_t columns,
                                     const StreamOwner& owner) {
  return ruleCalled(config.rule.name).make(config, {rows, columns}, owner);
}

void refreshPairs(StepCells& cells, const RuleConfig& rule, std::uint64_t index, PulseCount& given,
                  Activity& activity) {
  if (!cells.device().oneSided || (index + 1) % static_cast<std::uint64_t>(rule.refreshEvery) != 0) return;
  // Updates of samples have even numbers, those of refreshes odd ones.
  const PulseCount rewritten = cells.refresh(rule.fullness, 2 * index + 1);
  given += rewritten;
  activity.refreshPulses += rewritten.total();
  activity.pulseSlots += rewritten.total();  // cell by cell
}

}  // namespace crosstile::learning
