// SPDX-License-Identifier: Apache-2.0
// [[axis]] of a sweep file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "platform/hardware/schema.h"
#include "platform/sweep/sweep_toml.h"

namespace crosstile::sweep {
namespace {

using hardware::KeyForm;
using hardware::Kind;
using hardware::Value;

constexpr int kMostChoices = 1'000'000;

/// Steps of a range carry no rounding noise: 0.1 * 3 is 0.3.
double tidy(double x) {
  return std::stod(fmt::format("{:.13g}", x));
}

bool isNumeric(const KeyForm& form) {
  return form.kind == Kind::integer || form.kind == Kind::number || form.kind == Kind::quantity;
}

class AxisReader {
 public:
  AxisReader(const Reader& reader, const toml::table& table) : reader_(reader), table_(table) {
    axis_.place = reader.at(table.source());
  }

  SweepAxis read() {
    reader_.allowOnly(table_, {"key", "keys", "values", "range", "log_range", "when"}, "axis");
    readKeys();
    const int ways = static_cast<int>(table_.contains("values")) + static_cast<int>(table_.contains("range")) +
                     static_cast<int>(table_.contains("log_range"));
    if (ways != 1)
      throw BadInput("{}: axis {}: must have one of values, range, log_range", axis_.place, axis_.keys.front());
    if (const toml::node* values = table_.get("values")) {
      readValues(*values);
    } else {
      axis_.logarithmic = table_.contains("log_range");
      const char* name = axis_.logarithmic ? "log_range" : "range";
      readRange(reader_.table(*table_.get(name), name));
    }
    if (const toml::node* when = table_.get("when")) readWhen(reader_.table(*when, "when"));
    return std::move(axis_);
  }

 private:
  void readKeys() {
    if (table_.contains("key") == table_.contains("keys"))
      throw BadInput("{}: axis: must have key, or keys that change together", axis_.place);
    if (const toml::node* keys = table_.get("keys")) {
      axis_.keys = reader_.texts(*keys, "axis.keys");
    } else {
      axis_.keys = {reader_.needText(table_, "axis", "key")};
    }
    const toml::node& node = *table_.get(table_.contains("key") ? "key" : "keys");
    for (const std::string& key : axis_.keys) forms_.push_back(reader_.form(key, node.source()));
  }

  void readValues(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty())
      throw BadInput("{}: axis {}: values = {}: must be a list of at least one value", reader_.at(node.source()),
                     axis_.keys.front(), hardware::shownAs(node));
    for (const toml::node& item : *list) addChoice(item);
  }

  /// A value of every key: a list of theirs, or one for all.
  void addChoice(const toml::node& item) {
    const toml::array* each = axis_.keys.size() > 1 ? item.as_array() : nullptr;
    if (each != nullptr && each->size() != axis_.keys.size())
      throw BadInput("{}: axis {}: {}: must be a value for each of the {} keys, or one for all",
                     reader_.at(item.source()), axis_.keys.front(), hardware::shownAs(item), axis_.keys.size());
    std::vector<std::string> choice;
    for (std::size_t k = 0; k < axis_.keys.size(); ++k)
      choice.push_back(reader_.setting(axis_.keys[k], each != nullptr ? (*each)[k] : item));
    if (std::find(axis_.choices.begin(), axis_.choices.end(), choice) != axis_.choices.end())
      throw BadInput("{}: axis {}: {} is there twice", reader_.at(item.source()), axis_.keys.front(),
                     hardware::shownAs(item));
    axis_.choices.push_back(std::move(choice));
  }

  double bound(const toml::table& range, const char* name) const {
    const toml::node* node = range.get(name);
    if (node == nullptr)
      throw BadInput("{}: axis {}: range.{} is missing", reader_.at(range.source()), axis_.keys.front(), name);
    return numberOf(forms_.front(), name, *node);
  }

  /// @throws BadInput unless the key could have this value
  double numberOf(const KeyForm& form, const std::string& name, const toml::node& node) const {
    try {
      const Value value = form.check(hardware::valueOf(node));
      return std::holds_alternative<double>(value) ? std::get<double>(value)
                                                   : static_cast<double>(std::get<std::int64_t>(value));
    } catch (const BadInput& e) {
      throw BadInput("{}: axis {}: {} = {}: {}", reader_.at(node.source()), form.path(), name,
                     hardware::shownAs(node), e.what());
    }
  }

  void readRange(const toml::table& range) {
    const std::string place = reader_.at(range.source());
    for (const KeyForm& form : forms_) {
      if (!isNumeric(form)) throw BadInput("{}: axis {}: a range needs a key of numbers", place, form.path());
    }
    reader_.allowOnly(range, axis_.logarithmic ? std::vector<std::string>{"from", "to", "count"}
                                               : std::vector<std::string>{"from", "to", "step", "count"},
                      axis_.logarithmic ? "log_range" : "range");
    axis_.low = bound(range, "from");
    axis_.high = bound(range, "to");
    if (axis_.low > axis_.high)
      throw BadInput("{}: axis {}: an empty range: from must not be above to", place, axis_.keys.front());
    if (axis_.logarithmic && !(axis_.low > 0.0))
      throw BadInput("{}: axis {}: log_range.from must be above 0", place, axis_.keys.front());
    if (range.contains("step") && range.contains("count"))
      throw BadInput("{}: axis {}: must have step or count, not both", place, axis_.keys.front());
    if (const toml::node* count = range.get("count")) {
      spread(static_cast<int>(reader_.whole(*count, "count", 1, kMostChoices)));
    } else if (const toml::node* step = range.get("step")) {
      stepThrough(stepOf(*step), place);
    }
  }

