// SPDX-License-Identifier: Apache-2.0
// The long form of the equality tests: 10,000 MVMs and 1,000,000 flits.
#include "tests/cosim/rtl/core_equality.h"
#include "tests/cosim/rtl/mesh_equality.h"

namespace crosstile::testing {
namespace {

TEST(RtlCoreLong, TenThousandRandomMvms) {
  CoreDifferences d;
  for (std::uint32_t seed = 1000; d.mvms < 10'000; ++seed) runRandomCore(seed, 25, rtlCoreBackends(), d);
  EXPECT_GT(d.overlapping, 2000U);
  EXPECT_EQ(d.values, 0U);
  EXPECT_EQ(d.cycles, 0U);
  std::cout << d.mvms << " MVMs, " << d.overlapping << " started before the one ahead was ready: " << d.values
            << " with other sums, " << d.cycles << " with other cycles\n";
}

class RtlMeshLong : public SimulationTest {};

/// A mesh that the RTL is made for, its load and its nodes, which take packets at their own pace.
Traffic drawMesh(std::mt19937& random) {
  const auto from = [&random](int least, int most) {
    return least + static_cast<int>(random() % static_cast<unsigned>(most - least + 1));
  };
  Traffic t{"", {from(1, 3), from(1, 3), from(1, 3), from(1, 4), from(1, 3), from(1, 20)}, 1500, 0, 0, false};
  t.size.channels = from(1, 4);
  t.size.receiveFlits = from(1, 12);
  t.size.serviceCycles = from(0, 15);
  t.longest = from(1, 24);
  t.hotspot = random() % 3 == 0;
  t.multicasts = random() % 2 == 0 ? from(5, 60) : 0;
  t.meanGap = 0.25 * t.longest * from(1, 16) / (t.size.columns * t.size.rows * t.size.concentration + 1);
  return t;
}

TEST_F(RtlMeshLong, AMillionFlitsWithRandomBackPressure) {
  std::mt19937 random(7);
  std::uint64_t flits = 0, hops = 0;
  std::size_t packets = 0, different = 0;
  for (unsigned seed = 1; flits < 1'000'000; ++seed) {
    const Traffic traffic = drawMesh(random);
    const std::vector<MeshReference::Sent> sent = draw(traffic, seed);
    const MeshRun rtl = runMesh(traffic, sent, rtlRouters());
    restart();
    different += differencesFromReference(traffic, sent, rtl) + rtl.wrongBytes;
    for (const MeshReference::Sent& s : sent) flits += static_cast<std::uint64_t>(s.flits);
    packets += sent.size();
    hops += rtl.flitHops;
  }
  EXPECT_EQ(different, 0U);
  std::cout << packets << " packets, " << flits << " flits sent, " << hops << " flits over links: " << different
            << " differences\n";
}

}  // namespace
}  // namespace crosstile::testing
