// SPDX-License-Identifier: Apache-2.0
// The sending end of a link: one hop of a packet as a TLM-2.0 base-protocol transaction.
//
//   BEGIN_REQ      annotated with the edge at which the head arrives if it may leave at once
//   TLM_COMPLETED  room is there, or its cycle is known: annotated with the edge at which the tail arrives
//   TLM_ACCEPTED   no room yet; then BEGIN_RESP, annotated in the same way, as soon as the cycle is known
//
// The sender reads the cycle in which the head really leaves off the tail's arrival:
//     start = tail - linkCycles - (flits - 1)
#pragma once

#include <cstdint>
#include <optional>
#include <tlm>

#include "platform/noc/noc_context.h"

namespace crosstile {

class LinkSender {
 public:
  explicit LinkSender(NocContext& context) : context_(&context) {}

  /// Asks to send in cycle `cycle` (its edge may be past by up to half a cycle).
  /// @return the cycle in which the head leaves; nothing when the receiver will say later (see respond)
  /// @throws RunFailure when the receiver answers with an error
  std::optional<std::uint64_t> request(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet,
                                       std::uint64_t cycle);

  /// The receiver's answer on the backward path, if `phase` is one.
  std::optional<std::uint64_t> respond(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
                                       const sc_core::sc_time& delay);

  /// One call in `loose` timing: the head arrives at `arrival`. @return when the receiver is done
  sc_core::sc_time transport(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet,
                             std::uint64_t arrival);

  bool waiting() const { return payload_ != nullptr; }  ///< a request is under way

 private:
  std::uint64_t finish(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  NocContext* context_;
  tlm::tlm_generic_payload* payload_ = nullptr;
};

}  // namespace crosstile
