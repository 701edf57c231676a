// SPDX-License-Identifier: Apache-2.0
// An open-loop measurement of a mesh (Dally and Towles, "Principles and Practices of Interconnection
// Networks", ch. 23): every tile sends packets of one length in a Bernoulli process, whatever the network
// does with them; packets that are sent between warm-up and end are measured.
#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <queue>
#include <systemc>
#include <utility>
#include <vector>

#include "models/base/random.h"
#include "platform/noc/mesh.h"

namespace crosstile::testing {

struct Load {
  double flitsPerTileAndCycle = 0.1;  ///< offered
  int flits = 4;                      ///< of a packet
  std::uint64_t seed = 1;
  std::uint64_t warmUpCycles = 0;
};

/// Where the packets of a tile go: tile and a draw from [0, 1). Negative: the tile sends nothing.
using Pattern = std::function<int(int, double)>;

inline Pattern uniformPattern(int tiles) {
  return [tiles](int, double draw) { return static_cast<int>(draw * tiles); };
}
/// (x, y) to (y, x) on a square mesh; the diagonal is silent.
inline Pattern transposePattern(int side) {
  return [side](int tile, double) {
    const int x = tile % side, y = tile / side;
    return x == y ? -1 : x * side + y;
  };
}
inline Pattern hotSpotPattern(int tile) {
  return [tile](int, double) { return tile; };
}

class MeshExperiment : public sc_core::sc_module {
 public:
  MeshExperiment(const sc_core::sc_module_name& moduleName, const NocConfig& config, const Load& load,
                 Pattern pattern)
      : sc_module(moduleName),
        mesh("mesh", config),
        load_(load),
        pattern_(std::move(pattern)),
        random_({load.seed, 0, 0, 0, 0}, Purpose::sampling) {
    SC_HAS_PROCESS(MeshExperiment);
    for (int tile = 0; tile < mesh.shape().tiles(); ++tile) {
      ports_.push_back(std::make_unique<NetworkPort>(sc_core::sc_gen_unique_name("port")));
      mesh.connect(tile, *ports_.back());
      ports_.back()->onPacket([this](const PacketRef& packet) { arrived(*packet); });
      due_.push({gap(), tile});
    }
    SC_METHOD(send);
  }

  void run(std::uint64_t cycles) { sc_core::sc_start(mesh.clock().edge(cycles)); }

  std::uint64_t cycle() const { return mesh.clock().cycleOf(sc_core::sc_time_stamp()); }
  /// Flits a tile and cycle that arrived since the warm-up.
  double accepted() const {
    return static_cast<double>(flitsArrived_) / static_cast<double>(cycle() - load_.warmUpCycles) /
           mesh.shape().tiles();
  }
  /// From send() to the arrival of the tail, over packets sent since the warm-up that have arrived, cycles.
  double meanLatency() const { return latencySum_ / static_cast<double>(measured_); }
  /// The part of it beyond the latency of each packet's own way in an empty network, cycles.
  double meanWaiting() const { return meanLatency() - zeroLoadSum_ / static_cast<double>(measured_); }

  Mesh mesh;

 private:
  /// Cycles from one packet of a tile to the next: geometric.
  std::uint64_t gap() {
    const double p = load_.flitsPerTileAndCycle / load_.flits;
    return 1 + static_cast<std::uint64_t>(std::log(random_.uniform(draws_++)) / std::log1p(-p));
  }

  void send() {
    while (due_.top().first <= cycle()) {
      const auto [now, tile] = due_.top();
      due_.pop();
      due_.push({now + gap(), tile});
      const double draw = random_.uniform(draws_++);
      const int to = pattern_(tile, draw);
      if (to < 0) continue;
      PacketRef packet = ports_[static_cast<std::size_t>(tile)]->makePacket(to, PacketKind::activation, 0);
      packet->packetClass = static_cast<PacketClass>(draws_ / 2 % kPacketClasses);
      packet->address = now;
      packet->data.resize(static_cast<std::size_t>((load_.flits - 1) * mesh.config().flitBits / 8));
      ports_[static_cast<std::size_t>(tile)]->send(std::move(packet));
    }
    next_trigger(mesh.clock().edge(due_.top().first) - sc_core::sc_time_stamp());
  }

  void arrived(const Packet& packet) {
    if (cycle() >= load_.warmUpCycles) flitsArrived_ += static_cast<std::uint64_t>(packet.flits);
    if (packet.address < load_.warmUpCycles) return;
    latencySum_ += static_cast<double>(cycle() - packet.address);
    const int routers = mesh.shape().routersBetween(packet.source, packet.destination);
    zeroLoadSum_ += static_cast<double>(zeroLoadCycles(mesh.config(), routers, packet.flits));
    ++measured_;
  }

  using Due = std::pair<std::uint64_t, int>;  // cycle, tile
  Load load_;
  Pattern pattern_;
  RandomStream random_;
  std::uint64_t draws_ = 0;
  std::vector<std::unique_ptr<NetworkPort>> ports_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t flitsArrived_ = 0, measured_ = 0;
  double latencySum_ = 0, zeroLoadSum_ = 0;
};

/// A k x k mesh of one tile a router, three cycles a router and one a link.
inline NocConfig squareMesh(int side, int virtualChannels, int bufferFlits) {
  NocConfig config;
  config.meshColumns = config.meshRows = side;
  config.clockPeriod = sc_core::sc_time(1, sc_core::SC_NS);
  config.virtualChannels = virtualChannels;
  config.bufferFlits = bufferFlits;
  return config;
}

}  // namespace crosstile::testing
