// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/network_port.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace crosstile {

using sc_core::sc_time;

NetworkPort::NetworkPort(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {
  SC_HAS_PROCESS(NetworkPort);
  toRouter.register_nb_transport_bw(this, &NetworkPort::respond);
  fromRouter.register_nb_transport_fw(this, &NetworkPort::receive);
  fromRouter.register_b_transport(this, &NetworkPort::receiveLoose);
  SC_METHOD(linkIsFree);
  dont_initialize();
  sensitive << linkFreeEvent_;
  SC_METHOD(deliver);
  dont_initialize();
  sensitive << arrivalEvent_;
}

void NetworkPort::attach(NocContext& context, int node, int link) {
  context_ = &context;
  sender_ = std::make_unique<LinkSender>(context);
  node_ = node;
  link_ = link;
}

PacketRef NetworkPort::makePacket(int destination, PacketKind kind, int layer) {
  checkConnected();
  PacketRef packet = context_->packets.take();
  packet->destination = destination;
  packet->kind = kind;
  packet->layer = layer;
  return packet;
}

void NetworkPort::checkConnected() const {
  if (context_ == nullptr)
    throw RunFailure("network: {} is not connected to a mesh", sc_core::sc_object::name());
}

void NetworkPort::inject(Packet& packet) {
  checkConnected();
  if (packet.destination < 0 || packet.destination >= context_->shape.nodes()) {
    throw RunFailure("network: {} sends a {} packet to node {}: nodes are 0 to {}",
                     context_->shape.nodeName(node_), crosstile::name(packet.kind), packet.destination,
                     context_->shape.nodes() - 1);
  }
  if (packet.layer < -1) {
    throw RunFailure("network: {} sends a {} packet of layer {}: must be -1 or a layer",
                     context_->shape.nodeName(node_), crosstile::name(packet.kind), packet.layer);
  }
  packet.source = node_;
  packet.epoch = context_->epoch;
  if (context_->tap) context_->tap(packet);
  packet.flits = flitsOf(packet.data.size(), context_->config.flitBits);
  ++context_->statistics.sent;
  TrafficCount& count = context_->statistics.traffic(packet.layer, packet.kind);
  ++count.packets;
  count.bytes += packet.data.size();
}

void NetworkPort::send(PacketRef packet) {
  inject(*packet);
  queue_.push_back({std::move(packet), context_->clock.cycleFrom(sc_core::sc_time_stamp())});
  pump();
}

/// A packet that has asked for its link already can't be taken back.
void NetworkPort::reset() {
  const std::size_t kept = sender_->waiting() ? 1 : 0;
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(kept), queue_.end());
}

void NetworkPort::linkIsFree() {
  ++context_->statistics.portWakes;
  pump();
}

void NetworkPort::pump() {
  if (queue_.empty() || sender_->waiting()) return;
  const std::uint64_t cycle = context_->clock.cycleFrom(sc_core::sc_time_stamp());
  if (linkFree_ > cycle) {
    // Often the event is pending for that very edge already, and stays as it is.
    linkFreeEvent_.notify(context_->clock.edge(linkFree_) - sc_core::sc_time_stamp());
    return;
  }
  if (const auto start = sender_->request(*toRouter.operator->(), queue_.front().packet, cycle))
    leave(*start);
}

void NetworkPort::leave(std::uint64_t start) {
  const Queued sent = std::move(queue_.front());
  queue_.pop_front();
  context_->recordTransfer(link_, *sent.packet, sent.ready, start);
  linkFree_ = start + static_cast<std::uint64_t>(sent.packet->flits);
  if (!queue_.empty()) linkFreeEvent_.notify(context_->clock.edge(linkFree_) - sc_core::sc_time_stamp());
}

tlm::tlm_sync_enum NetworkPort::respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_time& delay) {
  const auto start = sender_->respond(payload, phase, delay);
  if (!start) return tlm::TLM_ACCEPTED;
  leave(*start);
  return tlm::TLM_COMPLETED;
}

tlm::tlm_sync_enum NetworkPort::receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  PacketRef packet = PacketPayloads::cargoOf(payload);
  if (!packet || packet->destination != node_) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  const sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t tail =
      context_->clock.cycleFrom(now + delay) + static_cast<std::uint64_t>(packet->flits - 1);
  delay = context_->clock.edge(tail) - now;
  if (arrivals_.empty()) arrivalEvent_.notify(delay);
  arrivals_.push_back({tail, std::move(packet)});
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return tlm::TLM_COMPLETED;
}

void NetworkPort::deliver() {
  ++context_->statistics.portWakes;
  const sc_time now = sc_core::sc_time_stamp();
  const Arrival arrival = std::move(arrivals_.front());  // one link in: at most one tail a cycle, in order
  arrivals_.pop_front();
  if (!arrivals_.empty()) arrivalEvent_.notify(context_->clock.edge(arrivals_.front().cycle) - now);
  ++context_->statistics.delivered;
  if (onPacket_ && arrival.packet->epoch == context_->epoch) onPacket_(arrival.packet);
}

sc_time NetworkPort::sendLoose(PacketRef packet, const sc_time& delay) {
  inject(*packet);
  const std::uint64_t ready = context_->clock.cycleFrom(sc_core::sc_time_stamp() + delay);
  const std::uint64_t start = calendar_.book(ready, static_cast<std::uint64_t>(packet->flits));
  context_->recordTransfer(link_, *packet, ready, start);
  return sender_->transport(*toRouter.operator->(), packet,
                            start + static_cast<std::uint64_t>(context_->config.linkCycles));
}

void NetworkPort::receiveLoose(tlm::tlm_generic_payload& payload, sc_time& delay) {
  PacketRef packet = PacketPayloads::cargoOf(payload);
  if (!packet || packet->destination != node_) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t head = context_->clock.cycleFrom(now + delay);
  delay = context_->clock.edge(head + static_cast<std::uint64_t>(packet->flits - 1)) - now;
  ++context_->statistics.delivered;
  if (onPacketLoose_) onPacketLoose_(std::move(packet), delay);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::vector<std::string> NetworkPort::waiting() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    const Packet& p = *queue_[i].packet;
    const char* why = i > 0                ? "behind others in the queue"
                      : sender_->waiting() ? "for room in its router"
                                           : "for its link";
    lines.push_back(fmt::format("{}: {} packet to {} (layer {}, {} flits) waits {}",
                                context_->shape.nodeName(node_), crosstile::name(p.kind),
                                context_->shape.nodeName(p.destination), p.layer, p.flits, why));
  }
  for (const Arrival& arrival : arrivals_) {
    const Packet& p = *arrival.packet;
    lines.push_back(fmt::format("{}: {} packet from {} (layer {}, {} flits) arrives in cycle {}",
                                context_->shape.nodeName(node_), crosstile::name(p.kind),
                                context_->shape.nodeName(p.source), p.layer, p.flits, arrival.cycle));
  }
  return lines;
}

}  // namespace crosstile
