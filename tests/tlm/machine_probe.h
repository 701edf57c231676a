// SPDX-License-Identifier: Apache-2.0
// An initiator to call by hand, for tests of one part at a time.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "tests/tlm/machine_bench.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace crosstile::testing {

/// An initiator to call by hand.
class Probe : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Probe> out{"out"};
  explicit Probe(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {}

  /// @return delay and response of one blocking transaction
  std::pair<sc_core::sc_time, tlm::tlm_response_status> access(
      tlm::tlm_command command, std::uint64_t address, void* data, std::size_t size,
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned int>(size));
    payload.set_streaming_width(static_cast<unsigned int>(size));
    out->b_transport(payload, delay);
    EXPECT_EQ(payload.get_address(), address) << "the address must come back as it was sent";
    return {delay, payload.get_response_status()};
  }
};

class TileParts : public SimulationTest {
 protected:
  Probe probe{"probe"};
  CheckedBinder binder;
};

}  // namespace crosstile::testing
