// SPDX-License-Identifier: Apache-2.0
#include "models/base/error.h"
#include "tests/cosim/rtl/core_equality.h"

namespace crosstile::testing {
namespace {

TEST(RtlCore, RandomMvmsHaveTheSumsAndTheCyclesOfTheFormulas) {
  CoreDifferences d;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) runRandomCore(seed, 12, rtlCoreBackends(), d);
  EXPECT_EQ(d.mvms, 480U);
  EXPECT_GT(d.overlapping, 100U);  // started before the one ahead was ready
  EXPECT_EQ(d.values, 0U);
  EXPECT_EQ(d.cycles, 0U);
}

TEST(RtlCore, SaysWhatTheRtlIsntMadeFor) {
  CoreTiming timing{1000, 100000, 100, 8, 1, 1};
  try {
    rtlCoreBackends()("core", timing);
    FAIL();
  } catch (const BadInput& e) {
    EXPECT_STREQ(e.what(), "conversions of an ADC in a clock period = 10: the RTL of the core's back end is made for 0 to 4");
  }
}

TEST(RtlCore, AResetForgetsWhatIsUnderWay) {
  const CoreTiming timing{1000, 10000, 1000, 2, 1, 1};
  const auto backend = rtlCoreBackends()("core", timing);
  const CoreCodes codes{{{0, 1, false}}, 4, {1, 2, 3, 4}};
  std::vector<std::int64_t> sums(4);
  // 5 + 1 (DAC) + 10 (read) + 2 (conversions) + 1
  EXPECT_EQ(backend->run(5000, codes, sums.data()).outputReady, 19000U);
  backend->reset();
  // The arrays are free at once: 7 + 14.
  EXPECT_EQ(backend->run(7000, codes, sums.data()).outputReady, 21000U);
  EXPECT_EQ(sums, (std::vector<std::int64_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace crosstile::testing
