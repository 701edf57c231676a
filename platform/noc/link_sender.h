// SPDX-License-Identifier: Apache-2.0
// The sending end of a link: one hop of a packet as a TLM-2.0 base-protocol transaction, which lasts for as
// long as the packet is in the buffer behind the link.
//
//   BEGIN_REQ               annotated with the edge at which the head arrives
//   TLM_UPDATED, END_REQ    returned by that call, annotated with the edge at which the tail arrives
//   BEGIN_RESP              the credit: annotated with the edge at which the room is back at the sender;
//                           answered with TLM_COMPLETED
//   TLM_COMPLETED           in place of END_REQ: no credit is needed (or the packet was refused)
#pragma once

#include <cstdint>
#include <tlm>

#include "platform/noc/noc_context.h"

namespace crosstile {

class LinkSender {
 public:
  explicit LinkSender(NocContext& context) : context_(&context) {}

  /// The head leaves in cycle `cycle` (its edge may be past by up to half a cycle).
  /// @throws RunFailure when the receiver answers with an error
  void send(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet, std::uint64_t cycle);

  struct Credit {
    int channel;
    int packetFlits;
    std::uint64_t cycle;  ///< in which the room is back
  };
  /// Ends the transaction: what its response gives back.
  Credit credit(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  /// One call in `loose` timing: the head arrives at `arrival`. @return when the receiver is done
  sc_core::sc_time transport(tlm::tlm_fw_transport_if<>& target, const PacketRef& packet,
                             std::uint64_t arrival);

 private:
  NocContext* context_;
};

}  // namespace crosstile
