// SPDX-License-Identifier: Apache-2.0
// A router's sockets: packets in, credits back, and `loose` timing. What it decides is in
// router_arbitration.cpp.
#include "platform/noc/router.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace crosstile {

using sc_core::sc_time;

Router::Router(const sc_core::sc_module_name& moduleName, NocContext& context, int id,
               const std::vector<int>& links)
    : RouterModule(moduleName, links.size()),
      context_(context),
      id_(id),
      place_(context.places[static_cast<std::size_t>(id * context.config.concentration)]),
      channels_(context.config.virtualChannels),
      sender_(context),
      inputs_(links.size()),
      inChannels_(links.size() * static_cast<std::size_t>(channels_)),
      outChannels_(inChannels_.size(), OutChannel(context.config.bufferFlits)) {
  for (std::size_t port = 0; port < links.size(); ++port) {
    const int tag = static_cast<int>(port);
    outputs_.emplace_back(links[port]);
    for (int v = 0; v < channels_; ++v) {
      InChannel& inChannel = inChannels_[at(tag, v)];
      OutChannel& outChannel = outChannels_[at(tag, v)];
      inChannel.port = outChannel.port = tag;
      inChannel.channel = outChannel.channel = v;
    }
  }
}

void Router::setRoomBeyond(int port, int flits) {
  outputs_[static_cast<std::size_t>(port)].bound = true;
  for (int v = 0; v < channels_; ++v) outChannels_[at(port, v)].space = BufferSpace(flits);
}

/// A socket's way to its interface is long, and taken twice a hop.
void Router::end_of_elaboration() {
  for (std::size_t port = 0; port < outputs_.size(); ++port) {
    if (!outputs_[port].bound) continue;
    outputs_[port].target = out[port].operator->();
    inputs_[port].initiator = in[port].operator->();
  }
}

/// MeshShape::route, from places that are looked up.
int Router::unicastOutput(int destination) const {
  const NodePlace& to = context_.places[static_cast<std::size_t>(destination)];
  if (to.column != place_.column) return to.column > place_.column ? kEast : kWest;
  if (to.row != place_.row) return to.row > place_.row ? kSouth : kNorth;
  return to.localPort;
}

/// The outputs of a packet; none when it can't be delivered.
PortSet Router::route(const Packet* packet) const {
  if (packet == nullptr || packet->channel < 0 || packet->channel >= channels_) return 0;
  if (!packet->multicast()) {
    if (packet->destination < 0 || packet->destination >= context_.shape.nodes()) return 0;
    const int output = unicastOutput(packet->destination);
    return outputs_[static_cast<std::size_t>(output)].bound ? PortSet{1} << output : 0;
  }
  const PortSet branches = context_.shape.branches(id_, *packet);
  for (PortSet rest = branches; rest != 0; rest &= rest - 1) {
    const auto port = static_cast<std::size_t>(lowestPort(rest));
    if (port >= outputs_.size() || !outputs_[port].bound) return 0;
  }
  return branches;
}

tlm::tlm_sync_enum Router::receive(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  Packet* packet = PacketPayloads::cargo(payload);
  const PortSet branches = route(packet);
  if (branches == 0) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  const sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t head = context_.clock.cycleFrom(now + delay);
  const std::size_t c = at(port, packet->channel);
  InChannel& channel = inChannels_[c];
  payload.acquire();
  channel.fifo.push(
      {&payload, packet, branches, head + static_cast<std::uint64_t>(context_.config.routerCycles)});
  if (channel.fifo.size() == 1) {
    channel.asking = branches;
    active_.push_back(c);
    schedule(nextDecision(channel));
  }
  phase = tlm::END_REQ;
  delay = context_.clock.edge(head + static_cast<std::uint64_t>(packet->flits - 1)) - now;
  return tlm::TLM_UPDATED;
}

