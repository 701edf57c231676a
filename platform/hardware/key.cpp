// SPDX-License-Identifier: Apache-2.0
// What a key accepts, how it says so, and how its value is printed.
#include "platform/hardware/key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/base/error.h"

namespace crosstile::hardware {
namespace {

bool whole(double x) {
  return x == std::floor(x) && std::abs(x) < 1e15;
}

std::string plain(double x) {
  return whole(x) ? fmt::format("{:.0f}", x) : fmt::format("{:g}", x);
}

/// `value` under one prefix when `digits` digits and a number from `low` to `high` read back to it; else
/// empty.
std::string underPrefix(double value, Unit unit, const char* prefix, int exponent, int digits, double low,
                        double high) {
  const double scale = std::pow(10.0, std::abs(exponent));
  const double scaled = exponent < 0 ? value * scale : value / scale;
  if (std::abs(scaled) < low || std::abs(scaled) >= high) return {};
  const double rounded = std::stod(fmt::format("{:.{}g}", scaled, digits));
  const std::string text = fmt::format("{} {}{}", rounded, prefix, symbol(unit));
  return parseQuantity(text, unit) == value ? text : std::string();
}

/// `value` with a unit, in as few digits as read back to the same double, with a number from 1 to 1000 if
/// possible.
std::string exactQuantity(double value, Unit unit) {
  if (value == 0.0) return fmt::format("0 {}", symbol(unit));
  if (unit == Unit::byte && value >= 1024.0 && std::fmod(value, 1024.0) == 0.0 && value < 1e15) {
    return fmt::format("{:.0f} KiB", value / 1024.0);
  }
  static constexpr std::array<std::pair<const char*, int>, 9> kPrefixes{
      {{"", 0}, {"m", -3}, {"u", -6}, {"n", -9}, {"p", -12}, {"f", -15}, {"k", 3}, {"M", 6}, {"G", 9}}};
  const int power = unit == Unit::squareMetre ? 2 : 1;
  static constexpr std::array<std::pair<double, double>, 2> kRanges{{{1.0, 1e3}, {1e-4, 1e5}}};
  for (int digits = 1; digits <= 17; ++digits) {
    for (const auto& [low, high] : kRanges) {
      for (const auto& [prefix, exponent] : kPrefixes) {
        const std::string text = underPrefix(value, unit, prefix, exponent * power, digits, low, high);
        if (!text.empty()) return text;
      }
    }
  }
  return fmt::format("{} {}", value, symbol(unit));
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// A TOML number: always with a point or an exponent, so that it stays a float.
std::string tomlNumber(double x) {
  std::string text = fmt::format("{}", x);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

/// "an integer from 1 to 16", "a number at least 0", ...
std::string range(const std::string& what, double low, double high) {
  return fmt::format("{} from {} to {}", what, plain(low), plain(high));
}

/// The unit's own explanation, taken from the quantity reader: 'a number with a unit of ohm, such as "100
/// kohm"'.
std::string unitExample(Unit unit) {
  try {
    parseQuantity("", unit);
  } catch (const BadInput& e) {
    const std::string text = e.what();
    const auto at = text.find("must be ");
    if (at != std::string::npos) return text.substr(at + 8);
  }
  return fmt::format("a number with a unit of {}", symbol(unit));
}

double numberOf(const Value& written) {
  if (const auto* i = std::get_if<std::int64_t>(&written)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&written)) return *d;
  return std::nan("");
}

double quantityOf(const KeyForm& key, const Value& written) {
  double value = std::nan("");
  if (const auto* text = std::get_if<std::string>(&written)) {
    try {
      value = parseQuantity(*text, key.unit);
    } catch (const BadInput&) {
      throw BadInput("must be {}", unitExample(key.unit));
    }
  } else if (numberOf(written) == 0.0) {
    value = 0.0;  // nothing is nothing in any unit
  } else {
    throw BadInput("must be {}", unitExample(key.unit));
  }
  if (!(value >= key.low && value <= key.high)) throw BadInput("must be {}", key.allowed());
  return value;
}

}  // namespace

std::string KeyForm::allowed() const {
  const std::string suffix = counts.empty() ? "" : " (" + counts + ")";
  switch (kind) {
    case Kind::flag:
      return "true or false";
    case Kind::integer:
      return range("an integer", low, high) + suffix;
    case Kind::number:
      return range("a number", low, high) + suffix;
    case Kind::text:
      return choices.empty() ? "text" : fmt::format("one of {}", fmt::join(choices, ", "));
    case Kind::quantity:
      return fmt::format("from {} to {}", exactQuantity(low, unit), exactQuantity(high, unit));
    case Kind::list:
      return length == 0 ? "a list of numbers" : fmt::format("a list of {} numbers", length);
  }
  return "";
}

Value KeyForm::check(const Value& written) const {
  const auto require = [this](bool fine) {
    if (!fine) throw BadInput("must be {}", allowed());
  };
  switch (kind) {
    case Kind::flag:
      require(std::holds_alternative<bool>(written));
      return written;
    case Kind::integer: {
      const auto* i = std::get_if<std::int64_t>(&written);
      require(i && static_cast<double>(*i) >= low && static_cast<double>(*i) <= high);
      return written;
    }
    case Kind::number: {
      const double x = numberOf(written);
      require(x >= low && x <= high);  // false for NaN
      return x;
    }
    case Kind::text: {
      const auto* text = std::get_if<std::string>(&written);
      require(text && (choices.empty() || std::find(choices.begin(), choices.end(), *text) != choices.end()));
      return written;
    }
    case Kind::quantity:
      return quantityOf(*this, written);
    case Kind::list: {
      const auto* list = std::get_if<std::vector<double>>(&written);
      require(list && (length == 0 || list->size() == length) &&
              std::all_of(list->begin(), list->end(), [](double x) { return std::isfinite(x); }));
      return written;
    }
  }
  return written;
}

std::string KeyForm::print(const Value& value) const {
  switch (kind) {
    case Kind::flag:
      return std::get<bool>(value) ? "true" : "false";
    case Kind::integer:
      return fmt::format("{}", std::get<std::int64_t>(value));
    case Kind::number:
      return tomlNumber(std::get<double>(value));
    case Kind::text:
      return quoted(std::get<std::string>(value));
    case Kind::quantity:
      return quoted(exactQuantity(std::get<double>(value), unit));
    case Kind::list: {
      std::vector<std::string> items;
      for (const double x : std::get<std::vector<double>>(value)) items.push_back(tomlNumber(x));
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
  }
  return "";
}

}  // namespace crosstile::hardware
