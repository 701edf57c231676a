// SPDX-License-Identifier: Apache-2.0
// Physical quantities: a double in SI units whose type says which quantity it is. `Seconds t{100e-9};
// t.value`.
#pragma once

#include <string>
#include <string_view>

namespace crosstile {

/// What a quantity is measured in: the unit's symbol as written in hardware files ("s", "ohm", ...).
enum class Unit { second, volt, ampere, ohm, siemens, joule, watt, squareMetre, hertz, kelvin, farad, byte };

/// A value of the given unit, in SI (areas in square metre). Compares and scales as its value.
template <Unit U>
struct Quantity {
  double value = 0.0;
  static constexpr Unit unit = U;

  constexpr Quantity() = default;
  constexpr explicit Quantity(double v) : value(v) {}
  constexpr Quantity operator+(Quantity o) const { return Quantity{value + o.value}; }
  constexpr Quantity operator-(Quantity o) const { return Quantity{value - o.value}; }
  constexpr Quantity operator*(double f) const { return Quantity{value * f}; }
  constexpr double operator/(Quantity o) const { return value / o.value; }
  constexpr bool operator==(Quantity o) const { return value == o.value; }
  constexpr bool operator!=(Quantity o) const { return value != o.value; }
  constexpr bool operator<(Quantity o) const { return value < o.value; }
  constexpr bool operator>(Quantity o) const { return value > o.value; }
};

using Seconds = Quantity<Unit::second>;
using Volts = Quantity<Unit::volt>;
using Amperes = Quantity<Unit::ampere>;
using Ohms = Quantity<Unit::ohm>;
using Siemens = Quantity<Unit::siemens>;
using Joules = Quantity<Unit::joule>;
using Watts = Quantity<Unit::watt>;
using SquareMetres = Quantity<Unit::squareMetre>;
using Hertz = Quantity<Unit::hertz>;
using Kelvin = Quantity<Unit::kelvin>;
using Farads = Quantity<Unit::farad>;
using Bytes = Quantity<Unit::byte>;

/// The symbol of a unit, as accepted and printed: "s", "V", "A", "ohm", "S", "J", "W", "m2", "Hz", "K", "F",
/// "B".
std::string_view symbol(Unit unit);

/// Reads "100 ns", "1.5kohm", "0.372 mm2", "64 KiB" (a number, an SI prefix f p n u m k M G T, the unit's
/// symbol). Seconds also take "min", "h", "d", "y" (365.25 d); bytes take KiB and MiB.
/// @return the value in SI  @throws BadInput naming what was found and an example of what is allowed
double parseQuantity(std::string_view text, Unit unit);

/// Prints with an SI prefix and `digits` significant digits: 1e-7 s -> "100 ns". Parses back to the same
/// value within the digits shown.
std::string formatQuantity(double value, Unit unit, int digits = 4);

}  // namespace crosstile
