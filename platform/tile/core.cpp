// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/core.h"

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {

Core::Core(const sc_core::sc_module_name& moduleName, const Config& config, ArrayStore& store)
    : sc_module(moduleName),
      config_(config),
      store_(store),
      written_(static_cast<std::size_t>(config.arrays)),
      levels_(static_cast<std::size_t>(config.arrays)) {
  fromBus.register_b_transport(this, &Core::transport);
  if (config.backend) {
    backend_ = config.backend(name(), {config.period.value(), config.readTime.value(), config.adcPeriod.value(),
                                       config.adcs, config.dacCycles, config.shiftAddCycles});
  }
}

sc_core::sc_time Core::configure(const TileProgram& program, int core, StageAnalog::WindowElements elements) {
  program_ = &program;
  const AnalogConfig& analog = store_.config();
  std::vector<StageArray> arrays;
  int begin = program.stage.outputs, end = 0;
  double seconds = 0.0;
  for (std::size_t b = 0; b < program.stage.blocks.size(); ++b) {
    const ArrayBlock& block = program.stage.blocks[b];
    if (block.core != core) continue;
    Levels& levels = takeLevels(block);
    const StreamOwner owner{program.seed, program.draw, static_cast<std::uint32_t>(block.id), 0, 0};
    auto array = store_.get(block, levels, owner);
    if (array->levels != nullptr) levels = array->levels;  // the same ones, kept once
    if (array->programmed != nullptr) {
      programmingPulses_ += static_cast<std::int64_t>(array->programmed->pulses);
      programmingEnergyJ_ += array->programmed->programmingEnergyJ;
      seconds = std::max(seconds, array->programmed->programmingTimeS);
    }
    const AdcTrim& trim = program.trims.at(b);
    arrays.push_back({&block, array, trim, Adc(analog.adc, analog.sampleHold, trim.lsb, array->noiseKey)});
    begin = std::min(begin, block.outputBegin);
    end = std::max(end, block.outputBegin + block.outputCount);
  }
  analog_.reset();
  if (arrays.empty()) return sc_core::SC_ZERO_TIME;
  analog_ = std::make_unique<StageAnalog>(program.stage, analog, std::move(arrays), begin, end - begin,
                                          std::move(elements));
  input_.assign(analog_->rowBlocks().size(), {});
  conversion_ = conversionTime().value();
  return sc_core::sc_time(seconds, sc_core::SC_SEC);
}

Levels& Core::takeLevels(const ArrayBlock& block) {
  const auto slot = static_cast<std::size_t>(block.slot);
  Levels& levels = levels_.at(slot);
  std::vector<std::uint8_t>& written = written_.at(slot);
  if (written.empty() && levels != nullptr) written = *levels;
  written.resize(
      static_cast<std::size_t>(store_.config().array.rows) * static_cast<std::size_t>(block.physicalColumns),
      0);
  levels = std::make_shared<const std::vector<std::uint8_t>>(written.begin(), written.end());
  std::vector<std::uint8_t>().swap(written);  // gives its memory back
  return levels;
}

void Core::reset() {
  for (auto& codes : input_) codes.clear();
  outputs_.clear();
  arraysFree_ = inputFree_ = 0;
  if (backend_ != nullptr) backend_->reset();
}

void Core::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const bool ok = payload.is_write()
                      ? write(payload.get_address(), payload.get_data_ptr(), payload.get_data_length(), delay)
                      : read(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

bool Core::write(std::uint64_t offset, const std::uint8_t* data, std::size_t size, sc_core::sc_time& delay) {
  if (offset >= address::kCoreLevels) {
    const std::uint64_t slot = (offset - address::kCoreLevels) / address::kArrayStride;
    const std::uint64_t at = (offset - address::kCoreLevels) % address::kArrayStride;
    if (slot >= written_.size()) return false;
    std::vector<std::uint8_t>& written = written_[slot];
    if (written.empty() && levels_[slot] != nullptr) written = *levels_[slot];
    if (written.size() < at + size) written.resize(at + size);
    std::copy_n(data, size, written.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }
  if (analog_ == nullptr) return false;
  if (offset == address::kStart && size == 16) {
    if (std::any_of(input_.begin(), input_.end(), [](const auto& registers) { return registers.empty(); }))
      return false;
    start(wire::load<std::uint64_t>(data), wire::load<std::uint64_t>(data + 8), delay);
    return true;
  }
  // Multicast inputs carry the tile's row block; a core keeps those it wants.
  const auto rowBlock = static_cast<int>(offset / address::kInputStride);
  const auto& mine = analog_->rowBlocks();
  const auto found = std::find(mine.begin(), mine.end(), rowBlock);
  if (offset >= address::kStart || found == mine.end()) return false;
  statistics_.inputBytes += size;
  // The next vector may come while the last one waits for its start: input registers are a queue.
  auto& registers = input_[static_cast<std::size_t>(found - mine.begin())];
  registers.emplace_back();
  wire::decodeCodes(data, size, program_->stage.inputFormat(), program_->stage.inputBytes(),
                    registers.back());
  return true;
}

bool Core::read(std::uint64_t offset, std::uint8_t* data, std::size_t size) {
  if (offset == address::kStatus && size == 8) {
    std::memcpy(data, &inputFree_, 8);
    return true;
  }
  if (offset != address::kOutput || outputs_.empty() || size != 8 * outputs_.front().size()) return false;
  std::memcpy(data, outputs_.front().data(), size);
  outputs_.pop_front();
  statistics_.outputBytes += size;
  return true;
}

int Core::conversions() const {
  int all = 0;
  for (const StageArray& a : analog_->arrays()) all += a.block->conversions(config_.skipUnusedColumns, config_.dataColumns);
  return all;
}

sc_core::sc_time Core::conversionTime() const {
  const int perAdc = (conversions() + config_.adcs - 1) / config_.adcs;
  return sc_core::sc_time::from_value(config_.adcPeriod.value() * static_cast<std::uint64_t>(perAdc));
}

void Core::start(std::uint64_t image, std::uint64_t position, sc_core::sc_time& delay) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(analog_->outputCount()), 0);
  const std::uint64_t now = (sc_core::sc_time_stamp() + delay).value();
  if (backend_ != nullptr) {
    const Schedule schedule = runBackend(image, position, now, sums);
    outputs_.push_back(std::move(sums));
    delay += sc_core::sc_time::from_value(schedule.outputReady - now);
    return;
  }
  for (std::size_t b = 0; b < input_.size(); ++b) {
    analog_->runRowBlock(analog_->rowBlocks()[b], input_[b].front().data(), static_cast<int>(position), image,
                         scratch_, sums.data(), statistics_.facts);
    input_[b].pop_front();
  }
  outputs_.push_back(std::move(sums));
  delay += sc_core::sc_time::from_value(schedule(now).outputReady - now);
}

CoreSchedule Core::runBackend(std::uint64_t image, std::uint64_t position, std::uint64_t now,
                              std::vector<std::int64_t>& sums) {
  std::vector<ArrayCodes> arrays;
  for (std::size_t b = 0; b < input_.size(); ++b) {
    analog_->convertRowBlock(analog_->rowBlocks()[b], input_[b].front().data(), static_cast<int>(position), image,
                             scratch_, statistics_.facts, arrays);
    input_[b].pop_front();
  }
  // Conversions go array by array; columns that are converted for nothing come last and give 0 here.
  CoreCodes codes{program_->stage.planes, conversions(), {}};
  const auto width = static_cast<std::size_t>(codes.conversions);
  codes.codes.assign(codes.planes.size() * width, 0);
  std::size_t first = 0;
  for (const ArrayCodes& a : arrays) {
    const auto columns = static_cast<std::size_t>(a.columns);
    for (std::size_t p = 0; p < codes.planes.size(); ++p)
      std::copy_n(a.code.data() + p * columns, columns, codes.codes.data() + p * width + first);
    first += columns;
  }
  std::vector<std::int64_t> columnSums(width);
  const CoreSchedule schedule = backend_->run(now, std::move(codes), columnSums.data());
  const std::int64_t* next = columnSums.data();
  for (const ArrayCodes& a : arrays) {
    analog_->addColumnSums(a, next, sums.data());
    next += a.columns;
  }
  ++statistics_.mvms;
  const std::uint64_t plane = std::max<std::uint64_t>(config_.readTime.value(), conversion_);
  statistics_.busy += program_->stage.planes.size() * plane;
  inputFree_ = schedule.inputFree;
  return schedule;
}

void Core::accumulate(const std::int32_t* input, int position, std::uint64_t image, std::int64_t* sums) {
  sums_.resize(static_cast<std::size_t>(analog_->outputCount()));
  analog_->run(input, position, 1, image, scratch_, sums_.data(), statistics_.facts);
  for (std::size_t o = 0; o < sums_.size(); ++o) sums[o] += sums_[o];
}

Core::Schedule Core::schedule(std::uint64_t now) {
  ++statistics_.mvms;
  const std::uint64_t period = config_.period.value();
  const std::uint64_t conversion = conversion_;
  const std::uint64_t read = config_.readTime.value();
  const std::uint64_t plane = std::max(read, conversion);
  const auto planes = static_cast<std::uint64_t>(program_->stage.planes.size());
  const std::uint64_t first =
      std::max(now + period * static_cast<std::uint64_t>(config_.dacCycles), arraysFree_);
  const std::uint64_t lastRead = first + (planes - 1) * plane + read;
  arraysFree_ = first + planes * plane;
  inputFree_ = lastRead;
  statistics_.busy += planes * plane;
  const std::uint64_t converted = (lastRead + conversion + period - 1) / period * period;
  return {converted + period * static_cast<std::uint64_t>(config_.shiftAddCycles), lastRead};
}

}  // namespace crosstile
