// SPDX-License-Identifier: Apache-2.0
// Blocking reads and writes as one-line calls.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/base/error.h"

namespace crosstile {

/// One blocking transaction through `socket` with a payload on the stack (b_transport needs no memory
/// manager), whatever the target answers in `payload`. @param delay  as the target annotated it
template <typename Socket>
void request(Socket& socket, tlm::tlm_generic_payload& payload, tlm::tlm_command command, std::uint64_t address,
             void* data, std::size_t size, sc_core::sc_time& delay) {
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(static_cast<unsigned int>(size));
  payload.set_streaming_width(static_cast<unsigned int>(size));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  socket->b_transport(payload, delay);
}

/// The same for those who can't be refused.
/// @return `delay` as the target annotated it  @throws RunFailure when the target refuses
template <typename Socket>
sc_core::sc_time transact(Socket& socket, tlm::tlm_command command, std::uint64_t address, void* data,
                          std::size_t size, sc_core::sc_time delay) {
  tlm::tlm_generic_payload payload;
  request(socket, payload, command, address, data, size, delay);
  if (payload.is_response_error()) {
    throw RunFailure("{}: {} of {} B at 0x{:x} was refused ({})", socket.name(),
                     command == tlm::TLM_READ_COMMAND ? "read" : "write", size, address,
                     payload.get_response_string());
  }
  return delay;
}

}  // namespace crosstile
