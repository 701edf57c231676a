// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/learning_core.h"

#include <cstring>

#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {
namespace {

sc_core::sc_time seconds(double value) {
  return sc_core::sc_time(value, sc_core::SC_SEC);
}

}  // namespace

LearningCore::LearningCore(const sc_core::sc_module_name& moduleName, const Config& config)
    : sc_module(moduleName), config_(config) {
  fromBus.register_b_transport(this, &LearningCore::transport);
}

void LearningCore::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t offset = payload.get_address();
  std::uint8_t* const data = payload.get_data_ptr();
  const std::size_t size = payload.get_data_length();
  bool ok = false;
  if (layer_ != nullptr) {
    const bool busy = (sc_core::sc_time_stamp() + delay).value() < free_;
    if (busy && offset != address::kStatus) {
      payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    ok = payload.is_write() ? writeLayer(offset, data, size, delay)
                            : payload.is_read() && readLayer(offset, data, size);
  } else if (cells_ != nullptr) {
    ok = payload.is_write() ? writeCells(offset, data, size, delay)
                            : payload.is_read() && readCells(offset, data, size, delay);
  }
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

bool LearningCore::writeCells(std::uint64_t offset, const std::uint8_t* data, std::size_t size,
                              sc_core::sc_time& delay) {
  if (offset == address::kRest && size == 8) {
    const double second = wire::load<double>(data);
    cells_->rest(Seconds{second});
    delay += seconds(second);
    return true;
  }
  if (offset != address::kPulse || size != 32) return false;
  const auto cell = wire::load<std::uint64_t>(data);
  if (cell >= cells_->size()) return false;
  const WritePulse pulse{Volts{wire::load<double>(data + 8)}, Seconds{wire::load<double>(data + 16)}};
  pulseCost_ = cells_->write(cell, pulse, wire::load<double>(data + 24));
  delay += config_.dacCycles * config_.period + seconds(pulse.width.value);
  return true;
}

bool LearningCore::readCells(std::uint64_t offset, std::uint8_t* data, std::size_t size,
                             sc_core::sc_time& delay) {
  if (offset < address::kVerify || size != 8) return false;
  const std::uint64_t cell = (offset - address::kVerify) / 8;
  if (cell >= cells_->size()) return false;
  readJ_ = 0.0;
  const double conductance = cells_->sense(cell, readJ_);
  std::memcpy(data, &conductance, sizeof conductance);
  delay += (config_.dacCycles + config_.shiftAddCycles) * config_.period + seconds(cells_->readTime().value) +
           config_.adcPeriod;
  return true;
}

}  // namespace crosstile
