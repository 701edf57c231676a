// SPDX-License-Identifier: Apache-2.0
#include "platform/memory/tile_buffer.h"

#include <algorithm>
#include <cstring>

namespace crosstile {

TileBuffer::TileBuffer(const sc_core::sc_module_name& moduleName, const Config& config)
    : sc_module(moduleName), config_(config), bytes_(config.bytes, 0) {
  fromTile.register_b_transport(this, &TileBuffer::transport);
  fromTile.register_transport_dbg(this, &TileBuffer::debug);
}

void TileBuffer::clear() {
  std::fill(bytes_.begin(), bytes_.end(), std::uint8_t{0});
}

unsigned int TileBuffer::debug(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const unsigned int length = payload.get_data_length();
  if (length > bytes_.size() || address > bytes_.size() - length || payload.get_data_ptr() == nullptr)
    return 0;
  if (payload.is_read()) std::memcpy(payload.get_data_ptr(), bytes_.data() + address, length);
  if (payload.is_write()) std::memcpy(bytes_.data() + address, payload.get_data_ptr(), length);
  return length;
}

void TileBuffer::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (debug(payload) != payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const std::uint64_t line = static_cast<std::uint64_t>(config_.accessBits) / 8;
  const std::uint64_t first = payload.get_address() / line;
  const std::uint64_t last = (payload.get_address() + payload.get_data_length() - 1) / line;
  const std::uint64_t accesses = last - first + 1;
  (payload.is_read() ? readAccesses_ : writeAccesses_) += accesses;
  const auto banks = static_cast<std::uint64_t>(config_.banks);
  const auto cycles = (accesses + banks - 1) / banks * static_cast<std::uint64_t>(config_.accessCycles);
  delay += sc_core::sc_time::from_value(config_.period.value() * cycles);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace crosstile
