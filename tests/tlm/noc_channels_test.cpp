// SPDX-License-Identifier: Apache-2.0
// Virtual channels, multicast and what is counted of them (docs/timing.md, "Network").
#include <gmock/gmock.h>

#include <set>

#include "models/base/error.h"
#include "tests/tlm/noc_traffic.h"

namespace crosstile::testing {
namespace {

NocConfig meshOf(int columns, int rows, int concentration, int channels) {
  NocConfig config;
  config.meshColumns = columns;
  config.meshRows = rows;
  config.concentration = concentration;
  config.virtualChannels = channels;
  config.clockPeriod = ps(1000);
  return config;
}

class NocChannels : public SimulationTest {
 protected:
  static void send(NocBench& bench, int from, int to, int flits, std::uint64_t address, PacketClass c) {
    PacketRef packet = bench.packet(from, to, flits, address);
    packet->packetClass = c;
    bench.ports[static_cast<std::size_t>(from)]->send(std::move(packet));
  }
  static void multicast(NocBench& bench, int from, std::vector<int> to, int flits, std::uint64_t address) {
    PacketRef packet = bench.packet(from, -1, flits, address);
    packet->destinations = std::move(to);
    bench.ports[static_cast<std::size_t>(from)]->send(std::move(packet));
  }
  static std::uint64_t arrivalAt(const NocBench& bench, int node, std::uint64_t address) {
    for (const NocBench::Arrival& a : bench.arrivals)
      if (a.node == node && a.address == address) return bench.mesh.clock().cycleOf(a.time);
    return kNever;
  }
  static void finish(NocBench& bench) {
    sc_core::sc_start();
    EXPECT_TRUE(bench.mesh.idle());
    EXPECT_THAT(bench.binder.violations(), ::testing::IsEmpty());
  }
};

using VirtualChannels = NocChannels;
using Multicast = NocChannels;
using NocStatisticsTest = NocChannels;

// ---- virtual channels ----

TEST_F(VirtualChannels, ClassesOwnTheirs) {
  const auto range = [](PacketClass c, int channels) {
    const ChannelRange r = channelsOf(c, channels);
    return std::make_pair(r.first, r.count);
  };
  using P = std::pair<int, int>;
  for (const PacketClass c : {PacketClass::activation, PacketClass::partialSum, PacketClass::host}) {
    EXPECT_EQ(range(c, 1), P(0, 1));
    EXPECT_EQ(range(c, 2), P(0, 2));
    EXPECT_EQ(range(c, 3), P(static_cast<int>(c), 1));
  }
  EXPECT_EQ(range(PacketClass::activation, 4), P(0, 2));
  EXPECT_EQ(range(PacketClass::partialSum, 4), P(2, 1));
  EXPECT_EQ(range(PacketClass::host, 4), P(3, 1));
  EXPECT_EQ(range(PacketClass::host, 8), P(6, 2));
  EXPECT_EQ(classOf(PacketKind::activation), PacketClass::activation);
  EXPECT_EQ(classOf(PacketKind::programme), classOf(PacketKind::control));  // a commit comes last
}

TEST_F(VirtualChannels, AnotherChannelPassesABlockedPacket) {
  // As NocTiming.TheHeadOfTheBufferHoldsBackWhatIsBehind, but the second packet is of another class.
  NocBench bench(meshOf(2, 1, 2, 3));
  bench.send(1, 3, 20, 200);
  Stimulus stimulus("stimulus");
  stimulus.at(ps(1000), [&] {
    bench.send(0, 2, 4, 201);                      // the link is taken from 4 to 23
    send(bench, 0, 1, 4, 202, PacketClass::host);  // sent in 5, leaves in 9
  });
  finish(bench);
  EXPECT_EQ(arrivalAt(bench, 2, 201), 24u + 5 + 3);
  EXPECT_EQ(arrivalAt(bench, 1, 202), 9u + 1 + 3);
}

TEST_F(VirtualChannels, APortSendsFromOneChannelAtATime) {
  // Both packets of tile 0 wait; the first leaves in 24 for ten cycles, and though the second one's link is
  // free from 28 on, it leaves in 34.
  NocBench bench(meshOf(2, 1, 2, 3));
  bench.send(1, 3, 20, 1);  // has the link east from 4 to 23
  bench.send(3, 1, 20, 2);  // has the link to tile 1 from 8 to 27
  Stimulus stimulus("stimulus");
  stimulus.at(ps(1000), [&] {
    bench.send(0, 2, 10, 3);
    send(bench, 0, 1, 4, 4, PacketClass::host);
  });
  finish(bench);
  EXPECT_EQ(arrivalAt(bench, 2, 3), 24u + 4 + 1 + 9);
  EXPECT_EQ(arrivalAt(bench, 1, 4), 34u + 1 + 3);
}

TEST_F(VirtualChannels, ALinkGoesRound) {
  NocBench bench(meshOf(2, 1, 2, 3));
  for (std::uint64_t i = 0; i < 10; ++i) {
    send(bench, 0, 2, 5, i, PacketClass::activation);
    send(bench, 1, 3, 5, i, PacketClass::host);
  }
  finish(bench);
  for (std::uint64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(arrivalAt(bench, 2, i), 4 + 10 * i + 9) << i;
    EXPECT_EQ(arrivalAt(bench, 3, i), 9 + 10 * i + 9) << i;
  }
}

TEST_F(VirtualChannels, PacketsOfAFlowStayInOrder) {
  const Traffic traffic{"", {4, 4, 1, 2, 1, 8, 6}, 6000, 0.6, 8, true};
  const std::vector<MeshReference::Sent> sent = draw(traffic, 5);
  NocBench bench(configOf(traffic.size), false);
  Stimulus stimulus("stimulus");
  schedule(stimulus, bench, sent);
  sc_core::sc_start();
  std::map<std::tuple<int, int, int>, std::uint64_t> last;  // from, to, class
  std::set<int> channels;
  for (const NocBench::Arrival& a : bench.arrivals) {
    const MeshReference::Sent& s = sent[a.address];
    std::uint64_t& before = last[{s.from, a.node, s.packetClass}];
    EXPECT_LE(before, a.address);
    before = a.address;
  }
  for (const LinkStatistics& link : bench.mesh.statistics().links)
    for (std::size_t v = 0; v < link.channels.size(); ++v)
      if (link.channels[v].packets > 0) channels.insert(static_cast<int>(v));
  EXPECT_EQ(channels.size(), 6u);
}

// ---- multicast ----

TEST_F(Multicast, CopiesLeaveOneByOne) {
  NocBench bench(meshOf(3, 1, 1, 1));
  multicast(bench, 1, {2, 0, 1}, 4, 7);
  finish(bench);
  EXPECT_EQ(arrivalAt(bench, 2, 7), 4u + 4 + 1 + 3);  // east in 4,
  EXPECT_EQ(arrivalAt(bench, 0, 7), 8u + 4 + 1 + 3);  // west in 8,
  EXPECT_EQ(arrivalAt(bench, 1, 7), 12u + 1 + 3);     // here in 12
}

TEST_F(Multicast, ABlockedBranchDoesNotHoldTheOthers) {
  NocBench bench(meshOf(3, 1, 2, 1));
  bench.send(3, 4, 50, 1);  // has the link east of router 1 from 4 to 53
  Stimulus stimulus("stimulus");
  stimulus.at(ps(1000), [&] { multicast(bench, 2, {0, 4}, 4, 7); });
  finish(bench);
  EXPECT_EQ(arrivalAt(bench, 0, 7), 5u + 4 + 1 + 3);
  EXPECT_EQ(arrivalAt(bench, 4, 7), 54u + 4 + 1 + 3);
}

TEST_F(Multicast, CostsTheLinksOfTheTree) {
  // From the corner along the row to (3,0), on to (3,3), and down the column to (0,3): nine links.
  NocBench bench(meshOf(4, 4, 1, 1));
  std::set<const std::uint8_t*> bytes;
  bench.onArrival = [&](int, const PacketRef& packet) { bytes.insert(packet->data.data()); };
  multicast(bench, 0, {3, 15, 12, 3}, 5, 1);
  finish(bench);
  ASSERT_EQ(bench.arrivals.size(), 3u);
  EXPECT_EQ(bytes.size(), 1u);  // copies share them
  const TrafficCount total = bench.mesh.statistics().total();
  EXPECT_EQ(total.packets, 1u);
  EXPECT_EQ(total.bytes, 16u);
  EXPECT_EQ(total.flitLinkTraversals, 5u * 9);
  EXPECT_EQ(total.flitLocalTraversals, 5u * (1 + 3));
  EXPECT_EQ(total.flitRouterTraversals, 5u * (9 + 3));
  EXPECT_EQ(bench.mesh.statistics().sent, 1u);
  EXPECT_EQ(bench.mesh.statistics().delivered, 3u);
  EXPECT_EQ(bench.mesh.packetsLent(), 0u);
}

TEST_F(Multicast, LooseTimingForksToo) {
  NocBench bench(meshOf(4, 4, 1, 1));
  std::map<int, sc_core::sc_time> arrived;
  for (auto& port : bench.ports)
    port->onPacketLoose(
        [&, node = port->node()](const PacketRef&, sc_core::sc_time& d) { arrived[node] = d; });
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  PacketRef packet = bench.packet(0, -1, 5, 1);
  packet->destinations = {3, 15, 12};
  const sc_core::sc_time done = bench.ports[0]->sendLoose(std::move(packet), sc_core::SC_ZERO_TIME);
  ASSERT_EQ(arrived.size(), 3u);
  for (const auto& [node, time] : arrived) {
    const int routers = bench.mesh.shape().routersBetween(0, node);
    EXPECT_EQ(bench.mesh.clock().cycleOf(time), zeroLoadCycles(bench.mesh.config(), routers, 5));
  }
  EXPECT_EQ(done, arrived[15]);
  EXPECT_EQ(bench.mesh.statistics().total().flitLinkTraversals, 5u * 9);
}

TEST_F(Multicast, AWrongDestinationIsRefused) {
  NocBench bench(meshOf(2, 1, 1, 1));
  EXPECT_THROW(multicast(bench, 0, {0, 5}, 4, 1), RunFailure);
  EXPECT_THROW(multicast(bench, 0, {-1, 1}, 4, 1), RunFailure);
}

// ---- statistics ----

TEST_F(NocStatisticsTest, StallsAreWaitsByTheirCause) {
  // As NocTiming.BackPressureIsExact: the second packet leaves its port in 12, when
  // the first one's credit is back, is ready in 16, and has room beyond the link in 113.
  NocConfig config = meshOf(2, 1, 2, 1);
  config.bufferFlits = 8;
  NocBench bench(config);
  bench.send(3, 2, 101, 300);
  for (std::uint64_t i = 0; i < 4; ++i) bench.send(0, 2, 8, 301 + i);
  finish(bench);
  for (const LinkStatistics& link : bench.mesh.statistics().links) {
    if (link.name != "router(0,0)->router(1,0)") continue;
    EXPECT_EQ(link.stalls().credit, 97u);
    EXPECT_EQ(link.stalls().channel, 0u);
    EXPECT_EQ(link.stalls().contention, 0u);
    EXPECT_EQ(link.channels[0].peakFlits, 8);
  }
}

TEST_F(NocStatisticsTest, ContentionIsWaitingForTheLink) {
  NocBench bench(meshOf(2, 1, 2, 3));
  send(bench, 0, 2, 10, 1, PacketClass::activation);  // takes the link in 4
  send(bench, 1, 3, 6, 2, PacketClass::host);         // has its channel in 4, the link in 14
  finish(bench);
  EXPECT_EQ(bench.mesh.statistics().total().stallCycles, 10u);
  StallCycles all;
  for (const LinkStatistics& link : bench.mesh.statistics().links) all += link.stalls();
  EXPECT_EQ(all.contention, 10u);
  EXPECT_EQ(all.total(), 10u);
}

TEST_F(NocStatisticsTest, SumsAgreeAndOccupancyIsResidence) {
  // Packets of one length: what isn't spent on wires or in ports is spent in buffers, by all F flits.
  constexpr int kFlits = 5;
  Traffic traffic{"", {4, 4, 1, 2, 1, 8, 4}, 5000, 0.7, kFlits, false};
  std::vector<MeshReference::Sent> sent = draw(traffic, 9);
  for (auto& s : sent) s.flits = kFlits;
  NocBench bench(configOf(traffic.size), false);
  Stimulus stimulus("stimulus");
  schedule(stimulus, bench, sent);
  sc_core::sc_start();
  std::uint64_t residence = 0;
  for (const NocBench::Arrival& a : bench.arrivals) {
    const MeshReference::Sent& s = sent[a.address];
    const auto routers = static_cast<std::uint64_t>(bench.mesh.shape().routersBetween(s.from, s.to));
    residence += bench.mesh.clock().cycleOf(a.time) - s.cycle - (routers + 1) - (kFlits - 1);
  }
  std::uint64_t occupied = 0, inPorts = 0;
  for (const LinkStatistics& link : bench.mesh.statistics().links) {
    std::uint64_t busy = 0, packets = 0;
    for (const ChannelStatistics& channel : link.channels) {
      busy += channel.busyCycles;
      packets += channel.packets;
      occupied += channel.occupiedFlitCycles;
      EXPECT_LE(channel.peakFlits, 8);
    }
    EXPECT_EQ(busy, link.busyCycles);
    EXPECT_EQ(packets, link.packets);
    EXPECT_EQ(link.stalls().total(), link.stallCycles);
    if (link.name.find("router") != 0) inPorts += link.stallCycles;
  }
  EXPECT_EQ(occupied, kFlits * (residence - inPorts));
  EXPECT_GT(inPorts, 0u);
}

}  // namespace
}  // namespace crosstile::testing
