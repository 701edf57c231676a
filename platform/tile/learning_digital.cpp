// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/learning_digital.h"

#include <cstring>

#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"
#include "workloads/learning/network_steps.h"

namespace crosstile {

LearningDigital::LearningDigital(const sc_core::sc_module_name& moduleName, const Config& config)
    : sc_module(moduleName), config_(config) {
  fromBus.register_b_transport(this, &LearningDigital::transport);
}

void LearningDigital::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  std::uint8_t* const data = payload.get_data_ptr();
  const std::size_t size = payload.get_data_length();
  payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (payload.is_read()) {
    if (payload.get_address() != address::kComputed || size != out_.size() * sizeof(float)) return;
    std::memcpy(data, out_.data(), size);
  } else {
    const std::size_t operations = payload.is_write() ? compute(payload.get_address(), data, size) : 0;
    if (operations == 0) return;
    const auto lanes = static_cast<std::size_t>(config_.lanes);
    const auto cycles = static_cast<std::size_t>(config_.cycles) + (operations + lanes - 1) / lanes - 1;
    delay += static_cast<double>(cycles) * config_.period;
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::size_t LearningDigital::compute(std::uint64_t offset, const std::uint8_t* data, std::size_t size) {
  const std::size_t header = offset == address::kOutputErrors ? 8 : 0;
  if (size <= header || (size - header) % sizeof(float) != 0) return 0;
  in_.resize((size - header) / sizeof(float));
  std::memcpy(in_.data(), data + header, size - header);
  const std::size_t n = in_.size();
  switch (offset) {
    case address::kActivate:
      out_ = in_;
      learning::activate(config_.activation, out_);
      return n;
    case address::kOutputErrors: {
      const auto label = wire::load<std::uint64_t>(data);
      if (label >= n) return 0;
      out_ = in_;
      out_.resize(2 * n);
      learning::outputErrors({out_.data(), n}, static_cast<int>(label), {out_.data() + n, n});
      return 2 * n;
    }
    case address::kSlopes:
      if (n % 2 != 0) return 0;
      out_.assign(in_.begin() + static_cast<std::ptrdiff_t>(n / 2), in_.end());
      learning::timesSlope(config_.activation, {in_.data(), n / 2}, out_);
      return n / 2;
    default:
      return 0;
  }
}

}  // namespace crosstile
