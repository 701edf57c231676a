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

std::optional<std::uint64_t> LinkSender::request(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet,
                                                 std::uint64_t cycle) {
  payload_ = &context_->payloads.take(packet, tlm::TLM_WRITE_COMMAND, packet->address);
  const auto headArrival = cycle + static_cast<std::uint64_t>(context_->config.linkCycles);
  sc_core::sc_time delay = context_->clock.edge(headArrival) - sc_core::sc_time_stamp();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  const tlm::tlm_sync_enum answer = target.nb_transport_fw(*payload_, phase, delay);
  if (answer == tlm::TLM_COMPLETED) return finish(*payload_, delay);
  if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    tlm::tlm_phase end = tlm::END_RESP;
    sc_core::sc_time endDelay = delay;
    target.nb_transport_fw(*payload_, end, endDelay);
    return finish(*payload_, delay);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> LinkSender::respond(tlm::tlm_generic_payload& payload,
                                                 const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP || payload_ != &payload) return std::nullopt;
  return finish(payload, delay);
}

std::uint64_t LinkSender::finish(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  const PacketRef packet = PacketPayloads::cargoOf(payload);
  checkResponse(payload, *packet, context_->shape);
  payload_ = nullptr;
  payload.release();
  const std::uint64_t tail = context_->clock.cycleFrom(sc_core::sc_time_stamp() + delay);
  return tail - static_cast<std::uint64_t>(context_->config.linkCycles + packet->flits - 1);
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
