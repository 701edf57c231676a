// SPDX-License-Identifier: Apache-2.0
// Keys of a TOML file that describes something: what each accepts, and sections of keys bound to the members
// of a struct.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "models/base/quantity.h"

namespace crosstile::hardware {

/// A value as it stands in a file: nothing usable (a date, a table, ...), flag, integer, number, text,
/// numbers.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<double>>;

enum class Kind { flag, integer, number, text, quantity, list };

/// What a key accepts, whatever it sets. Quantities are text with a unit in files and SI numbers here.
struct KeyForm {
  std::string section;  ///< empty for keys at the top of the file
  std::string name;
  Kind kind = Kind::number;
  std::string doc;
  Unit unit = Unit::second;          ///< of a quantity
  std::string counts;                ///< what an integer or number counts: "bits", "cycles"; may be empty
  double low = 0.0;                  ///< least allowed number
  double high = 0.0;                 ///< largest allowed number
  std::vector<std::string> choices;  ///< allowed texts; empty: any
  std::size_t length = 0;            ///< of a list; 0: any
  bool alias = false;                ///< another way to state a key; read, never written

  std::string path() const { return section.empty() ? name : section + "." + name; }
  /// What is allowed, as the end of "must be ...": "an integer from 1 to 16 (bits)".
  std::string allowed() const;
  /// The value in the form that `set` takes. @throws BadInput "must be ..." when it isn't allowed
  Value check(const Value& written) const;
  /// The value as TOML: 8, true, "100 ns", [0.1, 0.2]. Reads back to exactly the same value.
  std::string print(const Value& value) const;
};

/// A key of a description of type `Target`.
template <typename Target>
struct KeyOf : KeyForm {
  std::function<Value(const Target&)> get;
  std::function<void(Target&, const Value&)> set;  ///< the value is one that check() returned
};

/// Adds the keys of one section, each bound to a member of a `T` inside a `Target`.
template <typename T, typename Target>
class SectionOf {
 public:
  using Key = KeyOf<Target>;
  using Get = std::function<T&(Target&)>;
  SectionOf(std::vector<Key>& keys, std::string name, Get get)
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
    key.get = [get = get_, member](const Target& h) { return Value((get(writable(h)).*member).value); };
    key.set = [get = get_, member](Target& h, const Value& v) {
      get(h).*member = Quantity<U>{std::get<double>(v)};
    };
    return key;
  }
  template <std::size_t N>
  Key& list(const char* name, std::array<double, N> T::*member, const char* doc) {
    Key& key = start(name, Kind::list, doc);
    key.length = N;
    key.get = [get = get_, member](const Target& h) {
      const auto& from = get(writable(h)).*member;
      return Value(std::vector<double>(from.begin(), from.end()));
    };
    key.set = [get = get_, member](Target& h, const Value& v) {
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
  /// Accessors find members in a Target that they may change; reading through one changes nothing.
  static Target& writable(const Target& h) { return const_cast<Target&>(h); }

  template <typename M>
  Key& add(const char* name, Kind kind, M T::*member, const char* doc) {
    using Stored = std::conditional_t<std::is_same_v<M, int>, std::int64_t, M>;
    Key& key = start(name, kind, doc);
    key.get = [get = get_, member](const Target& h) { return Value(Stored(get(writable(h)).*member)); };
    key.set = [get = get_, member](Target& h, const Value& v) {
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

}  // namespace crosstile::hardware
