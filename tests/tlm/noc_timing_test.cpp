// SPDX-License-Identifier: Apache-2.0
// The network's timing table (docs/timing.md, "Network"), row by row: nothing at t-1, the packet at t.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "models/base/error.h"
#include "tests/tlm/simulation.h"

namespace crosstile::testing {
namespace {

NocConfig meshOf(int columns, int rows, int concentration = 1) {
  NocConfig config;
  config.meshColumns = columns;
  config.meshRows = rows;
  config.concentration = concentration;
  config.clockPeriod = ps(1000);
  return config;
}

class NocTiming : public SimulationTest {
 protected:
  /// Runs up to just after the edge of `cycle`.
  static void runTo(const NocBench& bench, std::uint64_t cycle) {
    const sc_core::sc_time until = bench.mesh.clock().edge(cycle) + ps(1);
    sc_core::sc_start(until - sc_core::sc_time_stamp());
  }
  /// The packet of that address arrives at the edge of `cycle`, not before.
  static void expectArrival(const NocBench& bench, std::uint64_t address, std::uint64_t cycle) {
    runTo(bench, cycle - 1);
    EXPECT_EQ(bench.arrivalOf(address), sc_core::sc_max_time())
        << "packet " << address << " in cycle " << cycle - 1;
    runTo(bench, cycle);
    EXPECT_EQ(bench.arrivalOf(address), bench.mesh.clock().edge(cycle)) << "packet " << address;
  }
  static void finish(NocBench& bench) {
    sc_core::sc_start();
    EXPECT_TRUE(bench.mesh.idle());
    EXPECT_THAT(bench.mesh.waiting(), ::testing::IsEmpty());
    EXPECT_THAT(bench.binder.violations(), ::testing::IsEmpty());
  }
};

// ---- latency ----

struct ZeroLoad {
  int from, to, flits, routerCycles, linkCycles, routers;
  std::uint64_t cycles;
};

class ZeroLoadLatency : public SimulationTest, public ::testing::WithParamInterface<ZeroLoad> {};

// 3 x 2 routers with two tiles each: tiles 0,1 at (0,0) .. 10,11 at (2,1), host 12 at (0,0).
// cycles = routers (routerCycles + linkCycles) + linkCycles + flits - 1
TEST_P(ZeroLoadLatency, IsExact) {
  const ZeroLoad& row = GetParam();
  NocConfig config = meshOf(3, 2, 2);
  config.clockPeriod = ps(833);  // odd: a cycle's middle isn't a whole picosecond
  config.routerCycles = row.routerCycles;
  config.linkCycles = row.linkCycles;
  NocBench bench(config);
  EXPECT_EQ(bench.mesh.shape().routersBetween(row.from, row.to), row.routers);
  EXPECT_EQ(zeroLoadCycles(config, row.routers, row.flits), row.cycles);
  bench.send(row.from, row.to, row.flits, 7);
  sc_core::sc_start(ps(833.0 * static_cast<double>(row.cycles)) - ps(1));
  EXPECT_TRUE(bench.arrivals.empty());
  sc_core::sc_start(ps(2));
  ASSERT_EQ(bench.arrivals.size(), 1u);
  EXPECT_EQ(bench.arrivals[0], (NocBench::Arrival{row.to, 7, ps(833.0 * static_cast<double>(row.cycles))}));
  sc_core::sc_start();
  EXPECT_EQ(bench.arrivals.size(), 1u);
  EXPECT_THAT(bench.binder.violations(), ::testing::IsEmpty());
  EXPECT_EQ(bench.binder.transactions(), static_cast<std::uint64_t>(row.routers) + 1);
}

INSTANTIATE_TEST_SUITE_P(Table, ZeroLoadLatency,
                         ::testing::Values(ZeroLoad{0, 1, 1, 3, 1, 1, 5},      // same router, header only
                                           ZeroLoad{0, 0, 9, 3, 1, 1, 13},     // to itself
                                           ZeroLoad{0, 2, 9, 3, 1, 2, 17},     // one step east
                                           ZeroLoad{0, 10, 9, 3, 1, 4, 25},    // east, east, south
                                           ZeroLoad{11, 1, 9, 3, 1, 4, 25},    // and back
                                           ZeroLoad{12, 9, 64, 3, 1, 3, 76},   // host to (1,1)
                                           ZeroLoad{9, 12, 65, 3, 1, 3, 77},   // longer than a buffer
                                           ZeroLoad{0, 10, 9, 1, 2, 4, 22},    // other timings
                                           ZeroLoad{0, 10, 9, 0, 1, 4, 13}));  // routers without latency

TEST_F(NocTiming, SendBetweenEdgesLeavesAtTheNext) {
  NocBench bench(meshOf(2, 1));
  Stimulus stimulus("stimulus");
  stimulus.at(ps(4001), [&] { bench.send(0, 1, 4, 1); });
  expectArrival(bench, 1, 5 + 2 * 4 + 1 + 3);
  finish(bench);
}

TEST_F(NocTiming, APortSendsOneFlitACycle) {
  NocBench bench(meshOf(2, 1));
  for (std::uint64_t i = 0; i < 3; ++i) bench.send(0, 1, 10, i);
  for (std::uint64_t i = 0; i < 3; ++i)
    expectArrival(bench, i, 18 + 10 * i);  // 2 (3+1) + 1 + 9, then every 10
  finish(bench);
  EXPECT_EQ(bench.mesh.statistics().total().stallCycles, 0u + 10 + 20);
}

// ---- contention ----

TEST_F(NocTiming, TwoPacketsThatWantOneLinkAreSerialised) {
  NocBench bench(meshOf(2, 1, 2));  // tiles 0, 1 at the left, 2, 3 at the right: the link between is shared
  bench.send(0, 2, 10, 100);
  bench.send(1, 3, 6, 101);
  expectArrival(bench, 100, 18);           // as alone: lower inputs come first after reset
  expectArrival(bench, 101, 18 - 9 + 15);  // its head leaves 10 cycles later, when the link is free
  finish(bench);
  EXPECT_EQ(bench.mesh.statistics().total().stallCycles, 10u);
}

TEST_F(NocTiming, PacketsForDifferentLinksDoNotDisturb) {
  NocBench bench(meshOf(2, 2));
  bench.send(0, 1, 10, 100);
  bench.send(2, 3, 10, 101);
  bench.send(1, 0, 10, 102);
  for (std::uint64_t address : {100, 101, 102}) {
    runTo(bench, 30);
    EXPECT_EQ(bench.arrivalOf(address), bench.mesh.clock().edge(18));
  }
  finish(bench);
}

TEST_F(NocTiming, TheHeadOfTheBufferHoldsBackWhatIsBehind) {
  // Tile 0's second packet is for the idle link to tile 1, but waits in the buffer until the first, blocked
  // behind tile 1's at the link east, has left.
  NocBench bench(meshOf(2, 1, 2));
  bench.send(1, 3, 20, 200);
  Stimulus stimulus("stimulus");
  stimulus.at(ps(1000), [&] {
    bench.send(0, 2, 4, 201);  // routed in cycle 5, the link is taken from 4 to 23
    bench.send(0, 1, 4, 202);  // could leave in cycle 9
  });
  expectArrival(bench, 201, 24 + 5 + 3);  // leaves in 24
  finish(bench);
  EXPECT_EQ(bench.arrivalOf(202), ps(1000 * (28 + 1 + 3)));  // leaves in 28
}

TEST_F(NocTiming, BackPressureIsExact) {
  // Buffers of 8 flits, packets of 8: router 1 can hold one that waits for the local port of tile 2, which
  // tile 3's long packet keeps busy; the next waits in router 0, the third in its port.
  NocConfig config = meshOf(2, 1, 2);
  config.bufferFlits = 8;
  NocBench bench(config);
  bench.send(3, 2, 101, 300);  // has the port to tile 2 from cycle 4 to 104
  for (std::uint64_t i = 0; i < 4; ++i) bench.send(0, 2, 8, 301 + i);
  runTo(bench, 50);
  EXPECT_THAT(bench.mesh.waiting(),
              ::testing::Contains(::testing::HasSubstr("for room beyond router(0,0)->router(1,0)")));
  EXPECT_THAT(bench.mesh.waiting(),
              ::testing::Contains(::testing::HasSubstr("tile 0: activation packet to tile 2")));
  EXPECT_FALSE(bench.mesh.idle());
  EXPECT_THAT(bench.binder.violations(false), ::testing::IsEmpty());
  finish(bench);
  // The first leaves router 1 in 105 and arrives 1 + 7 later. Its room is back in 105 + 7 + 1; the second
  // then takes 1 + 3 cycles to be ready in router 1, and so on: a packet every 8 + 4 cycles.
  for (std::uint64_t i = 0; i < 4; ++i)
    EXPECT_EQ(bench.arrivalOf(301 + i), ps(1000.0 * (113 + 12 * double(i)))) << i;
  for (const LinkStatistics& link : bench.mesh.statistics().links) {
    if (link.name == "router(0,0)->router(1,0)") {
      EXPECT_EQ(link.channels.at(0).peakFlits, 8);
    }
  }
}

// ---- arbitration ----

TEST_F(NocTiming, RoundRobinIsFair) {
  // Four tiles and the host keep one output busy: 40 packets each, in strict turn.
  NocBench bench(meshOf(2, 1, 4));
  for (std::uint64_t i = 0; i < 40; ++i)
    for (int tile : {0, 1, 2, 3, 8}) bench.send(tile, 4, 5, static_cast<std::uint64_t>(tile) * 1000 + i);
  finish(bench);
  ASSERT_EQ(bench.arrivals.size(), 200u);
  const std::array<std::uint64_t, 5> turn = {0, 1, 2, 3, 8};
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_EQ(bench.arrivals[i].address, turn[i % 5] * 1000 + i / 5);
    if (i > 0) {
      EXPECT_EQ(bench.arrivals[i].time - bench.arrivals[i - 1].time, ps(5000));  // the link never rests
    }
  }
}

TEST_F(NocTiming, TheOrderOfCallsAndDeltasDecidesNothing) {
  // Sixteen meshes in one kernel get the same traffic, in 16 orders of calls, spread over delta cycles in 16
  // ways.
  NocConfig config = meshOf(3, 1, 2);
  config.bufferFlits = 12;
  constexpr int kMeshes = 16;
  std::vector<std::unique_ptr<NocBench>> benches;
  struct Deltas : sc_core::sc_module {
    std::vector<std::vector<std::function<void()>>> perDelta;
    std::size_t next = 0;
    explicit Deltas(const sc_core::sc_module_name& n) : sc_module(n) {
      SC_HAS_PROCESS(Deltas);
      SC_METHOD(step);
    }
    void step() {
      if (next == perDelta.size()) return;
      for (const auto& call : perDelta[next]) call();
      if (++next < perDelta.size()) next_trigger(sc_core::SC_ZERO_TIME);
    }
  };
  std::vector<std::unique_ptr<Deltas>> senders;
  for (unsigned m = 0; m < kMeshes; ++m) {
    benches.push_back(std::make_unique<NocBench>(config));
    senders.push_back(std::make_unique<Deltas>(sc_core::sc_gen_unique_name("deltas")));
    std::vector<int> nodes(7);
    std::iota(nodes.begin(), nodes.end(), 0);
    for (unsigned k = 0, state = m * 2654435761U; k < 6 && m > 0;
         ++k, state = state * 1664525U + 1013904223U) {
      std::swap(nodes[k], nodes[k + (state >> 16) % (7 - k)]);
    }
    senders.back()->perDelta.resize(1 + m % 4);
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      NocBench& bench = *benches.back();
      const int node = nodes[k];
      senders.back()->perDelta[k % senders.back()->perDelta.size()].push_back([&bench, node] {
        for (int i = 0; i < 6; ++i)
          bench.send(node, (node * 3 + i) % 7, 3 + (node + i) % 7, std::uint64_t(node * 10 + i));
      });
    }
  }
  sc_core::sc_start();
  for (unsigned m = 0; m < kMeshes; ++m) {
    ASSERT_EQ(benches[m]->arrivals.size(), 42u);
    for (const NocBench::Arrival& a : benches[0]->arrivals) {
      EXPECT_EQ(benches[m]->arrivalOf(a.address), a.time) << "mesh " << m << " packet " << a.address;
    }
    EXPECT_THAT(benches[m]->binder.violations(), ::testing::IsEmpty());
  }
  EXPECT_GT(benches[0]->mesh.statistics().total().stallCycles, 100u);  // there was something to decide
}

