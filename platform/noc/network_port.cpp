// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/network_port.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace crosstile {

using sc_core::sc_time;

NetworkPort::NetworkPort(const sc_core::sc_module_name& moduleName, int receiveFlits)
    : sc_module(moduleName), receiveFlits_(receiveFlits) {
  toRouter.register_nb_transport_bw(this, &NetworkPort::respond);
  fromRouter.register_nb_transport_fw(this, &NetworkPort::receive);
  fromRouter.register_b_transport(this, &NetworkPort::receiveLoose);
}

void NetworkPort::attach(NocContext& context, int node, int link) {
  context_ = &context;
  sender_ = std::make_unique<LinkSender>(context);
  node_ = node;
  link_ = link;
  const auto channels = static_cast<std::size_t>(context.config.virtualChannels);
  for (std::size_t v = 0; v < channels; ++v) queues_.emplace_back(context.config.bufferFlits);
}

PacketRef NetworkPort::makePacket(int destination, PacketKind kind, int layer) {
  checkConnected();
  PacketRef packet = context_->packets.take();
  packet->destination = destination;
  packet->kind = kind;
  packet->packetClass = classOf(kind);
  packet->layer = layer;
  return packet;
}

void NetworkPort::checkConnected() const {
  if (context_ == nullptr)
    throw RunFailure("network: {} is not connected to a mesh", sc_core::sc_object::name());
}

void NetworkPort::setDestinations(Packet& packet) const {
  std::vector<int>& all = packet.destinations;
  if (!all.empty()) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    packet.destination = all.front();
  }
  const int last = all.empty() ? packet.destination : all.back();
  if (packet.destination < 0 || last >= context_->shape.nodes()) {
    throw RunFailure("network: {} sends a {} packet to node {}: nodes are 0 to {}",
                     context_->shape.nodeName(node_), crosstile::name(packet.kind),
                     packet.destination < 0 ? packet.destination : last, context_->shape.nodes() - 1);
  }
  if (all.size() == 1) all.clear();
}

void NetworkPort::inject(Packet& packet) {
  checkConnected();
  setDestinations(packet);
  if (packet.layer < -1) {
    throw RunFailure("network: {} sends a {} packet of layer {}: must be -1 or a layer",
                     context_->shape.nodeName(node_), crosstile::name(packet.kind), packet.layer);
  }
  packet.source = node_;
  packet.epoch = context_->epoch;
  packet.channel = context_->shape.channelOf(packet, context_->config.virtualChannels);
  if (context_->tap) context_->tap(packet);
  packet.flits = flitsOf(packet.data.size(), context_->config.flitBits);
  ++context_->statistics.sent;
  TrafficCount& count = context_->statistics.traffic(packet.layer, packet.kind);
  ++count.packets;
  count.bytes += packet.data.size();
}

void NetworkPort::send(PacketRef packet) {
  inject(*packet);
  const std::uint64_t cycle = context_->clock.cycleFrom(sc_core::sc_time_stamp());
  Queue& queue = queues_[static_cast<std::size_t>(packet->channel)];
  queue.packets.push({std::move(packet), cycle, sent_++});
  ++queued_;
  if (queue.packets.size() == 1) queue.findRoom();
  if (context_->clock.edge(cycle) == sc_core::sc_time_stamp()) {
    pump(cycle);
  } else {
    scheduleSending(cycle);
  }
}

void NetworkPort::reset() {
  for (Queue& queue : queues_) queue.packets.clear();
  queued_ = 0;
}

void NetworkPort::wake(std::uint64_t cycle) {
  if (cycle != sendWake_ && cycle != deliverWake_) return;  // moved since
  ++context_->statistics.portWakes;
  if (cycle == deliverWake_) {
    deliverWake_ = kNever;
    deliver(cycle);
  }
  if (cycle == sendWake_) {
    sendWake_ = kNever;
    pump(cycle);
  }
}

/// At the edge of `cycle`: sends the oldest packet that has room, if the link is free.
void NetworkPort::pump(std::uint64_t cycle) {
  Queue* oldest = nullptr;
  for (Queue& queue : queues_) {
    if (linkFree_ > cycle || queue.packets.empty() || queue.roomFrom > cycle) continue;
    if (oldest == nullptr || queue.packets.front().order < oldest->packets.front().order) oldest = &queue;
  }
  if (oldest != nullptr) leave(*oldest, cycle);
  scheduleSending(cycle + 1);
}

void NetworkPort::leave(Queue& queue, std::uint64_t cycle) {
  const Departure departure{queue.packets.front().ready, queue.firstSince(), queue.roomFrom, cycle};
  const Queued sent = queue.packets.pop();
  --queued_;
  const int flits = sent.packet->flits;
  context_->recordTransfer(link_, *sent.packet, departure);
  context_->recordReserved(link_, sent.packet->channel, queue.space.take(cycle, flits));
  linkFree_ = queue.free = cycle + static_cast<std::uint64_t>(flits);
  queue.findRoom();
  sender_->send(*toRouter.operator->(), sent.packet, cycle);
}

