// SPDX-License-Identifier: Apache-2.0
// Random traffic: `loose` against cycle, and what it costs.
#include "tests/tlm/noc_traffic.h"

#include <gmock/gmock.h>

#include <chrono>
#include <iostream>

namespace crosstile::testing {
namespace {

// ---- loose ----

class LooseTraffic : public SimulationTest {};

TEST_F(LooseTraffic, ZeroLoadLatencyIsThatOfCycleMode) {
  const Traffic traffic{"", {4, 3, 2, 3, 1, 64}, 0, 0, 0, false};
  NocBench bench(configOf(traffic.size));
  sc_core::sc_time arrived;
  for (auto& port : bench.ports)
    port->onPacketLoose([&](const PacketRef&, sc_core::sc_time& delay) { arrived = delay; });
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  sc_core::sc_time start;
  for (int from = 0; from < 25; from += 3) {
    for (int to = 0; to < 25; ++to) {
      start += bench.mesh.clock().edge(1000);
      const sc_core::sc_time done =
          bench.ports[std::size_t(from)]->sendLoose(bench.packet(from, to, 9, 0), start);
      const auto cycles = zeroLoadCycles(bench.mesh.config(), bench.mesh.shape().routersBetween(from, to), 9);
      EXPECT_EQ(arrived - start, bench.mesh.clock().edge(cycles));
      EXPECT_EQ(done, arrived);
    }
  }
  EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  EXPECT_FALSE(sc_core::sc_pending_activity());  // no kernel event was used
  EXPECT_THAT(bench.binder.violations(), ::testing::IsEmpty());
}

TEST_F(LooseTraffic, PacketsOnOneLinkAreSerialisedAndGapsAreFilled) {
  NocBench bench(configOf({2, 1, 2, 3, 1, 64}));
  sc_core::sc_time arrived;
  for (auto& port : bench.ports) {
    port->onPacketLoose([&](const PacketRef&, sc_core::sc_time& delay) {
      arrived = delay;
      delay += ps(100);  // the receiver's own time comes back to the sender
    });
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const auto edge = [&](std::uint64_t cycle) { return bench.mesh.clock().edge(cycle); };
  EXPECT_EQ(bench.ports[0]->sendLoose(bench.packet(0, 2, 10, 0), edge(0)), edge(18) + ps(100));
  bench.ports[1]->sendLoose(bench.packet(1, 3, 10, 1), edge(0));
  EXPECT_EQ(arrived, edge(28));  // the link is taken until then
  bench.ports[1]->sendLoose(bench.packet(1, 3, 10, 2), edge(100));
  EXPECT_EQ(arrived, edge(118));
  bench.ports[0]->sendLoose(bench.packet(0, 2, 10, 3), edge(50));  // called later, but earlier in time
  EXPECT_EQ(arrived, edge(68));
}

TEST_F(LooseTraffic, EstimatesTheLatencyOfCycleMode) {
  const Traffic traffic{"", {4, 3, 2, 3, 1, 64}, 4000, 4.0, 33, false};
  const std::vector<MeshReference::Sent> sent = draw(traffic, 7);
  NocBench cycle(configOf(traffic.size), false);
  NocBench loose(configOf(traffic.size), false);
  Stimulus stimulus("stimulus");
  schedule(stimulus, cycle, sent);
  double looseSum = 0, cycleSum = 0;
  for (auto& port : loose.ports)
    port->onPacketLoose([&](const PacketRef&, sc_core::sc_time& delay) { looseSum += delay.to_seconds(); });
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const auto begin = std::chrono::steady_clock::now();
  for (const MeshReference::Sent& s : sent) {
    const sc_core::sc_time at = loose.mesh.clock().edge(s.cycle) - sc_core::sc_time_stamp();
    loose.ports[std::size_t(s.from)]->sendLoose(loose.packet(s.from, s.to, s.flits, 0), at);
    looseSum -= at.to_seconds();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  sc_core::sc_start();
  for (const NocBench::Arrival& a : cycle.arrivals) {
    cycleSum += (a.time - cycle.mesh.clock().edge(sent[a.address].cycle)).to_seconds();
  }
  std::cout << "loose / cycle mean latency: " << looseSum / cycleSum << ", packets/s loose "
            << static_cast<double>(sent.size()) / seconds << '\n';
  EXPECT_NEAR(looseSum / cycleSum, 1.0, 0.1);
  const TrafficCount a = loose.mesh.statistics().total(), b = cycle.mesh.statistics().total();
  EXPECT_EQ(a.flitRouterTraversals, b.flitRouterTraversals);  // so the energy is the same
  EXPECT_EQ(a.flitLinkTraversals, b.flitLinkTraversals);
  EXPECT_EQ(a.flitLocalTraversals, b.flitLocalTraversals);
  EXPECT_EQ(a.bytes, b.bytes);
}

// ---- cost ----

class NocCost : public SimulationTest {};

TEST_F(NocCost, AtMostTwoDecisionsAHop) {
  const Traffic traffic{"", {7, 6, 4, 3, 1, 64}, 20000, 1.0, 33, false};
  const std::vector<MeshReference::Sent> sent = draw(traffic, 3);
  NocBench bench(configOf(traffic.size), false);
  Stimulus stimulus("stimulus");
  schedule(stimulus, bench, sent);
  const auto begin = std::chrono::steady_clock::now();
  sc_core::sc_start();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  ASSERT_EQ(bench.arrivals.size(), sent.size());
  double hops = 0;  // link traversals of packets
  for (const LinkStatistics& link : bench.mesh.statistics().links) hops += static_cast<double>(link.packets);
  const NocStatistics& s = bench.mesh.statistics();
  const double events = static_cast<double>(s.routerWakes + s.portWakes);
  std::cout << "packets/s " << static_cast<double>(sent.size()) / seconds << ", hops/s " << hops / seconds
            << ", hops a packet " << hops / static_cast<double>(sent.size()) << ", decisions a hop "
            << events / hops << ", kernel events a hop " << static_cast<double>(s.kernelEvents) / hops
            << '\n';
  EXPECT_LE(events / hops, 2.0);
}

TEST_F(NocCost, NothingIsAllocatedInSteadyState) {
  NocBench bench(configOf({3, 3, 1, 3, 1, 64}), false);
  int rounds = 0;
  std::size_t created = 0;
  bench.onArrival = [&](int node, const PacketRef& packet) {
    if (++rounds == 100) created = bench.mesh.packetsCreated();
    if (rounds < 5000) bench.send(node, (node + 4) % 9, packet->flits, packet->address);
  };
  for (int i = 0; i < 9; ++i) bench.send(i, (i + 2) % 9, 9, std::uint64_t(i));
  sc_core::sc_start();
  EXPECT_GE(rounds, 5000);
  EXPECT_EQ(bench.mesh.packetsCreated(), created);
  EXPECT_EQ(bench.mesh.packetsLent(), 0u);
}

// ---- parts ----

TEST(BufferSpace, KnowsWhenRoomComes) {
  BufferSpace space(10);
  EXPECT_EQ(space.roomFrom(5, 6), 5u);
  EXPECT_EQ(space.take(5, 6), 6);
  EXPECT_EQ(space.roomFrom(6, 5), kNever);  // nothing is known to leave
  space.giveBack(20, 6);
  EXPECT_EQ(space.roomFrom(6, 5), 20u);
  EXPECT_EQ(space.roomFrom(6, 4), 6u);
  EXPECT_EQ(space.take(20, 5), 5);
  EXPECT_EQ(space.take(20, 5), 10);
  space.giveBack(30, 5);
  space.giveBack(40, 5);
  EXPECT_EQ(space.roomFrom(25, 12), 40u);  // longer than the buffer: when it is empty
  EXPECT_EQ(BufferSpace(0).roomFrom(3, 1000), 3u);
}

TEST(LinkCalendar, FillsGapsInOrderOfTime) {
  LinkCalendar link;
  EXPECT_EQ(link.book(10, 5), 10u);
  EXPECT_EQ(link.book(20, 5), 20u);
  EXPECT_EQ(link.book(0, 10), 0u);  // touches the first
  EXPECT_EQ(link.book(3, 5), 15u);  // between first and second
  EXPECT_EQ(link.intervals(), 1u);  // 0 to 25
  EXPECT_EQ(link.book(12, 1), 25u);
  EXPECT_EQ(link.book(30, 2), 30u);
  EXPECT_EQ(link.book(26, 5), 32u);  // the gap of four is too short
  EXPECT_EQ(link.book(26, 4), 26u);
}

}  // namespace
}  // namespace crosstile::testing
