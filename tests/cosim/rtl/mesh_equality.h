// SPDX-License-Identifier: Apache-2.0
// The RTL router's mesh against the flit-by-flit reference and against the model's mesh.
#pragma once

#include <gmock/gmock.h>

#include "platform/cosim/rtl/rtl_blocks.h"
#include "tests/tlm/noc_traffic.h"

namespace crosstile::testing {

struct MeshRun {
  std::vector<NocBench::Arrival> arrivals;  // by packet and node
  NocStatistics statistics;
  std::uint64_t flitHops = 0;
  std::size_t wrongBytes = 0;  // packets that arrived with other bytes than they were sent with
};

/// Every packet carries bytes that only its number gives.
inline std::uint8_t byteOf(std::uint64_t packet, std::size_t i) {
  return static_cast<std::uint8_t>((packet * 2654435761U + i * 40503U) >> 7);
}

inline MeshRun runMesh(const Traffic& traffic, const std::vector<MeshReference::Sent>& sent,
                       const RouterFactory& makeRouter) {
  MeshRun run;
  NocBench bench(configOf(traffic.size), true, traffic.size.receiveFlits,
                 static_cast<std::uint64_t>(traffic.size.serviceCycles), makeRouter);
  bench.onArrival = [&run](int, const PacketRef& packet) {
    for (std::size_t i = 0; i < packet->data.size(); ++i)
      if (packet->data[i] != byteOf(packet->address, i)) {
        ++run.wrongBytes;
        return;
      }
  };
  Stimulus stimulus(sc_core::sc_gen_unique_name("stimulus"));
  for (std::size_t i = 0; i < sent.size(); ++i) {
    stimulus.at(bench.mesh.clock().edge(sent[i].cycle), [&bench, &s = sent[i], i] {
      PacketRef packet = bench.packet(s.from, s.to, s.flits, i);
      packet->packetClass = static_cast<PacketClass>(s.packetClass);
      packet->destinations = s.destinations;
      for (std::size_t b = 0; b < packet->data.size(); ++b) packet->data[b] = byteOf(i, b);
      bench.ports[static_cast<std::size_t>(s.from)]->send(std::move(packet));
    });
  }
  sc_core::sc_start();
  EXPECT_TRUE(bench.mesh.idle());
  EXPECT_THAT(bench.mesh.waiting(), ::testing::IsEmpty());
  EXPECT_THAT(bench.binder.violations(), ::testing::IsEmpty());
  run.arrivals = bench.arrivals;
  std::sort(run.arrivals.begin(), run.arrivals.end(), [](const NocBench::Arrival& a, const NocBench::Arrival& b) {
    return a.address != b.address ? a.address < b.address : a.node < b.node;
  });
  run.statistics = bench.mesh.statistics();
  for (const LinkStatistics& link : run.statistics.links) run.flitHops += link.busyCycles;
  return run;
}

/// @return packets of `run` that don't arrive in the cycle of the reference
inline std::size_t differencesFromReference(const Traffic& traffic, const std::vector<MeshReference::Sent>& sent,
                                            const MeshRun& run) {
  const std::vector<MeshReference::Arrived> reference = MeshReference(traffic.size).run(sent);
  EXPECT_EQ(run.arrivals.size(), reference.size());
  std::size_t different = 0;
  for (std::size_t i = 0; i < std::min(run.arrivals.size(), reference.size()); ++i) {
    const CycleClock clock(configOf(traffic.size).clockPeriod);
    const NocBench::Arrival& a = run.arrivals[i];
    if (static_cast<int>(a.address) != reference[i].packet || a.node != reference[i].node ||
        a.time != clock.edge(reference[i].cycle))
      ++different;
  }
  return different;
}

/// Every count of every link, down to what packets waited for.
inline void expectSameStatistics(const NocStatistics& a, const NocStatistics& b) {
  ASSERT_EQ(a.links.size(), b.links.size());
  for (std::size_t l = 0; l < a.links.size(); ++l) {
    SCOPED_TRACE(a.links[l].name);
    EXPECT_EQ(a.links[l].busyCycles, b.links[l].busyCycles);
    EXPECT_EQ(a.links[l].packets, b.links[l].packets);
    for (std::size_t v = 0; v < a.links[l].channels.size(); ++v) {
      const ChannelStatistics &x = a.links[l].channels[v], &y = b.links[l].channels[v];
      EXPECT_EQ(x.stalls.channel, y.stalls.channel);
      EXPECT_EQ(x.stalls.credit, y.stalls.credit);
      EXPECT_EQ(x.stalls.contention, y.stalls.contention);
      EXPECT_EQ(x.occupiedFlitCycles, y.occupiedFlitCycles);
      EXPECT_EQ(x.peakFlits, y.peakFlits);
    }
  }
}

}  // namespace crosstile::testing