/// A credit: the packet that holds the channel may have waited for it.
tlm::tlm_sync_enum Router::respond(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const LinkSender::Credit credit = sender_.credit(payload, delay);
  OutChannel& channel = outChannels_[at(port, credit.channel)];
  channel.space.giveBack(credit.cycle, credit.packetFlits);
  if (channel.holder >= 0 && channel.roomFrom == kNever) {
    const InChannel& holder = inChannels_[at(channel.holder, credit.channel)];
    channel.roomFrom = channel.space.roomFrom(channel.granted, holder.fifo.front().packet->flits);
    schedule(nextDecision(holder));
  }
  return tlm::TLM_COMPLETED;
}

void Router::receiveLoose(int, tlm::tlm_generic_payload& payload, sc_time& delay) {
  const PacketRef packet = PacketPayloads::cargoOf(payload);
  const PortSet branches = route(packet.get());
  if (branches == 0) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const NocConfig& config = context_.config;
  const std::uint64_t head = context_.clock.cycleFrom(sc_core::sc_time_stamp() + delay);
  const std::uint64_t ready = head + static_cast<std::uint64_t>(config.routerCycles);
  for (PortSet rest = branches; rest != 0; rest &= rest - 1) {
    const auto o = static_cast<std::size_t>(lowestPort(rest));
    const std::uint64_t start = outputs_[o].calendar.book(ready, static_cast<std::uint64_t>(packet->flits));
    const Departure departure{ready, ready, ready, start};
    context_.recordTraversal(id_, *packet, departure);
    context_.recordTransfer(outputs_[o].link, *packet, departure);
    const sc_time done =
        sender_.transport(*outputs_[o].target, packet, start + static_cast<std::uint64_t>(config.linkCycles));
    delay = std::max(delay, done);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Router::reset() {
  for (Input& input : inputs_) input.last = -1;
  for (Output& output : outputs_) output.last = -1;
  for (OutChannel& channel : outChannels_) channel.last = -1;
}

std::string Router::describe(const Resident& resident, std::size_t inChannel, const std::string& why) const {
  static constexpr const char* kSides[] = {"north", "east", "south", "west"};
  const MeshShape& shape = context_.shape;
  const Packet& p = *resident.packet;
  const int port = static_cast<int>(inChannel) / channels_;
  const std::string side = port < kFirstLocal ? kSides[port] : shape.nodeName(shape.nodeAt(id_, port));
  const std::string others = p.multicast() ? fmt::format(" and {} others", p.destinations.size() - 1) : "";
  return fmt::format("{}: {} packet {} -> {}{} (layer {}, {} flits) from {} waits {}", shape.routerName(id_),
                     crosstile::name(p.kind), shape.nodeName(p.source), shape.nodeName(p.destination), others,
                     p.layer, p.flits, side, why);
}

std::vector<std::string> Router::waiting() const {
  std::vector<std::string> lines;
  const auto linkOf = [this](int port) -> const std::string& {
    const int link = outputs_[static_cast<std::size_t>(port)].link;
    return context_.statistics.links[static_cast<std::size_t>(link)].name;
  };
  for (std::size_t c = 0; c < inChannels_.size(); ++c) {
    const InChannel& channel = inChannels_[c];
    if (channel.fifo.empty()) continue;
    for (PortSet rest = channel.asking | channel.held; rest != 0; rest &= rest - 1) {
      const int port = lowestPort(rest);
      const bool held = (channel.held >> port & 1) != 0;
      const bool room = outChannels_[at(port, static_cast<int>(c) % channels_)].roomFrom != kNever;
      lines.push_back(
          describe(channel.fifo.front(), c, (held && !room ? "for room beyond " : "for ") + linkOf(port)));
    }
    for (std::size_t k = 1; k < channel.fifo.size(); ++k)
      lines.push_back(describe(channel.fifo[k], c, "behind others in the buffer"));
  }
  return lines;
}

}  // namespace crosstile
