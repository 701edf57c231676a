// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/digital_unit.h"

#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {

DigitalUnit::DigitalUnit(const sc_core::sc_module_name& moduleName, const Config& config)
    : sc_module(moduleName), config_(config) {
  fromTile.register_b_transport(this, &DigitalUnit::transport);
  fromBus.register_b_transport(this, &DigitalUnit::transport);
}

void DigitalUnit::configure(const TileProgram& program) {
  program_ = &program;
  digital_ =
      std::make_unique<StageDigital>(program.stage, program.outputBegin, program.outputCount, kGainBits);
  states_.assign(kImages, {});
  sums_.clear();
}

void DigitalUnit::reset() {
  sums_.clear();
  ready_.clear();
}

void DigitalUnit::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t offset = payload.get_address();
  std::uint8_t* data = payload.get_data_ptr();
  const std::size_t size = payload.get_data_length();
  bool ok = false;
  if (digital_ != nullptr && payload.is_write() && offset == address::kSums) ok = addSums(data, size);
  if (digital_ != nullptr && payload.is_write() && offset == address::kOperand) ok = takeOperands(data, size);
  if (digital_ != nullptr && payload.is_write() && offset == address::kFinish && size == 16) {
    ok = finish(wire::load<std::uint64_t>(data), wire::load<std::uint64_t>(data + 8), delay);
  }
  if (digital_ != nullptr && payload.is_read() && offset >= address::kResult) {
    ok = result(offset - address::kResult, data, size);
  }
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

bool DigitalUnit::addSums(const std::uint8_t* data, std::size_t size) {
  if (size < 24 || size % 8 != 0) return false;
  const Key key{wire::load<std::uint64_t>(data), wire::load<std::uint64_t>(data + 8)};
  const auto first = wire::load<std::uint64_t>(data + 16) - static_cast<std::uint64_t>(program_->outputBegin);
  const std::size_t count = size / 8 - 3;
  auto& sums = sums_[key];
  sums.resize(static_cast<std::size_t>(program_->outputCount), 0);
  if (first + count > sums.size()) return false;
  for (std::size_t i = 0; i < count; ++i) sums[first + i] += wire::load<std::int64_t>(data + 24 + 8 * i);
  operations_ += count;
  return true;
}

bool DigitalUnit::takeOperands(const std::uint8_t* data, std::size_t size) {
  if (size < 24) return false;
  const auto position = wire::load<std::uint64_t>(data + 8);
  const auto k = static_cast<std::size_t>(wire::load<std::uint64_t>(data + 16));
  if (k >= program_->stage.streams.size()) return false;
  const Stream& stream = program_->stage.streams[k];
  auto& operands = operandsOf(wire::load<std::uint64_t>(data), static_cast<int>(k));
  const auto channels = static_cast<std::size_t>(program_->outputCount);
  const auto bytes = static_cast<std::size_t>(stream.bytes);
  if (size != 24 + channels * bytes || (position + 1) * channels > operands.size()) return false;
  for (std::size_t c = 0; c < channels; ++c)
    operands[position * channels + c] = wire::decode(data + 24 + c * bytes, stream.bytes, stream.format.isSigned);
  return true;
}

bool DigitalUnit::finish(std::uint64_t image, std::uint64_t position, sc_core::sc_time& delay) {
  const auto found = sums_.find({image, position});
  if (found == sums_.end()) return false;
  const std::uint64_t cycles = finishNow(image, static_cast<int>(position), found->second.data());
  sums_.erase(found);
  delay += sc_core::sc_time::from_value(config_.period.value() * cycles);
  return true;
}

std::uint64_t DigitalUnit::finishNow(std::uint64_t image, int position, const std::int64_t* sums) {
  last_ = image % kImages;
  ready_.clear();
  digital_->accept(stateOf(image), position, sums, ready_);
  const auto work = static_cast<std::uint64_t>(digital_->channels()) *
                    static_cast<std::uint64_t>(digital_->operationsAt(position));
  operations_ += work;
  const auto lanes = static_cast<std::uint64_t>(config_.lanes);
  return static_cast<std::uint64_t>(config_.depth) + (work + lanes - 1) / lanes - 1;
}

bool DigitalUnit::result(std::uint64_t outPosition, std::uint8_t* data, std::size_t size) {
  const auto bytes = static_cast<std::size_t>(program_->stage.outputBytes);
  if (outPosition >= static_cast<std::uint64_t>(program_->stage.outPositions) ||
      size != bytes * static_cast<std::size_t>(program_->outputCount)) {
    return false;
  }
  const std::int64_t* codes = digital_->output(states_[last_], static_cast<int>(outPosition));
  for (std::size_t i = 0; i * bytes < size; ++i)
    wire::encode(codes[i], static_cast<int>(bytes), data + i * bytes);
  return true;
}

}  // namespace crosstile