  /// A step has the key's unit, not its range.
  double stepOf(const toml::node& node) const {
    KeyForm form = forms_.front();
    form.low = 0.0;
    const double step = numberOf(form, "step", node);
    if (step > 0.0) return step;
    throw BadInput("{}: axis {}: step = {}: must be above 0", reader_.at(node.source()), axis_.keys.front(),
                   hardware::shownAs(node));
  }

  void stepThrough(double step, const std::string& place) {
    const double last = std::floor((axis_.high - axis_.low) / step * (1.0 + 1e-12));
    if (last >= kMostChoices)
      throw BadInput("{}: axis {}: {:.0f} steps: must be at most {}", place, axis_.keys.front(), last, kMostChoices);
    for (int i = 0; i <= static_cast<int>(last); ++i) addNumber(axis_.low + step * i);
  }

  void spread(int count) {
    for (int i = 0; i < count; ++i) {
      const double t = count == 1 ? 0.0 : static_cast<double>(i) / (count - 1);
      addNumber(axisNumber(axis_, t));
    }
  }

  void addNumber(double x) {
    std::vector<std::string> choice;
    for (const KeyForm& form : forms_) choice.push_back(numberText(form, tidy(x)));
    // Whole numbers of a fine range round to the same one.
    if (axis_.choices.empty() || axis_.choices.back() != choice) axis_.choices.push_back(std::move(choice));
  }

  void readWhen(const toml::table& when) {
    readConditions(when, "");
  }

  /// Dotted keys are nested tables: when = { adc.range = "fixed" }.
  void readConditions(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (const toml::table* inner = node.as_table()) {
        readConditions(*inner, key + ".");
        continue;
      }
      reader_.form(key, name.source());
      SweepCondition condition{key, {}};
      const toml::array* list = node.as_array();
      if (list == nullptr) condition.values.push_back(reader_.setting(key, node));
      for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
        condition.values.push_back(reader_.setting(key, (*list)[i]));
      if (condition.values.empty())
        throw BadInput("{}: when.{} = []: must hold at least one value", reader_.at(node.source()), key);
      axis_.when.push_back(std::move(condition));
    }
  }

  const Reader& reader_;
  const toml::table& table_;
  SweepAxis axis_;
  std::vector<KeyForm> forms_;
};

/// Keys of the axes that stand before, and under other conditions beside, an axis.
void checkConditions(const SweepFile& sweep, std::size_t a) {
  for (const SweepCondition& condition : sweep.axes[a].when) {
    const auto sets = [&](std::size_t other) {
      const auto& keys = sweep.axes[other].keys;
      return std::find(keys.begin(), keys.end(), condition.key) != keys.end();
    };
    bool before = false, behind = false;
    for (std::size_t other = 0; other < sweep.axes.size(); ++other) {
      if (sets(other)) (other < a ? before : behind) = true;
    }
    if (behind && !before)
      throw BadInput("{}: axis {}: when.{}: the axis of {} must stand before this one", sweep.axes[a].place,
                     sweep.axes[a].keys.front(), condition.key, condition.key);
  }
}

}  // namespace

SweepAxis readAxis(const Reader& reader, const toml::table& table) {
  return AxisReader(reader, table).read();
}

void checkAxes(const SweepFile& sweep) {
  std::map<std::string, const SweepAxis*> seen;
  for (std::size_t a = 0; a < sweep.axes.size(); ++a) {
    const SweepAxis& axis = sweep.axes[a];
    checkConditions(sweep, a);
    if (axis.continuous() && sweep.method == "grid")
      throw BadInput("{}: axis {}: a grid needs a range with step or count, or values", axis.place,
                     axis.keys.front());
    for (const std::string& key : axis.keys) {
      const auto [other, fresh] = seen.emplace(key, &axis);
      if (!fresh && (axis.when.empty() || other->second->when.empty()))
        throw BadInput("{}: axis {}: the axis of {} has the same key: needs a condition on each (when)", axis.place,
                       key, other->second->place);
    }
  }
}

}  // namespace crosstile::sweep

namespace crosstile {

double axisNumber(const SweepAxis& axis, double fraction) {
  if (!axis.logarithmic) return axis.low + (axis.high - axis.low) * fraction;
  if (fraction == 1.0) return axis.high;  // exp(log(x)) needn't be x
  return fraction == 0.0 ? axis.low : axis.low * std::exp(std::log(axis.high / axis.low) * fraction);
}

std::string numberText(const hardware::KeyForm& form, double x) {
  const double inside = std::clamp(x, form.low, form.high);
  return settingText(form, form.kind == hardware::Kind::integer
                               ? hardware::Value(static_cast<std::int64_t>(std::llround(inside)))
                               : hardware::Value(inside));
}

}  // namespace crosstile
