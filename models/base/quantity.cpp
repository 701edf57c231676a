// SPDX-License-Identifier: Apache-2.0
#include "models/base/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "models/base/error.h"

namespace crosstile {
namespace {

struct Prefix {
  std::string_view symbol;
  double factor;
};
constexpr std::array<Prefix, 10> kPrefixes{{{"f", 1e-15},
                                            {"p", 1e-12},
                                            {"n", 1e-9},
                                            {"u", 1e-6},
                                            {"m", 1e-3},
                                            {"", 1.0},
                                            {"k", 1e3},
                                            {"M", 1e6},
                                            {"G", 1e9},
                                            {"T", 1e12}}};

/// The factor to SI of a unit as written, or 0 when it isn't one of `unit`. A prefix on "m2" is squared.
double factorOf(std::string_view written, Unit unit) {
  if (unit == Unit::second) {
    if (written == "min") return 60.0;
    if (written == "h") return 3600.0;
    if (written == "d") return 86400.0;
    if (written == "y") return 31557600.0;  // Julian: 365.25 d
  }
  if (unit == Unit::byte) {
    if (written == "KiB") return 1024.0;
    if (written == "MiB") return 1048576.0;
  }
  const std::string_view s = symbol(unit);
  for (const Prefix& p : kPrefixes) {
    if (written.size() != p.symbol.size() + s.size()) continue;
    if (written.substr(0, p.symbol.size()) != p.symbol || written.substr(p.symbol.size()) != s) continue;
    return unit == Unit::squareMetre ? p.factor * p.factor : p.factor;
  }
  return 0.0;
}

std::string_view example(Unit unit) {
  switch (unit) {
    case Unit::second:
      return "100 ns";
    case Unit::volt:
      return "0.2 V";
    case Unit::ampere:
      return "1 uA";
    case Unit::ohm:
      return "100 kohm";
    case Unit::siemens:
      return "10 uS";
    case Unit::joule:
      return "1.6 pJ";
    case Unit::watt:
      return "2 mW";
    case Unit::squareMetre:
      return "0.372 mm2";
    case Unit::hertz:
      return "1.28 GHz";
    case Unit::kelvin:
      return "300 K";
    case Unit::farad:
      return "10 fF";
    case Unit::byte:
      return "64 KiB";
  }
  return "";
}

}  // namespace

std::string_view symbol(Unit unit) {
  switch (unit) {
    case Unit::second:
      return "s";
    case Unit::volt:
      return "V";
    case Unit::ampere:
      return "A";
    case Unit::ohm:
      return "ohm";
    case Unit::siemens:
      return "S";
    case Unit::joule:
      return "J";
    case Unit::watt:
      return "W";
    case Unit::squareMetre:
      return "m2";
    case Unit::hertz:
      return "Hz";
    case Unit::kelvin:
      return "K";
    case Unit::farad:
      return "F";
    case Unit::byte:
      return "B";
  }
  return "";
}

double parseQuantity(std::string_view text, Unit unit) {
  double number = 0.0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  std::string_view written(rest, static_cast<std::size_t>(end - rest));
  while (!written.empty() && written.front() == ' ') written.remove_prefix(1);
  while (!written.empty() && written.back() == ' ') written.remove_suffix(1);
  const double factor = failure == std::errc() ? factorOf(written, unit) : 0.0;
  if (factor == 0.0 || !std::isfinite(number)) {
    throw BadInput("\"{}\": must be a number with a unit of {}, such as \"{}\"", text, symbol(unit),
                   example(unit));
  }
  // Dividing by the inverse keeps decimal values exact: 100 ns is 100/1e9, the double nearest to 1e-7.
  return factor < 1.0 ? number / std::round(1.0 / factor) : number * factor;
}

std::string formatQuantity(double value, Unit unit, int digits) {
  if (unit == Unit::squareMetre) return fmt::format("{:.{}g} mm2", value * 1e6, digits);
  if (value == 0.0 || !std::isfinite(value)) return fmt::format("{} {}", value, symbol(unit));
  const double magnitude = std::abs(value);
  const Prefix* best = &kPrefixes.front();
  for (const Prefix& p : kPrefixes) {
    if (magnitude >= p.factor * (1.0 - 1e-12)) best = &p;
  }
  return fmt::format("{:.{}g} {}{}", value / best->factor, digits, best->symbol, symbol(unit));
}

}  // namespace crosstile
