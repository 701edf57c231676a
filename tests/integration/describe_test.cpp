// SPDX-License-Identifier: Apache-2.0
// `crosstile describe` from outside: settling time against the read time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

namespace crosstile::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Outcome describe(const Arguments& more) {
  Outcome outcome = runProgram(Arguments{"describe", "--hardware", "isaac"} + more);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome;
}

TEST(Describe, WarnsWhenTheLinesSettleLaterThanTheRead) {
  EXPECT_THAT(describe({}).out, AllOf(HasSubstr("\nsettling  "), Not(HasSubstr("warning"))));
  const Arguments slow{"--set", "array.r_source=1kohm", "--set", "array.c_segment=1pF"};
  EXPECT_THAT(describe(slow).out, AllOf(HasSubstr("\nsettling  "), HasSubstr("\nwarning   "),
                                        HasSubstr("array.read_time is 100 ns")));
  EXPECT_THAT(describe(slow + Arguments{"--set", "array.read_time=1us"}).out, Not(HasSubstr("warning")));
}

TEST(Describe, SaysNothingWithoutCapacitance) {
  const Arguments none{"--set", "array.c_segment=0", "--set", "array.c_cell=0"};
  EXPECT_THAT(describe(none).out, Not(HasSubstr("settling")));
  const Outcome json = runProgram(Arguments{"--json", "describe", "--hardware", "isaac"} + none);
  EXPECT_FALSE(nlohmann::json::parse(json.out).at("array").contains("settling"));
}

}  // namespace
}  // namespace crosstile::test