// ---- what is counted, seen, and refused ----

TEST_F(NocTiming, CountsAreExact) {
  NocBench bench(meshOf(3, 2, 2));
  PacketRef p = bench.packet(0, 10, 9, 1, /*layer=*/4);  // four routers, three links, two local links
  p->kind = PacketKind::result;
  bench.ports[0]->send(p);
  p.reset();
  bench.send(2, 3, 5, 2, -1);  // one router
  finish(bench);
  const NocStatistics& s = bench.mesh.statistics();
  const TrafficCount& result = s.traffic(4, PacketKind::result);
  EXPECT_EQ(result.packets, 1u);
  EXPECT_EQ(result.bytes, 32u);
  EXPECT_EQ(result.flitRouterTraversals, 36u);
  EXPECT_EQ(result.flitLinkTraversals, 27u);
  EXPECT_EQ(result.flitLocalTraversals, 18u);
  const TrafficCount& shared = s.traffic(-1, PacketKind::activation);
  EXPECT_EQ(shared.flitRouterTraversals, 5u);
  EXPECT_EQ(shared.flitLinkTraversals, 0u);
  EXPECT_EQ(s.traffic(4, PacketKind::activation).packets, 0u);
  EXPECT_EQ(s.total().packets, 2u);
  std::uint64_t busy = 0;
  for (const LinkStatistics& link : s.links) busy += link.busyCycles;
  EXPECT_EQ(busy, 27u + 18u + 10u);
  EXPECT_EQ(s.delivered, 2u);
}

