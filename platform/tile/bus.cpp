// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/bus.h"

#include <string>

#include "platform/tile/address_map.h"

namespace crosstile {

Bus::Bus(const sc_core::sc_module_name& moduleName, int cores, int bits, const sc_core::sc_time& period)
    : sc_module(moduleName), bits_(static_cast<std::uint64_t>(bits)), period_(period) {
  for (int c = 0; c < cores; ++c)
    toCores.push_back(std::make_unique<Initiator>(("toCore" + std::to_string(c)).c_str()));
  fromTile.register_b_transport(this, &Bus::transport);
}

void Bus::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t selected = payload.get_address();
  const auto devices = static_cast<std::uint32_t>(selected >> 32);
  const std::uint64_t offset = selected & 0xFFFF'FFFF;
  // Start and status go over lines of their own.
  const bool sideband = offset >= address::kStart && offset < address::kOutput;
  const std::uint64_t bits = sideband ? 0 : std::uint64_t{8} * payload.get_data_length();
  bitsMoved_ += bits;
  delay += sc_core::sc_time::from_value(period_.value() * ((bits + bits_ - 1) / bits_));
  payload.set_address(offset);
  sc_core::sc_time longest = delay;
  const bool single = devices != 0 && (devices & (devices - 1)) == 0;
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (devices != 0 && (single || payload.is_write())) {
    for (std::uint32_t left = devices; left != 0; left &= left - 1) {
      const int device = __builtin_ctz(left);
      sc_core::sc_time own = delay;
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      if (device == address::kDigitalBit) {
        toDigital->b_transport(payload, own);
      } else if (static_cast<std::size_t>(device) < toCores.size()) {
        (*toCores[static_cast<std::size_t>(device)])->b_transport(payload, own);
      } else {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      }
      if (own > longest) longest = own;
      if (payload.is_response_error()) break;
    }
  }
  payload.set_address(selected);
  delay = longest;
}

}  // namespace crosstile