/// Wakes the port when the next packet may leave.
void NetworkPort::scheduleSending(std::uint64_t notBefore) {
  std::uint64_t next = kNever;
  for (const Queue& queue : queues_)
    if (!queue.packets.empty()) next = std::min(next, queue.roomFrom);
  if (next == kNever) return;
  next = std::max({next, linkFree_, notBefore});
  if (next >= sendWake_) return;
  sendWake_ = next;
  context_->wheel.atEdge(next, *this);
}

/// A credit: the first packet of its channel may have waited for it.
tlm::tlm_sync_enum NetworkPort::respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const LinkSender::Credit credit = sender_->credit(payload, delay);
  Queue& queue = queues_[static_cast<std::size_t>(credit.channel)];
  queue.space.giveBack(credit.cycle, credit.packetFlits);
  if (!queue.packets.empty() && queue.roomFrom == kNever) {
    queue.findRoom();
    scheduleSending(credit.cycle);
  }
  return tlm::TLM_COMPLETED;
}

bool NetworkPort::isHere(const Packet* packet) const {
  if (packet == nullptr) return false;
  if (!packet->multicast()) return packet->destination == node_;
  return std::binary_search(packet->destinations.begin(), packet->destinations.end(), node_);
}

tlm::tlm_sync_enum NetworkPort::receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  PacketRef packet = PacketPayloads::cargoOf(payload);
  if (!isHere(packet.get())) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  const sc_time now = sc_core::sc_time_stamp();
  const std::uint64_t tail =
      context_->clock.cycleFrom(now + delay) + static_cast<std::uint64_t>(packet->flits - 1);
  delay = context_->clock.edge(tail) - now;
  const bool buffered = receiveFlits_ > 0;
  if (buffered) payload.acquire();
  arrivals_.push({tail, std::move(packet), buffered ? &payload : nullptr});
  scheduleDelivery();
  if (buffered) {
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return tlm::TLM_COMPLETED;
}

/// One link in, hence at most one tail a cycle, in order.
void NetworkPort::scheduleDelivery() {
  if (arrivals_.empty()) return;
  const std::uint64_t next = std::max(arrivals_.front().cycle, takesFrom_);
  if (next >= deliverWake_) return;
  deliverWake_ = next;
  context_->wheel.atEdge(next, *this);
}

void NetworkPort::deliver(std::uint64_t cycle) {
  while (!arrivals_.empty() && arrivals_.front().cycle <= cycle && takesFrom_ <= cycle)
    handOver(arrivals_.pop(), cycle);
  scheduleDelivery();
}

void NetworkPort::handOver(const Arrival& arrival, std::uint64_t cycle) {
  ++context_->statistics.delivered;
  if (onPacket_ && arrival.packet->epoch == context_->epoch) onPacket_(arrival.packet);
  if (arrival.payload == nullptr) return;
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_time delay = context_->clock.edge(cycle + static_cast<std::uint64_t>(context_->config.linkCycles)) -
                  sc_core::sc_time_stamp();
  arrival.payload->set_response_status(tlm::TLM_OK_RESPONSE);
  fromRouter->nb_transport_bw(*arrival.payload, phase, delay);
  arrival.payload->release();
}

sc_time NetworkPort::sendLoose(PacketRef packet, const sc_time& delay) {
  inject(*packet);
  const std::uint64_t ready = context_->clock.cycleFrom(sc_core::sc_time_stamp() + delay);
  const std::uint64_t start = calendar_.book(ready, static_cast<std::uint64_t>(packet->flits));
  context_->recordTransfer(link_, *packet, {ready, ready, ready, start});
  return sender_->transport(*toRouter.operator->(), packet,
                            start + static_cast<std::uint64_t>(context_->config.linkCycles));
}

void NetworkPort::receiveLoose(tlm::tlm_generic_payload& payload, sc_time& delay) {
  PacketRef packet = PacketPayloads::cargoOf(payload);
  if (!isHere(packet.get())) {
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
  for (const Queue& queue : queues_) {
    for (std::size_t i = 0; i < queue.packets.size(); ++i) {
      const Packet& p = *queue.packets[i].packet;
      const char* why = i > 0                      ? "behind others in the queue"
                        : queue.roomFrom == kNever ? "for room in its router"
                                                   : "for its link";
      lines.push_back(fmt::format("{}: {} packet to {} (layer {}, {} flits) waits {}",
                                  context_->shape.nodeName(node_), crosstile::name(p.kind),
                                  context_->shape.nodeName(p.destination), p.layer, p.flits, why));
    }
  }
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    const Arrival& arrival = arrivals_[i];
    const Packet& p = *arrival.packet;
    lines.push_back(fmt::format("{}: {} packet from {} (layer {}, {} flits) arrives in cycle {}",
                                context_->shape.nodeName(node_), crosstile::name(p.kind),
                                context_->shape.nodeName(p.source), p.layer, p.flits, arrival.cycle));
  }
  return lines;
}

}  // namespace crosstile