TEST_F(NocTiming, TheTraceIsTheLinksBusyTime) {
  NocBench bench(meshOf(2, 2, 2));
  std::map<std::string, std::vector<std::pair<sc_core::sc_time, sc_core::sc_time>>> intervals;
  bench.mesh.setTrace([&](int link, const sc_core::sc_time& start, const sc_core::sc_time& end, int) {
    intervals[bench.mesh.statistics().links[static_cast<std::size_t>(link)].name].emplace_back(start, end);
  });
  for (int i = 0; i < 40; ++i) bench.send(i % 9, (i * 5 + 3) % 9, 2 + i % 9, std::uint64_t(i));
  finish(bench);
  for (const LinkStatistics& link : bench.mesh.statistics().links) {
    auto busy = intervals[link.name];
    std::sort(busy.begin(), busy.end());
    sc_core::sc_time sum;
    for (std::size_t i = 0; i < busy.size(); ++i) {
      if (i > 0) {
        EXPECT_LE(busy[i - 1].second, busy[i].first) << link.name;
      }
      sum += busy[i].second - busy[i].first;
    }
    EXPECT_EQ(sum, ps(1000.0 * static_cast<double>(link.busyCycles))) << link.name;
  }
}

TEST_F(NocTiming, AFlippedBitArrivesFlipped) {
  NocBench bench(meshOf(2, 1));
  bench.mesh.setTap([](Packet& packet) { packet.data.at(3) ^= 0x10; });
  std::vector<std::uint8_t> received;
  bench.onArrival = [&](int, const PacketRef& packet) { received = packet->data; };
  PacketRef p = bench.packet(0, 1, 3, 1);
  p->data = {0, 1, 2, 3, 4, 5, 6, 7};
  bench.ports[0]->send(std::move(p));
  finish(bench);
  EXPECT_THAT(received, ::testing::ElementsAre(0, 1, 2, 0x13, 4, 5, 6, 7));
}

