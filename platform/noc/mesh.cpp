// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/mesh.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace crosstile {
namespace {

const NocConfig& checked(const NocConfig& config) {
  config.check();
  return config;
}

int opposite(int side) {
  return (side + 2) % 4;
}

}  // namespace

Mesh::Mesh(const sc_core::sc_module_name& moduleName, const NocConfig& config, Binder& binder,
           const RouterFactory& makeRouter)
    : sc_module(moduleName), context_(checked(config)) {
  build(makeRouter);
  bindNeighbours(binder);
}

Mesh::Mesh(const sc_core::sc_module_name& moduleName, const NocConfig& config)
    : sc_module(moduleName), context_(checked(config)) {
  build({});
  Binder direct;
  bindNeighbours(direct);
}

int Mesh::addLink(const std::string& linkName, bool local) {
  LinkStatistics link;
  link.name = linkName;
  link.local = local;
  link.channels.resize(static_cast<std::size_t>(context_.config.virtualChannels));
  context_.statistics.links.push_back(std::move(link));
  return static_cast<int>(context_.statistics.links.size()) - 1;
}

/// All routers and ports that are due at this moment.
void Mesh::turn() {
  ++context_.statistics.kernelEvents;
  context_.wheel.turn();
}

void Mesh::build(const RouterFactory& makeRouter) {
  SC_HAS_PROCESS(Mesh);
  SC_METHOD(turn);
  dont_initialize();
  sensitive << context_.wheel.event();
  const MeshShape& shape = context_.shape;
  ports_.resize(static_cast<std::size_t>(shape.nodes()), nullptr);
  for (int r = 0; r < shape.routers(); ++r) {
    RouterStatistics statistics;
    statistics.name = shape.routerName(r);
    context_.statistics.routers.push_back(std::move(statistics));
    std::vector<int> links;
    for (int port = 0; port < shape.portsOf(r); ++port) {
      const bool local = port >= kFirstLocal;
      const int beyond = local ? -1 : shape.neighbour(r, port);
      const std::string to = local         ? shape.nodeName(shape.nodeAt(r, port))
                             : beyond >= 0 ? shape.routerName(beyond)
                                           : std::string("border");
      // Sides at the border have no link; their index is never used.
      links.push_back(local || beyond >= 0 ? addLink(shape.routerName(r) + "->" + to, local) : -1);
    }
    const std::string routerName = fmt::format("router_{}", r);
    if (makeRouter) {
      routers_.push_back(makeRouter(routerName.c_str(), context_, r, links));
    } else {
      routers_.push_back(std::make_unique<Router>(routerName.c_str(), context_, r, links));
    }
    routerLinks_.push_back(std::move(links));
  }
}

void Mesh::bindNeighbours(Binder& binder) {
  for (int r = 0; r < context_.shape.routers(); ++r) {
    for (int side = kNorth; side <= kWest; ++side) {
      const int beyond = context_.shape.neighbour(r, side);
      if (beyond < 0) continue;
      RouterModule& to = *routers_[static_cast<std::size_t>(beyond)];
      to.setFeeder(opposite(side), routerLinks_[static_cast<std::size_t>(r)][static_cast<std::size_t>(side)]);
      routers_[static_cast<std::size_t>(r)]->setRoomBeyond(side, context_.config.bufferFlits);
      binder.bind(routers_[static_cast<std::size_t>(r)]->out[static_cast<std::size_t>(side)],
                  to.in[static_cast<std::size_t>(opposite(side))]);
    }
  }
}

void Mesh::connect(int node, NetworkPort& port, Binder& binder) {
  const MeshShape& shape = context_.shape;
  if (node < 0 || node >= shape.nodes()) {
    throw BadInput("network: node {}: must be from 0 to {}", node, shape.nodes() - 1);
  }
  NetworkPort*& connected = ports_[static_cast<std::size_t>(node)];
  if (connected != nullptr || port.node() >= 0) {
    throw BadInput("network: {} or its port is connected already", shape.nodeName(node));
  }
  connected = &port;
  RouterModule& router = *routers_[static_cast<std::size_t>(shape.routerOf(node))];
  const auto local = static_cast<std::size_t>(shape.localPortOf(node));
  const int link = addLink(shape.nodeName(node) + "->" + shape.routerName(shape.routerOf(node)), true);
  port.attach(context_, node, link);
  router.setFeeder(shape.localPortOf(node), link);
  router.setRoomBeyond(shape.localPortOf(node), port.receiveFlits());
  binder.bind(port.toRouter, router.in[local]);
  binder.bind(router.out[local], port.fromRouter);
}

void Mesh::connect(int node, NetworkPort& port) {
  Binder direct;
  connect(node, port, direct);
}

void Mesh::reset() {
  ++context_.epoch;
  for (auto& router : routers_) router->reset();
  for (NetworkPort* port : ports_) {
    if (port != nullptr) port->reset();
  }
}

bool Mesh::idle() const {
  return std::all_of(routers_.begin(), routers_.end(), [](const auto& router) { return router->idle(); }) &&
         std::all_of(ports_.begin(), ports_.end(),
                     [](const NetworkPort* port) { return port == nullptr || port->idle(); });
}

std::vector<std::string> Mesh::waiting() const {
  std::vector<std::string> lines;
  const auto add = [&lines](std::vector<std::string> more) {
    std::move(more.begin(), more.end(), std::back_inserter(lines));
  };
  for (const NetworkPort* port : ports_)
    if (port != nullptr) add(port->waiting());
  for (const auto& router : routers_) add(router->waiting());
  return lines;
}

}  // namespace crosstile
