// SPDX-License-Identifier: Apache-2.0
// The on-chip network: a mesh of routers to which tiles and the host connect.
#pragma once

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/memory/binder.h"
#include "platform/noc/network_port.h"
#include "platform/noc/noc_context.h"
#include "platform/noc/router.h"

namespace crosstile {

class Mesh : public sc_core::sc_module {
 public:
  /// Builds and binds the routers. @throws BadInput for a configuration out of range
  /// @param makeRouter  for routers of another kind than the model's
  Mesh(const sc_core::sc_module_name& moduleName, const NocConfig& config, Binder& binder,
       const RouterFactory& makeRouter = {});
  Mesh(const sc_core::sc_module_name& moduleName, const NocConfig& config);

  /// Binds a node's port to its router; during elaboration. Nodes may stay unconnected: a packet to one is
  /// refused.
  /// @throws BadInput when there is no such node or it is connected already
  void connect(int node, NetworkPort& port, Binder& binder);
  void connect(int node, NetworkPort& port);

  const NocConfig& config() const { return context_.config; }
  const MeshShape& shape() const { return context_.shape; }
  const CycleClock& clock() const { return context_.clock; }
  const NocStatistics& statistics() const { return context_.statistics; }
  void clearStatistics() { context_.statistics.clear(); }

  std::size_t packetsLent() const { return context_.packets.lent(); }        ///< held by anybody
  std::size_t packetsCreated() const { return context_.packets.created(); }  ///< ever; the rest is reuse

  /// Called for every busy interval of every link, when it is decided (so not in the order of time between
  /// links).
  void setTrace(LinkTrace trace) { context_.trace = std::move(trace); }
  /// Called for every packet when it is sent; may change its data, to see what a fault does.
  void setTap(PacketTap tap) { context_.tap = std::move(tap); }

  /// Hardware reset: what is queued in ports is lost at once; what is in buffers and on links goes its way
  /// and is lost when it arrives.
  void reset();

  /// No packet anywhere: neither queued, nor in a buffer, nor on a link.
  bool idle() const;
  /// One line a packet that is somewhere, and what it waits for: for the chip's report of a deadlock.
  std::vector<std::string> waiting() const;

 private:
  void turn();
  int addLink(const std::string& name, bool local);
  void build(const RouterFactory& makeRouter);
  void bindNeighbours(Binder& binder);

  NocContext context_;
  std::vector<std::unique_ptr<RouterModule>> routers_;
  std::vector<std::vector<int>> routerLinks_;  // by router and output: index in the statistics, -1: none
  std::vector<NetworkPort*> ports_;            // by node; null: not connected
};

}  // namespace crosstile
