// SPDX-License-Identifier: Apache-2.0
#include "models/base/quantity.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "models/base/aligned.h"
#include "models/base/error.h"

namespace crosstile {
namespace {

TEST(Quantity, ParsesNumbersPrefixesAndUnitsExactly) {
  struct Row {
    const char* text;
    Unit unit;
    double value;
  };
  for (const Row& r : {Row{"100 ns", Unit::second, 1e-7}, Row{"775ps", Unit::second, 775e-12},
                       Row{"30 d", Unit::second, 30 * 86400.0}, Row{"2y", Unit::second, 730.5 * 86400.0},
                       Row{"2 min", Unit::second, 120.0}, Row{"1.5kohm", Unit::ohm, 1500.0},
                       Row{"0.372 mm2", Unit::squareMetre, 0.372e-6},
                       Row{"361 um2", Unit::squareMetre, 361e-12}, Row{"64 KiB", Unit::byte, 65536.0},
                       Row{"3 kB", Unit::byte, 3000.0}, Row{"1.28 GHz", Unit::hertz, 1.28e9},
                       Row{"-0.2 V", Unit::volt, -0.2}, Row{"1e-6 S", Unit::siemens, 1e-6},
                       Row{"20 mS", Unit::siemens, 0.02}, Row{"300 K", Unit::kelvin, 300.0}}) {
    EXPECT_DOUBLE_EQ(parseQuantity(r.text, r.unit), r.value) << r.text;
  }
  EXPECT_EQ(parseQuantity("100 ns", Unit::second), 1e-7);  // the nearest double, not one beside it
}

TEST(Quantity, WhatIsWrongIsSaidWithAnExample) {
  for (const char* text :
       {"", "ns", "100", "100 nV", "ten ns", "1 ns ns", "inf s", "nan s", "1e999 s", "5 m"}) {
    try {
      parseQuantity(text, Unit::second);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const BadInput& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("\"" + std::string(text) + "\""), std::string::npos) << message;
      EXPECT_NE(message.find("100 ns"), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
}

TEST(Quantity, FormatsWithAPrefixThatParsesBack) {
  EXPECT_EQ(formatQuantity(1e-7, Unit::second), "100 ns");
  EXPECT_EQ(formatQuantity(65.8, Unit::watt), "65.8 W");
  EXPECT_EQ(formatQuantity(0.0, Unit::joule), "0 J");
  EXPECT_EQ(formatQuantity(0.372e-6, Unit::squareMetre), "0.372 mm2");
  for (const Unit unit :
       {Unit::second, Unit::ohm, Unit::siemens, Unit::joule, Unit::hertz, Unit::squareMetre}) {
    for (double value = 1.2345e-14; value < 1e13; value *= 7.3) {
      if (unit == Unit::squareMetre && value < 1e-12) continue;
      EXPECT_NEAR(parseQuantity(formatQuantity(value, unit, 6), unit) / value, 1.0, 1e-5) << value;
    }
  }
}

TEST(Quantity, KeepsItsUnitAndArithmetic) {
  constexpr Seconds period{775e-12};
  static_assert(Seconds::unit == Unit::second);
  EXPECT_EQ(period * 4.0 / period, 4.0);
  EXPECT_TRUE(period + period > period && period - period == Seconds{0.0});
}

TEST(AlignedVector, StartsOnACacheLine) {
  for (std::size_t n = 1; n < 200; n += 13) {
    const AlignedVector<float> v(n);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(v.data()) % kSimdAlignment, 0U);
  }
  EXPECT_EQ(paddedFloats(0), 0U);
  EXPECT_EQ(paddedFloats(1), 16U);
  EXPECT_EQ(paddedFloats(144), 144U);
}

}  // namespace
}  // namespace crosstile
