// SPDX-License-Identifier: Apache-2.0
// How sockets are bound. The machine binds all its sockets through a Binder, so that a test can put a
// protocol checker (or a user a monitor) into every connection without touching the machine.
#pragma once

#include <tlm>

namespace crosstile {

/// The sides of a connection: 32-bit base-protocol sockets, optional or not, simple or not.
using InitiatorSocket = tlm::tlm_base_initiator_socket_b<32>;
using TargetSocket = tlm::tlm_base_target_socket_b<32>;

/// Binds initiator to target directly; derive to put something in between. Used during elaboration only.
class Binder {
 public:
  Binder() = default;
  Binder(const Binder&) = delete;
  Binder& operator=(const Binder&) = delete;
  virtual ~Binder() = default;
  virtual void bind(InitiatorSocket& initiator, TargetSocket& target) { direct(initiator, target); }

 protected:
  /// Forward path: port of the initiator to export of the target; backward path the other way round.
  static void direct(InitiatorSocket& initiator, TargetSocket& target) {
    initiator.get_base_port()(target.get_base_interface());
    target.get_base_port()(initiator.get_base_interface());
  }
};

}  // namespace crosstile
