// SPDX-License-Identifier: Apache-2.0
// What the mesh wants of a router, whoever decides inside of it: the event-driven model (router.h) or RTL
// (platform/cosim/rtl).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/noc/noc_context.h"
#include "tlm_utils/simple_initiator_socket.h"
#include "tlm_utils/simple_target_socket.h"

namespace crosstile {

class RouterModule : public sc_core::sc_module {
 public:
  using In = tlm_utils::simple_target_socket_tagged_optional<RouterModule>;
  using Out = tlm_utils::simple_initiator_socket_tagged_optional<RouterModule>;

  sc_core::sc_vector<In> in{"in"};  ///< by RouterSide: neighbours, then local ports
  sc_core::sc_vector<Out> out{"out"};

  RouterModule(const sc_core::sc_module_name& moduleName, std::size_t ports) : sc_module(moduleName) {
    in.init(ports);
    out.init(ports);
    for (std::size_t port = 0; port < ports; ++port) {
      const int tag = static_cast<int>(port);
      in[port].register_nb_transport_fw(this, &RouterModule::receive, tag);
      in[port].register_b_transport(this, &RouterModule::receiveLoose, tag);
      out[port].register_nb_transport_bw(this, &RouterModule::respond, tag);
    }
  }

  /// Which link feeds input `port`.
  virtual void setFeeder(int port, int link) = 0;
  /// Output `port` is bound; size of the buffers beyond it, for each channel, 0: without limit.
  virtual void setRoomBeyond(int port, int flits) = 0;
  virtual bool idle() const = 0;
  /// Hardware reset: arbitration begins anew.
  virtual void reset() = 0;
  /// One line a packet in an input buffer: what it waits for.
  virtual std::vector<std::string> waiting() const = 0;

 private:
  /// A packet comes in (the transaction's forward path), or its room comes back (the backward path).
  virtual tlm::tlm_sync_enum receive(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) = 0;
  virtual tlm::tlm_sync_enum respond(int port, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) = 0;
  virtual void receiveLoose(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) = 0;
};

/// Makes router `id` of a mesh. `links`: index in the statistics of every output's link.
using RouterFactory = std::function<std::unique_ptr<RouterModule>(
    const char* name, NocContext& context, int id, const std::vector<int>& links)>;

}  // namespace crosstile
