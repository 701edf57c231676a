// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/stage_analog.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "models/base/error.h"
#include "models/base/random.h"
#include "models/digital/shift_add.h"

namespace crosstile {

namespace {

/// Input elements of all windows are looked up instead of worked out, up to this many (4 MB).
constexpr std::size_t kMostElements = std::size_t{1} << 20;

}  // namespace

StageAnalog::StageAnalog(const Stage& stage, const AnalogConfig& config, std::vector<StageArray> arrays,
                         int outputBegin, int outputCount, WindowElements elements)
    : stage_(&stage),
      config_(config),
      arrays_(std::move(arrays)),
      outputBegin_(outputBegin),
      outputCount_(outputCount),
      elements_(std::move(elements)) {
  std::stable_sort(arrays_.begin(), arrays_.end(), [](const StageArray& a, const StageArray& b) {
    return a.block->rowBlock < b.block->rowBlock;
  });
  rowEnergy_.resize(stage.rowBlocks.size());
  for (const StageArray& a : arrays_) {
    auto& sum = rowEnergy_[static_cast<std::size_t>(a.block->rowBlock)];
    const auto& energy = a.analog->table.rowEnergy;
    sum.resize(energy.size(), 0.0);
    for (std::size_t i = 0; i < energy.size(); ++i) sum[i] += energy[i];
  }
  firstArray_.assign(stage.rowBlocks.size() + 1, 0);
  for (const StageArray& a : arrays_) ++firstArray_[static_cast<std::size_t>(a.block->rowBlock) + 1];
  for (std::size_t b = 1; b < firstArray_.size(); ++b) {
    if (firstArray_[b] > 0) rowBlocks_.push_back(static_cast<int>(b) - 1);
    firstArray_[b] += firstArray_[b - 1];
  }
  for (const StageArray& a : arrays_) {
    decoders_.push_back(makeDecoder(a));
    if (a.analog->reader == nullptr) continue;
    const auto positions = a.analog->reader->preferredBatch() / std::max<std::size_t>(stage.planes.size(), 1);
    preferredPositions_ = std::max(preferredPositions_, static_cast<int>(positions));
  }
  if (stage.planes.size() > InputPlanes::kMost) {
    throw BadInput("node \"{}\": {} input planes: must be at most {}", stage.name, stage.planes.size(),
                   InputPlanes::kMost);
  }
  narrow_ = fitsInt32(config.adc.bits, static_cast<int>(stage.planes.size()), config.encoding.pulseBits);
  silentIsZero_ = config.adc.noiseLsb == 0.0 && config.sampleHold.noiseLsb == 0.0 &&
                  config.adc.dnlLsb == 0.0 && config.adc.inlLsb == 0.0;
  for (const StageArray& a : arrays_)
    silentIsZero_ = silentIsZero_ && a.analog->offset.empty() && a.analog->table.columnVariance.empty();
  if (config.adc.referenceNoise == 0.0)
    exact_ = ExactSums::make(config.encoding, arrays_, decoders_, stage.rowBlocks.size(), outputCount);
}

StageAnalog::WindowElements StageAnalog::windowElements(const Stage& stage) {
  const auto rows = static_cast<std::size_t>(stage.input.rows());
  const auto positions = static_cast<std::size_t>(stage.input.positions());
  if (rows * positions > kMostElements) return nullptr;
  auto elements = std::make_shared<std::vector<std::int32_t>>(rows * positions);
  for (std::size_t p = 0; p < positions; ++p)
    stage.input.gather(static_cast<int>(p), 0, stage.input.rows(), elements->data() + p * rows);
  return elements;
}

void StageAnalog::gatherCodes(const std::int32_t* input, int position, int rowBlock, Scratch& s) const {
  const auto [begin, count] = stage_->rowBlocks[static_cast<std::size_t>(rowBlock)];
  const std::int32_t* element = nullptr;
  if (elements_ == nullptr) {
    s.element.resize(static_cast<std::size_t>(count));
    stage_->input.gather(position, begin, count, s.element.data());
    element = s.element.data();
  } else {
    element = elements_->data() +
              static_cast<std::size_t>(position) * static_cast<std::size_t>(stage_->input.rows()) + begin;
  }
  s.codes.resize(static_cast<std::size_t>(count));
  for (std::size_t r = 0; r < s.codes.size(); ++r) s.codes[r] = stage_->input.codeOf(element[r], input);
}

void StageAnalog::buildPlanes(const std::int32_t* codes, int rowCount, InputPlanes& planes) const {
  planes.build(codes, rowCount, stage_->planes, stage_->inputFormat().bits, config_.encoding.pulseBits);
}

void StageAnalog::run(const std::int32_t* input, int position, int count, std::uint64_t image,
                      Scratch& scratch, std::int64_t* sums, ReadFacts& facts, AnalogDump* dump) const {
  const int replicas = stage_->replicas;
  const std::ptrdiff_t distance = std::ptrdiff_t{replicas} * outputCount_;
  for (int p = 0; p < count; ++p) std::fill_n(sums + p * distance, outputCount_, std::int64_t{0});
  for (const int rowBlock : rowBlocks_) {
    for (int p = 0; p < count; ++p) {
      const int at = position + p * replicas;
      gatherCodes(input, at, rowBlock, scratch);
      prepare(rowBlock, scratch.codes.data(), at, sums + p * distance, scratch, facts, dump);
    }
    runSlots(rowBlock, image, scratch, facts, dump);
  }
  for (int p = 0; dump != nullptr && p < count; ++p) {
    std::copy_n(sums + p * distance, outputCount_,
                dump->sums.begin() + static_cast<std::ptrdiff_t>(position + p * replicas) * outputCount_);
  }
}

void StageAnalog::runRowBlock(int rowBlock, const std::int32_t* codes, int position, std::uint64_t image,
                              Scratch& scratch, std::int64_t* sums, ReadFacts& facts,
                              AnalogDump* dump) const {
  prepare(rowBlock, codes, position, sums, scratch, facts, dump);
  runSlots(rowBlock, image, scratch, facts, dump);
}

void StageAnalog::convertRowBlock(int rowBlock, const std::int32_t* codes, int position, std::uint64_t image,
                                  Scratch& scratch, ReadFacts& facts, std::vector<ArrayCodes>& converted) const {
  scratch.keep = &converted;
  runRowBlock(rowBlock, codes, position, image, scratch, nullptr, facts);
  scratch.keep = nullptr;
}

void StageAnalog::prepare(int rowBlock, const std::int32_t* codes, int position, std::int64_t* sums,
                          Scratch& scratch, ReadFacts& facts, AnalogDump* dump) const {
  const std::size_t first = firstArray_[static_cast<std::size_t>(rowBlock)];
  if (first == firstArray_[static_cast<std::size_t>(rowBlock) + 1]) return;
  const ArrayBlock& block = *arrays_[first].block;
  const bool shortcuts = dump == nullptr && scratch.keep == nullptr;  // nobody sees the codes
  if (silentIsZero_ && shortcuts &&
      std::all_of(codes, codes + block.rowCount, [](std::int32_t c) { return c == 0; })) {
    addReadFacts(rowBlock, static_cast<int>(stage_->planes.size()), facts);
    return;
  }
  if (exact_ != nullptr && shortcuts) {
    addExact(rowBlock, codes, sums, scratch, facts);
    return;
  }
  if (scratch.usedSlots == scratch.slots.size()) scratch.slots.emplace_back();
  Slot& slot = scratch.slots[scratch.usedSlots++];
  slot.position = position;
  slot.sums = sums;
  slot.energyJ = 0.0;
  if (needsInputSum(config_.encoding))
    slot.inputSum = std::accumulate(codes, codes + block.rowCount, std::int64_t{0});
  buildPlanes(codes, block.rowCount, slot.planes);
  addInputFacts(rowBlock, slot.planes, facts);
  if (dump != nullptr) dumpDac(slot.planes, position, block.rowBegin, *dump);
}

void StageAnalog::addExact(int rowBlock, const std::int32_t* codes, std::int64_t* sums, Scratch& scratch,
                           ReadFacts& facts) const {
  const auto begin =
      scratch.timeProducts ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  exact_->add(rowBlock, codes, sums, scratch.exact);
  if (scratch.timeProducts)
    scratch.productS += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const int rows = stage_->rowBlocks[static_cast<std::size_t>(rowBlock)].count;
  InputPlanes& planes = scratch.slots.front().planes;
  planes.measure(codes, rows, stage_->planes, stage_->inputFormat().bits, config_.encoding.pulseBits);
  addInputFacts(rowBlock, planes, facts);
  addReadFacts(rowBlock, planes.zeroPlanes(), facts);
}

void StageAnalog::runSlots(int rowBlock, std::uint64_t image, Scratch& s, ReadFacts& facts,
                           AnalogDump* dump) const {
  const std::size_t last = firstArray_[static_cast<std::size_t>(rowBlock) + 1];
  if (s.usedSlots > 0) {
    for (std::size_t a = firstArray_[static_cast<std::size_t>(rowBlock)]; a < last; ++a)
      runArray(a, image, s, facts, dump);
  }
  for (std::size_t k = 0; k < s.usedSlots; ++k) facts.deviceEnergyJ += s.slots[k].energyJ;
  s.usedSlots = 0;
}

/// Every plane is read and converted, even those whose codes can't be anything but 0.
void StageAnalog::addReadFacts(int rowBlock, int zeroPlanes, ReadFacts& facts) const {
  const auto planes = static_cast<std::int64_t>(stage_->planes.size());
  const std::size_t last = firstArray_[static_cast<std::size_t>(rowBlock) + 1];
  for (std::size_t a = firstArray_[static_cast<std::size_t>(rowBlock)]; a < last; ++a) {
    ++facts.mvms;
    facts.reads += planes;
    facts.zeroPlanes += zeroPlanes;
    facts.conversions += planes * conversionsOf(*arrays_[a].block);
  }
}

void StageAnalog::addInputFacts(int rowBlock, const InputPlanes& planes, ReadFacts& facts) const {
  const auto rows = static_cast<std::size_t>(config_.array.rows);
  const double* energy = rowEnergy_[static_cast<std::size_t>(rowBlock)].data();
  facts.activeRows += planes.activeRows();
  if (rowEnergy_[static_cast<std::size_t>(rowBlock)].empty()) return;  // known after the read
  if (const std::vector<std::int32_t>& pulses = planes.pulsesOfRow(); !pulses.empty()) {
    // One digit only: every pulse of a row costs the same. Four sums at once, since one would wait for
    // itself.
    energy += rows;
    double part[4] = {0.0, 0.0, 0.0, 0.0};
    for (std::size_t r = 0; r < pulses.size(); ++r) part[r % 4] += pulses[r] * energy[r];
    facts.deviceEnergyJ += part[0] + part[1] + (part[2] + part[3]);
    return;
  }
  for (std::size_t p = 0; p < planes.count(); ++p) {
    const Pulse pulse = planes.pulse(p);
    double sum = 0.0;
    for (int i = 0; i < pulse.count; ++i) sum += energy[pulse.digit[i] * rows + pulse.row[i]];
    facts.deviceEnergyJ += sum;
  }
}

void StageAnalog::readCurrents(const StageArray& array, Span<const Pulse> pulses, float* out, float* variance,
                               double* energyJ) const {
  const AnalogArray& analog = *array.analog;
  const auto stride = static_cast<std::size_t>(analog.table.stride);
  if (analog.reader == nullptr || variance != nullptr) readPulses(analog.pulses(), pulses, out, variance);
  if (analog.reader != nullptr) {
    try {
      analog.reader->read(pulses, out, stride, energyJ);
    } catch (const RunFailure& failure) {
      throw RunFailure("node \"{}\", array {}: {}", stage_->name, array.block->id, failure.what());
    }
  }
  for (std::size_t p = 0; p < pulses.size() && !analog.offset.empty(); ++p) {
    for (std::size_t c = 0; c < stride; ++c) out[p * stride + c] += analog.offset[c];
  }
}

/// The pulses of all slots that the arrays of the row block are to read.
void StageAnalog::collectPulses(Scratch& s, ReadFacts& facts) const {
  s.pulses.clear();
  s.planeOf.clear();
  for (std::size_t k = 0; k < s.usedSlots; ++k) {
    Slot& slot = s.slots[k];
    slot.first = s.pulses.size();
    for (std::size_t p = 0; p < slot.planes.count(); ++p) {
      const Pulse pulse = slot.planes.pulse(p);
      if (pulse.count == 0) ++facts.zeroPlanes;
      if (pulse.count == 0 && silentIsZero_) continue;
      s.planeOf.push_back(p);
      s.pulses.push_back(pulse);
    }
    slot.live = s.pulses.size() - slot.first;
  }
}

void StageAnalog::runArray(std::size_t index, std::uint64_t image, Scratch& s, ReadFacts& facts,
                           AnalogDump* dump) const {
  const StageArray& array = arrays_[index];
  const auto stride = static_cast<std::size_t>(array.analog->table.stride);
  collectPulses(s, facts);
  s.current.resize(s.pulses.size() * stride);
  s.code.resize(s.pulses.size() * stride);
  const bool varied = hasVariance(array);
  if (varied) s.variance.assign(s.pulses.size() * stride, 0.0F);
  s.energy.assign(s.pulses.size(), 0.0);
  const auto begin =
      s.timeProducts ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  readCurrents(array, s.pulses, s.current.data(), array.analog->noisy ? s.variance.data() : nullptr,
               s.energy.data());
  if (array.analog->telegraph != nullptr) addTelegraphNoise(array, image, s);
  if (varied) addVariance(array, s);
  if (s.timeProducts) {
    s.productS += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const auto planes = static_cast<std::int64_t>(stage_->planes.size());
  for (std::size_t k = 0; k < s.usedSlots; ++k) {
    Slot& slot = s.slots[k];
    decodeSlot(index, slot, image, s, dump);
    for (std::size_t p = slot.first; p < slot.first + slot.live; ++p) slot.energyJ += s.energy[p];
    facts.mvms += 1;
    facts.reads += planes;
    facts.conversions += planes * conversionsOf(*array.block);
  }
}

/// Converts the currents of a slot's pulses and adds their codes up.
void StageAnalog::decodeSlot(std::size_t index, const Slot& slot, std::uint64_t image, Scratch& s,
                             AnalogDump* dump) const {
  const StageArray& array = arrays_[index];
  const auto stride = static_cast<std::size_t>(array.analog->table.stride);
  const std::size_t begin = slot.first * stride;
  const std::size_t* planeOf = s.planeOf.data() + slot.first;
  const bool noisy = hasVariance(array);
  const bool draws = noisy || array.adc.noiseVariance() > 0.0;
  if (draws) {
    s.normal.resize(s.pulses.size() * stride);
    drawNoise(array, planeOf, slot.live, slot.position, image, s.normal.data() + begin);
  }
  array.adc.convert(s.current.data() + begin, noisy ? s.variance.data() + begin : nullptr,
                    draws ? s.normal.data() + begin : nullptr, s.code.data() + begin, slot.live * stride);
  if (s.keep != nullptr)
    keepCodes(index, slot, planeOf, s.code.data() + begin, *s.keep);
  else if (narrow_)
    addUp(index, slot, planeOf, s.code.data() + begin, s.columnSum);
  else
    addUp(index, slot, planeOf, s.code.data() + begin, s.wideColumnSum);
  if (dump != nullptr) dumpAdc(array, slot, s, *dump);
}

ColumnDecoder StageAnalog::makeDecoder(const StageArray& array) const {
  const ArrayBlock& block = *array.block;
  std::vector<std::int32_t> gain = array.trim.gain;
  if (array.analog->driftScale != 1.0) {
    for (std::int32_t& g : gain) g = fixedPointGain(std::ldexp(g * array.analog->driftScale, -kGainBits));
  }
  const auto outputs = static_cast<std::size_t>(block.outputCount);
  ColumnDecoder d;
  d.firstOutput = block.outputBegin - outputBegin_;
  d.slices = static_cast<int>(block.columns.size() / outputs);
  d.inputWeight.assign(outputs, 0);
  d.baselineWeight.assign(outputs, 0);
  for (const ColumnCode& c : block.columns) {
    const auto o = static_cast<std::size_t>(c.output - block.outputBegin);
    const std::int64_t place = c.sign * (std::int64_t{1} << c.shift);
    // A flipped column stands for (top * input sum - its own).
    const std::int64_t own = c.flipped ? -place : place;
    d.weight.push_back(own * gain[static_cast<std::size_t>(c.column)]);
    d.baselineWeight[o] -= own;
    if (c.shift == 0) d.inputWeight[o] -= weightOffset(config_.encoding);  // once a weight
    if (c.flipped) d.inputWeight[o] += place * maxLevel(config_.encoding);
    if (array.trim.offset.empty()) continue;
    d.trimOffset.resize(outputs, 0);
    d.trimOffset[o] += own * array.trim.offset[static_cast<std::size_t>(c.column)];
  }
  if (block.offsetColumn < 0) return d;
  const auto offsetColumn = static_cast<std::size_t>(block.offsetColumn);
  d.offsetGain = gain[offsetColumn];
  if (!array.trim.offset.empty()) d.inputTrimOffset = array.trim.offset[offsetColumn];
  return d;
}

std::int64_t StageAnalog::planeSumOf(const Slot& slot, const std::size_t* planeOf) const {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < slot.live; ++k) {
    const Plane& plane = stage_->planes[planeOf[k]];
    sum += (plane.negative ? -1 : 1) * (std::int64_t{1} << plane.shift);
  }
  return sum;
}

void StageAnalog::keepCodes(std::size_t array, const Slot& slot, const std::size_t* planeOf, const std::int32_t* code,
                            std::vector<ArrayCodes>& kept) const {
  const AnalogArray& analog = *arrays_[array].analog;
  const auto stride = static_cast<std::size_t>(analog.table.stride), columns = analog.columns.size();
  ArrayCodes codes{array, static_cast<int>(columns), {}, planeSumOf(slot, planeOf), slot.inputSum};
  codes.code.assign(stage_->planes.size() * columns, 0);
  for (std::size_t k = 0; k < slot.live; ++k)
    std::copy_n(code + k * stride, columns, codes.code.begin() + static_cast<std::ptrdiff_t>(planeOf[k] * columns));
  kept.push_back(std::move(codes));
}

void StageAnalog::addColumnSums(const ArrayCodes& converted, const std::int64_t* columnSum, std::int64_t* sums) const {
  combine(converted.array, columnSum, converted.planeSum, converted.inputSum, sums);
}

template <typename Sum>
void StageAnalog::addUp(std::size_t array, const Slot& slot, const std::size_t* planeOf,
                        const std::int32_t* code, std::vector<Sum>& columnSum) const {
  const auto stride = static_cast<std::size_t>(arrays_[array].analog->table.stride);
  columnSum.assign(stride, 0);
  for (std::size_t k = 0; k < slot.live; ++k) {
    const Plane& plane = stage_->planes[planeOf[k]];
    shiftAdd(code + k * stride, plane.shift, plane.negative, columnSum.data(), stride);
  }
  combine(array, columnSum.data(), planeSumOf(slot, planeOf), slot.inputSum, slot.sums);
}

template <typename Sum>
void StageAnalog::combine(std::size_t array, const Sum* columnSum, std::int64_t planeSum, std::int64_t codeSum,
                          std::int64_t* sums) const {
  const AnalogArray& analog = *arrays_[array].analog;
  const ColumnDecoder& d = decoders_[array];
  std::int64_t inputSum = 0;  // of the block's input codes, added up or as the offset column measured it
  const bool digital = needsInputSum(config_.encoding) && d.offsetGain == 0;
  if (digital) inputSum = codeSum * (std::int64_t{1} << kGainBits);
  if (d.offsetGain != 0) inputSum = columnSum[d.weight.size()] * d.offsetGain + planeSum * d.inputTrimOffset;
  // Without a reference column every sum holds G_off of the active rows: it is taken away by the measured
  // input sum (pairs without an offset column cancel it by themselves).
  std::int64_t rest = 0;
  if (!analog.baseline.empty() && (digital || d.offsetGain != 0)) {
    const double perDigit = analog.baseline.back() / maxDigit(config_.encoding);
    if (!digital) inputSum = std::llround(static_cast<double>(inputSum) / (1.0 + perDigit));
    rest = std::llround(static_cast<double>(inputSum) * perDigit);
  }
  const Sum* x = columnSum;
  const std::int64_t* weight = d.weight.data();
  for (std::size_t o = 0; o < d.inputWeight.size(); ++o) {
    std::int64_t sum = d.inputWeight[o] * inputSum + d.baselineWeight[o] * rest;
    for (int s = 0; s < d.slices; ++s) sum += *weight++ * *x++;
    if (!d.trimOffset.empty()) sum += d.trimOffset[o] * planeSum;
    sums[static_cast<std::size_t>(d.firstOutput) + o] += sum;
  }
}

void StageAnalog::dumpDac(const InputPlanes& inputs, int position, int rowBegin, AnalogDump& dump) const {
  const auto rows = static_cast<std::size_t>(stage_->input.rows());
  const auto planes = stage_->planes.size();
  for (std::size_t p = 0; p < planes; ++p) {
    auto* out = dump.dac.data() + (static_cast<std::size_t>(position) * planes + p) * rows +
                static_cast<std::size_t>(rowBegin);
    const Pulse pulse = inputs.pulse(p);
    for (int i = 0; i < pulse.count; ++i) out[pulse.row[i]] = pulse.digit == nullptr ? 1 : pulse.digit[i];
  }
}

void StageAnalog::dumpAdc(const StageArray& array, const Slot& slot, const Scratch& s,
                          AnalogDump& dump) const {
  const auto index = static_cast<std::size_t>(&array - arrays_.data());
  const auto columns = static_cast<std::size_t>(array.block->physicalColumns);
  const auto planes = stage_->planes.size();
  const std::vector<int>& converted = array.analog->columns;
  auto* out =
      dump.adc.data() + (static_cast<std::size_t>(slot.position) * arrays_.size() + index) * planes * columns;
  for (std::size_t k = 0; k < slot.live; ++k) {
    const std::int32_t* code =
        s.code.data() + (slot.first + k) * static_cast<std::size_t>(array.analog->table.stride);
    for (std::size_t c = 0; c < converted.size(); ++c) {
      out[s.planeOf[slot.first + k] * columns + static_cast<std::size_t>(converted[c])] = code[c];
    }
  }
}

}  // namespace crosstile