TEST_F(NocTiming, AnEmptyPacketIsOneFlit) {
  NocBench bench(meshOf(1, 1, 2));
  bench.send(0, 1, 1, 5);
  expectArrival(bench, 5, 5);
  finish(bench);
}

TEST_F(NocTiming, PacketsAreAnsweredFromTheirHandler) {
  NocBench bench(meshOf(2, 1));
  bench.onArrival = [&](int node, const PacketRef& packet) {
    if (packet->address < 3) bench.send(node, packet->source, 4, packet->address + 1);
  };
  bench.send(0, 1, 4, 0);
  finish(bench);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(bench.arrivalOf(i), ps(12000.0 * double(i + 1)));
}

TEST_F(NocTiming, BadConfigurationsAreRefused) {
  const auto refused = [](void (*change)(NocConfig&), const char* key) {
    NocConfig config = meshOf(2, 2);
    change(config);
    try {
      config.check();
      ADD_FAILURE() << key << " was accepted";
    } catch (const BadInput& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(key));
    }
  };
  refused([](NocConfig& c) { c.meshColumns = 0; }, "meshColumns = 0");
  refused([](NocConfig& c) { c.meshRows = -1; }, "meshRows = -1");
  refused([](NocConfig& c) { c.concentration = 0; }, "concentration = 0");
  refused([](NocConfig& c) { c.clockPeriod = ps(1); }, "clockPeriod");
  refused([](NocConfig& c) { c.routerCycles = -1; }, "routerCycles = -1");
  refused([](NocConfig& c) { c.linkCycles = 0; }, "linkCycles = 0");
  refused([](NocConfig& c) { c.flitBits = 0; }, "flitBits = 0");
  refused([](NocConfig& c) { c.bufferFlits = 0; }, "bufferFlits = 0");
}

TEST_F(NocTiming, WrongDestinationsAreRefused) {
  NocConfig config = meshOf(2, 1);
  Mesh mesh("mesh", config);
  NetworkPort port("port");
  mesh.connect(0, port);
  EXPECT_THROW(mesh.connect(0, port), BadInput);
  EXPECT_THROW(mesh.connect(3, port), BadInput);
  NetworkPort loner("loner");
  EXPECT_THROW(loner.makePacket(0, PacketKind::control, -1), RunFailure);
  sc_core::sc_start(ps(1));
  EXPECT_THROW(port.send(port.makePacket(3, PacketKind::control, -1)), RunFailure);
  EXPECT_THROW(port.send(port.makePacket(1, PacketKind::control, -2)), RunFailure);
  port.send(port.makePacket(1, PacketKind::control, -1));  // a tile that isn't connected
  try {
    sc_core::sc_start();
    ADD_FAILURE() << "a packet to nobody was delivered";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("control packet from tile 0 to tile 1 was refused"));
  }
}

}  // namespace
}  // namespace crosstile::testing
