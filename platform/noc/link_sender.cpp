// SPDX-License-Identifier: Apache-2.0
#include "platform/noc/link_sender.h"

#include "models/base/error.h"

namespace crosstile {
namespace {

void checkResponse(const tlm::tlm_generic_payload& payload, const Packet& packet, const MeshShape& shape) {
  if (payload.is_response_ok()) return;
  throw RunFailure("network: a {} packet from {} to {} was refused: {}", name(packet.kind),
                   shape.nodeName(packet.source), shape.nodeName(packet.destination),
                   payload.get_response_string());
}

}  // namespace

void LinkSender::send(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet, std::uint64_t cycle) {
  tlm::tlm_generic_payload& payload =
      context_->payloads.take(packet, tlm::TLM_WRITE_COMMAND, packet->address);
  const auto headArrival = cycle + static_cast<std::uint64_t>(context_->config.linkCycles);
  sc_core::sc_time delay = context_->clock.edge(headArrival) - sc_core::sc_time_stamp();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  const tlm::tlm_sync_enum answer = target.nb_transport_fw(payload, phase, delay);
  if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) return;  // the payload is released by credit()
  if (answer != tlm::TLM_COMPLETED) {
    throw RunFailure("network: a receiver neither ended nor completed the request of a {} packet from {}",
                     name(packet->kind), context_->shape.nodeName(packet->source));
  }
  checkResponse(payload, *packet, context_->shape);
  payload.release();
}

LinkSender::Credit LinkSender::credit(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  const Packet& packet = *PacketPayloads::cargo(payload);
  checkResponse(payload, packet, context_->shape);
  const Credit credit{packet.channel, packet.flits,
                      context_->clock.cycleFrom(sc_core::sc_time_stamp() + delay)};
  payload.release();
  return credit;
}

sc_core::sc_time LinkSender::transport(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet,
                                       std::uint64_t arrival) {
  tlm::tlm_generic_payload& payload =
      context_->payloads.take(packet, tlm::TLM_WRITE_COMMAND, packet->address);
  sc_core::sc_time delay = context_->clock.edge(arrival) - sc_core::sc_time_stamp();
  target.b_transport(payload, delay);
  checkResponse(payload, *packet, context_->shape);
  payload.release();
  return delay;
}

}  // namespace crosstile
