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

void DigitalUnit::configure(const std::vector<const TileProgram*>& programs) {
  parts_.clear();
  for (const TileProgram* program : programs) {
    Part part;
    part.program = program;
    part.digital =
        std::make_unique<StageDigital>(program->stage, program->outputBegin, program->outputCount, kGainBits);
    part.states.resize(kImages);
    parts_.push_back(std::move(part));
  }
}

void DigitalUnit::clearStatistics() {
  for (Part& part : parts_) part.operations = 0;
}

void DigitalUnit::reset() {
  for (Part& part : parts_) {
    part.sums.clear();
    part.ready.clear();
  }
}

void DigitalUnit::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  std::uint8_t* data = payload.get_data_ptr();
  const std::size_t size = payload.get_data_length();
  const bool ok = payload.is_write() ? write(payload.get_address(), data, size, delay)
                                     : read(payload.get_address(), data, size);
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

bool DigitalUnit::write(std::uint64_t offset, const std::uint8_t* data, std::size_t size,
                        sc_core::sc_time& delay) {
  const std::uint64_t what = offset >= address::kFinish    ? address::kFinish
                             : offset >= address::kOperand ? address::kOperand
                                                           : address::kSums;
  const std::uint64_t slot = (offset - what) / address::kSlotStride;
  if ((offset - what) % address::kSlotStride != 0 || slot >= parts_.size()) return false;
  Part& to = parts_[slot];
  if (what == address::kSums) return addSums(to, data, size);
  if (what == address::kOperand) return takeOperands(to, data, size);
  return size == 16 && finish(static_cast<int>(slot), data, delay);
}

bool DigitalUnit::addSums(Part& part, const std::uint8_t* data, std::size_t size) {
  if (size < 24 || size % 8 != 0) return false;
  const Part::Key key{wire::load<std::uint64_t>(data), wire::load<std::uint64_t>(data + 8)};
  const auto first =
      wire::load<std::uint64_t>(data + 16) - static_cast<std::uint64_t>(part.program->outputBegin);
  const std::size_t count = size / 8 - 3;
  auto& sums = part.sums[key];
  sums.resize(static_cast<std::size_t>(part.program->outputCount), 0);
  if (first + count > sums.size()) return false;
  for (std::size_t i = 0; i < count; ++i) sums[first + i] += wire::load<std::int64_t>(data + 24 + 8 * i);
  part.operations += count;
  return true;
}

bool DigitalUnit::takeOperands(Part& part, const std::uint8_t* data, std::size_t size) {
  if (size < 24) return false;
  const auto position = wire::load<std::uint64_t>(data + 8);
  const auto k = static_cast<std::size_t>(wire::load<std::uint64_t>(data + 16));
  if (k >= part.program->stage.streams.size()) return false;
  const Stream& stream = part.program->stage.streams[k];
  auto& operands = stateOf(part, wire::load<std::uint64_t>(data)).operands.at(k);
  const auto channels = static_cast<std::size_t>(part.program->outputCount);
  const auto bytes = static_cast<std::size_t>(stream.bytes);
  if (size != 24 + channels * bytes || (position + 1) * channels > operands.size()) return false;
  for (std::size_t c = 0; c < channels; ++c)
    operands[position * channels + c] =
        wire::decode(data + 24 + c * bytes, stream.bytes, stream.format.isSigned);
  return true;
}

bool DigitalUnit::finish(int slot, const std::uint8_t* data, sc_core::sc_time& delay) {
  Part& from = part(slot);
  const auto image = wire::load<std::uint64_t>(data), position = wire::load<std::uint64_t>(data + 8);
  const auto found = from.sums.find({image, position});
  if (found == from.sums.end()) return false;
  const std::uint64_t cycles = finishNow(slot, image, static_cast<int>(position), found->second.data());
  from.sums.erase(found);
  delay += sc_core::sc_time::from_value(config_.period.value() * cycles);
  return true;
}

std::uint64_t DigitalUnit::finishNow(int slot, std::uint64_t image, int position, const std::int64_t* sums) {
  Part& of = part(slot);
  of.last = image % kImages;
  of.ready.clear();
  of.digital->accept(stateOf(of, image), position, sums, of.ready);
  const auto work = static_cast<std::uint64_t>(of.digital->channels()) *
                    static_cast<std::uint64_t>(of.digital->operationsAt(position));
  of.operations += work;
  const auto lanes = static_cast<std::uint64_t>(config_.lanes);
  return static_cast<std::uint64_t>(config_.depth) + (work + lanes - 1) / lanes - 1;
}

bool DigitalUnit::read(std::uint64_t offset, std::uint8_t* data, std::size_t size) const {
  if (offset < address::kResult) return false;
  const std::uint64_t slot = (offset - address::kResult) / address::kResultStride;
  const std::uint64_t outPosition = (offset - address::kResult) % address::kResultStride;
  if (slot >= parts_.size()) return false;
  const TileProgram& program = *parts_[slot].program;
  const auto bytes = static_cast<std::size_t>(program.stage.outputBytes);
  if (outPosition >= static_cast<std::uint64_t>(program.stage.outPositions) ||
      size != bytes * static_cast<std::size_t>(program.outputCount)) {
    return false;
  }
  const std::int64_t* result = codes(static_cast<int>(slot), static_cast<int>(outPosition));
  for (std::size_t i = 0; i * bytes < size; ++i)
    wire::encode(result[i], static_cast<int>(bytes), data + i * bytes);
  return true;
}

}  // namespace crosstile
