// SPDX-License-Identifier: Apache-2.0
// The keys of a hardware file: one table that drives reading, writing, error messages, --set and
// docs/hardware.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "platform/hardware/hardware.h"

namespace crosstile::hardware {

/// A value as it stands in a file: nothing usable (a date, a table, ...), flag, integer, number, text,
/// numbers.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<double>>;

enum class Kind { flag, integer, number, text, quantity, list };

/// One key. Quantities are text with a unit in files and SI numbers here.
struct Key {
  std::string section;  ///< empty for keys at the top of the file
  std::string name;
  Kind kind = Kind::number;
  std::string doc;
  Unit unit = Unit::second;          ///< of a quantity
  std::string counts;                ///< what an integer or number counts: "bits", "cycles"; may be empty
  double low = 0.0;                  ///< least allowed number
  double high = 0.0;                 ///< largest allowed number
  std::vector<std::string> choices;  ///< allowed texts; empty: any
  std::size_t length = 0;            ///< of a list
  bool alias = false;                ///< another way to state a key; read, never written
  std::function<Value(const Hardware&)> get;
  std::function<void(Hardware&, const Value&)> set;  ///< the value is one that check() returned

  std::string path() const { return section.empty() ? name : section + "." + name; }
  /// What is allowed, as the end of "must be ...": "an integer from 1 to 16 (bits)".
  std::string allowed() const;
  /// The value in the form that `set` takes. @throws BadInput "must be ..." when it isn't allowed
  Value check(const Value& written) const;
  /// The value as TOML: 8, true, "100 ns", [0.1, 0.2]. Reads back to exactly the same value.
  std::string print(const Value& value) const;
};

/// All keys in the order in which they are written; parts of the cost table apart (partKeys()).
const std::vector<Key>& hardwareKeys();
/// Section [cost.part.NAME]; setting one of its keys makes the part.
std::vector<Key> partKeys(const std::string& part);
inline const std::string kPartPrefix = "cost.part.";
/// Sections in order, with one line on what each describes.
const std::vector<std::pair<std::string, std::string>>& hardwareSections();

/// Checks what no single key can: relations between keys. `where(path)` names the place that set a key
/// ("isaac.toml:17: array.rows"). @throws BadInput
void checkRelations(const Hardware& hardware,
                    const std::function<std::string(const std::string& path)>& where);

/// Source text of a preset, or nullptr; names of all.
const char* presetText(const std::string& name);

/// Adds the keys of one section, each bound to a member of a `T` inside Hardware.
template <typename T>
class Section {
 public:
  using Get = std::function<T&(Hardware&)>;
  Section(std::vector<Key>& keys, std::string name, Get get)
      : keys_(keys), name_(std::move(name)), get_(std::move(get)) {}

  Key& flag(const char* name, bool T::*member, const char* doc) { return add(name, Kind::flag, member, doc); }
  Key& integer(const char* name, int T::*member, int low, int high, const char* counts, const char* doc) {
    return bounded(add(name, Kind::integer, member, doc), low, high, counts);
  }
  Key& number(const char* name, double T::*member, double low, double high, const char* counts,
              const char* doc) {
    return bounded(add(name, Kind::number, member, doc), low, high, counts);
  }
  Key& text(const char* name, std::string T::*member, std::vector<std::string> choices, const char* doc) {
    Key& key = add(name, Kind::text, member, doc);
    key.choices = std::move(choices);
    return key;
  }
  template <Unit U>
  Key& quantity(const char* name, Quantity<U> T::*member, double low, double high, const char* doc) {
    Key& key = bounded(start(name, Kind::quantity, doc), low, high, "");
    key.unit = U;
    key.get = [get = get_, member](const Hardware& h) { return Value((get(writable(h)).*member).value); };
    key.set = [get = get_, member](Hardware& h, const Value& v) {
      get(h).*member = Quantity<U>{std::get<double>(v)};
    };
    return key;
  }
  template <std::size_t N>
  Key& list(const char* name, std::array<double, N> T::*member, const char* doc) {
    Key& key = start(name, Kind::list, doc);
    key.length = N;
    key.get = [get = get_, member](const Hardware& h) {
      const auto& from = get(writable(h)).*member;
      return Value(std::vector<double>(from.begin(), from.end()));
    };
    key.set = [get = get_, member](Hardware& h, const Value& v) {
      const auto& from = std::get<std::vector<double>>(v);
      std::copy(from.begin(), from.end(), (get(h).*member).begin());
    };
    return key;
  }
  Key& start(const char* name, Kind kind, const char* doc) {
    keys_.emplace_back();
    Key& key = keys_.back();
    key.section = name_;
    key.name = name;
    key.kind = kind;
    key.doc = doc;
    return key;
  }
  const Get& get() const { return get_; }

 private:
  /// Accessors find members in a Hardware that they may change; reading through one changes nothing.
  static Hardware& writable(const Hardware& h) { return const_cast<Hardware&>(h); }

  template <typename M>
  Key& add(const char* name, Kind kind, M T::*member, const char* doc) {
    using Stored = std::conditional_t<std::is_same_v<M, int>, std::int64_t, M>;
    Key& key = start(name, kind, doc);
    key.get = [get = get_, member](const Hardware& h) { return Value(Stored(get(writable(h)).*member)); };
    key.set = [get = get_, member](Hardware& h, const Value& v) {
      get(h).*member = static_cast<M>(std::get<Stored>(v));
    };
    return key;
  }
  static Key& bounded(Key& key, double low, double high, const char* counts) {
    key.low = low;
    key.high = high;
    key.counts = counts;
    return key;
  }

  std::vector<Key>& keys_;
  std::string name_;
  Get get_;
};

void addMachineKeys(
    std::vector<Key>& keys);  // chip, tile, core, clock, buffer, bus, digital, router, link, host
void addArrayKeys(std::vector<Key>& keys);      // array, device, access, nonideality
void addConverterKeys(std::vector<Key>& keys);  // dac, sample_hold, adc, encoding
void addCostKeys(std::vector<Key>& keys);       // cost, cost.COMPONENT

}  // namespace crosstile::hardware
