// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/stage_analog.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "models/base/error.h"
#include "models/base/random.h"
#include "models/digital/shift_add.h"

namespace crosstile {

namespace {

/// Input elements of all windows are looked up instead of worked out, up to this many (4 MB).
constexpr std::size_t kMostElements = std::size_t{1} << 20;

}  // namespace

StageAnalog::StageAnalog(const Stage& stage, const AnalogConfig& config, std::vector<StageArray> arrays,
                         int outputBegin, int outputCount)
    : stage_(&stage),
      config_(config),
      arrays_(std::move(arrays)),
      outputBegin_(outputBegin),
      outputCount_(outputCount) {
  std::stable_sort(arrays_.begin(), arrays_.end(), [](const StageArray& a, const StageArray& b) {
    return a.block->rowBlock < b.block->rowBlock;
  });
  rowEnergy_.resize(static_cast<std::size_t>(stage.rowBlocks));
  for (const StageArray& a : arrays_) {
    auto& sum = rowEnergy_[static_cast<std::size_t>(a.block->rowBlock)];
    const auto& energy = a.analog->table.rowEnergy;
    sum.resize(energy.size(), 0.0);
    for (std::size_t i = 0; i < energy.size(); ++i) sum[i] += energy[i];
  }
  firstArray_.assign(static_cast<std::size_t>(stage.rowBlocks) + 1, 0);
  for (const StageArray& a : arrays_) ++firstArray_[static_cast<std::size_t>(a.block->rowBlock) + 1];
  for (std::size_t b = 1; b < firstArray_.size(); ++b) {
    if (firstArray_[b] > 0) rowBlocks_.push_back(static_cast<int>(b) - 1);
    firstArray_[b] += firstArray_[b - 1];
  }
  for (const StageArray& a : arrays_) decoders_.push_back(makeDecoder(a));
  if (stage.planes.size() > InputPlanes::kMost) {
    throw BadInput("node \"{}\": {} input planes: must be at most {}", stage.name, stage.planes.size(),
                   InputPlanes::kMost);
  }
  narrow_ = fitsInt32(config.adc.bits, static_cast<int>(stage.planes.size()), config.encoding.pulseBits);
  silentIsZero_ = config.adc.noiseLsb == 0.0 && config.sampleHold.noiseLsb == 0.0 &&
                  config.adc.dnlLsb == 0.0 && config.adc.inlLsb == 0.0;
  const auto rows = static_cast<std::size_t>(stage.input.rows());
  const auto positions = static_cast<std::size_t>(stage.input.positions());
  if (rows * positions > kMostElements) return;
  elements_.resize(rows * positions);
  for (std::size_t p = 0; p < positions; ++p) {
    stage.input.gather(static_cast<int>(p), 0, stage.input.rows(), elements_.data() + p * rows);
  }
}

void StageAnalog::gatherCodes(const std::int32_t* input, int position, int rowBlock, Scratch& s) const {
  const int begin = rowBlock * config_.array.rows;
  const int count = std::min(config_.array.rows, stage_->input.rows() - begin);
  const std::int32_t* element = nullptr;
  if (elements_.empty()) {
    s.element.resize(static_cast<std::size_t>(count));
    stage_->input.gather(position, begin, count, s.element.data());
    element = s.element.data();
  } else {
    element = elements_.data() +
              static_cast<std::size_t>(position) * static_cast<std::size_t>(stage_->input.rows()) + begin;
  }
  s.codes.resize(static_cast<std::size_t>(count));
  for (std::size_t r = 0; r < s.codes.size(); ++r) s.codes[r] = element[r] < 0 ? 0 : input[element[r]];
}

/// One bit a pulse: plane p is bit p. Ends of the planes' lists are kept in local pointers, which nothing can
/// alias.
void InputPlanes::buildSingle(const std::int32_t* codes, int rowCount, std::uint32_t mask) {
  std::uint16_t* end[kMost];
  for (std::size_t p = 0; p < count_; ++p) end[p] = row_.data() + p * stride_;
  pulsesOfRow_.resize(stride_);
  std::int32_t* pulses = pulsesOfRow_.data();
  for (int r = 0; r < rowCount; ++r) {
    std::int32_t n = 0;
    for (std::uint32_t code = static_cast<std::uint32_t>(codes[r]) & mask; code != 0; code &= code - 1) {
      *end[__builtin_ctz(code)]++ = static_cast<std::uint16_t>(r);
      ++n;
    }
    pulses[r] = n;
  }
  for (std::size_t p = 0; p < count_; ++p)
    active_[p] = static_cast<int>(end[p] - (row_.data() + p * stride_));
}

void InputPlanes::build(const std::int32_t* codes, int rowCount, const std::vector<Plane>& planes, int bits,
                        int pulseBits) {
  count_ = planes.size();
  stride_ = static_cast<std::size_t>(rowCount);
  single_ = pulseBits == 1;
  active_.fill(0);
  row_.resize(count_ * stride_);
  if (!single_) digit_.resize(count_ * stride_);
  const std::uint32_t mask = (1U << bits) - 1U;
  pulsesOfRow_.clear();
  if (single_) {
    buildSingle(codes, rowCount, mask);
    return;
  }
  for (int r = 0; r < rowCount; ++r) {
    const std::uint32_t code = static_cast<std::uint32_t>(codes[r]) & mask;
    for (std::size_t p = 0; code != 0 && p < count_; ++p) {
      const std::uint32_t digit = code >> planes[p].shift & ((1U << planes[p].bits) - 1U);
      if (digit == 0) continue;
      const std::size_t at = p * stride_ + static_cast<std::size_t>(active_[p]++);
      row_[at] = static_cast<std::uint16_t>(r);
      digit_[at] = static_cast<std::uint16_t>(digit);
    }
  }
}

void StageAnalog::buildPlanes(const std::int32_t* codes, int rowCount, Scratch& s) const {
  s.planes.build(codes, rowCount, stage_->planes, stage_->inputFormat.bits, config_.encoding.pulseBits);
}

void StageAnalog::run(const std::int32_t* input, int position, std::uint64_t image, Scratch& scratch,
                      std::int64_t* sums, ReadFacts& facts, AnalogDump* dump) const {
  std::fill_n(sums, outputCount_, std::int64_t{0});
  for (const int rowBlock : rowBlocks_) {
    gatherCodes(input, position, rowBlock, scratch);
    runRowBlock(rowBlock, scratch.codes.data(), position, image, scratch, sums, facts, dump);
  }
  if (dump == nullptr) return;
  std::copy_n(sums, outputCount_, dump->sums.begin() + static_cast<std::ptrdiff_t>(position) * outputCount_);
}

void StageAnalog::runRowBlock(int rowBlock, const std::int32_t* codes, int position, std::uint64_t image,
                              Scratch& scratch, std::int64_t* sums, ReadFacts& facts,
                              AnalogDump* dump) const {
  const std::size_t first = firstArray_[static_cast<std::size_t>(rowBlock)];
  const std::size_t last = firstArray_[static_cast<std::size_t>(rowBlock) + 1];
  if (first == last) return;
  const ArrayBlock& block = *arrays_[first].block;
  if (silentIsZero_ && dump == nullptr &&
      std::all_of(codes, codes + block.rowCount, [](std::int32_t c) { return c == 0; })) {
    addSilentFacts(rowBlock, facts);
    return;
  }
  buildPlanes(codes, block.rowCount, scratch);
  addInputFacts(rowBlock, scratch, facts);
  if (dump != nullptr) dumpDac(scratch, position, block.rowBegin, *dump);
  for (std::size_t a = first; a < last; ++a) runArray(a, position, image, scratch, sums, facts, dump);
}

/// Only zeros: every plane is read and converted, and every code is 0.
void StageAnalog::addSilentFacts(int rowBlock, ReadFacts& facts) const {
  const auto planes = static_cast<std::int64_t>(stage_->planes.size());
  const std::size_t last = firstArray_[static_cast<std::size_t>(rowBlock) + 1];
  for (std::size_t a = firstArray_[static_cast<std::size_t>(rowBlock)]; a < last; ++a) {
    ++facts.mvms;
    facts.reads += planes;
    facts.zeroPlanes += planes;
    facts.conversions += planes * conversionsOf(*arrays_[a].block);
  }
}

void StageAnalog::addInputFacts(int rowBlock, const Scratch& scratch, ReadFacts& facts) const {
  const auto rows = static_cast<std::size_t>(config_.array.rows);
  const double* energy = rowEnergy_[static_cast<std::size_t>(rowBlock)].data();
  for (std::size_t p = 0; p < scratch.planes.count(); ++p) facts.activeRows += scratch.planes.pulse(p).count;
  if (const std::vector<std::int32_t>& pulses = scratch.planes.pulsesOfRow(); !pulses.empty()) {
    // One digit only: every pulse of a row costs the same. Four sums at once, since one would wait for
    // itself.
    energy += rows;
    double part[4] = {0.0, 0.0, 0.0, 0.0};
    for (std::size_t r = 0; r < pulses.size(); ++r) part[r % 4] += pulses[r] * energy[r];
    facts.deviceEnergyJ += part[0] + part[1] + (part[2] + part[3]);
    return;
  }
  for (std::size_t p = 0; p < scratch.planes.count(); ++p) {
    const Pulse pulse = scratch.planes.pulse(p);
    double sum = 0.0;
    for (int i = 0; i < pulse.count; ++i) sum += energy[pulse.digit[i] * rows + pulse.row[i]];
    facts.deviceEnergyJ += sum;
  }
}

void StageAnalog::runArray(std::size_t index, int position, std::uint64_t image, Scratch& s,
                           std::int64_t* sums, ReadFacts& facts, AnalogDump* dump) const {
  const StageArray& array = arrays_[index];
  const PulseTable& table = array.analog->table;
  const auto planes = stage_->planes.size();
  const auto stride = static_cast<std::size_t>(table.stride);
  s.current.resize(planes * stride);
  s.code.resize(planes * stride);
  Pulse pulses[InputPlanes::kMost];
  std::size_t planeOf[InputPlanes::kMost];
  std::size_t live = 0;
  for (std::size_t p = 0; p < planes; ++p) {
    const Pulse pulse = s.planes.pulse(p);
    if (pulse.count == 0) ++facts.zeroPlanes;
    if (pulse.count == 0 && silentIsZero_) continue;
    planeOf[live] = p;
    pulses[live++] = pulse;
  }
  const bool noisy = array.analog->noisy;
  if (noisy) s.variance.resize(planes * stride);
  const auto begin =
      s.timeProducts ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  readPulses(table, {pulses, live}, s.current.data(), noisy ? s.variance.data() : nullptr);
  if (s.timeProducts) {
    s.productS += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const bool draws = noisy || array.adc.noiseVariance() > 0.0;
  if (draws) drawNoise(array, planeOf, live, position, image, s);
  array.adc.convert(s.current.data(), noisy ? s.variance.data() : nullptr, draws ? s.normal.data() : nullptr,
                    s.code.data(), live * stride);
  if (narrow_)
    addUp(index, planeOf, live, s.code.data(), s.columnSum, sums);
  else
    addUp(index, planeOf, live, s.code.data(), s.wideColumnSum, sums);
  facts.mvms += 1;
  facts.reads += static_cast<std::int64_t>(planes);
  facts.conversions += static_cast<std::int64_t>(planes) * conversionsOf(*array.block);
  if (dump != nullptr) dumpAdc(array, planeOf, live, s, position, *dump);
}

/// Noise is keyed by (image, position, plane + 1, place among the converted columns): plane 0 of the stream
/// draws the ADC's code widths.
void StageAnalog::drawNoise(const StageArray& array, const std::size_t* planeOf, std::size_t live,
                            int position, std::uint64_t image, Scratch& s) {
  const auto stride = static_cast<std::size_t>(array.analog->table.stride);
  s.normal.resize(live * stride);
  for (std::size_t k = 0; k < live;) {  // neighbouring planes in one call
    std::size_t run = 1;
    while (k + run < live && planeOf[k + run] == planeOf[k] + run) ++run;
    fillNormalPlanes(array.analog->noiseKey, static_cast<std::uint32_t>(planeOf[k]) + 1U,
                     static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(image),
                     s.normal.data() + k * stride, run, stride);
    k += run;
  }
}

ColumnDecoder StageAnalog::makeDecoder(const StageArray& array) const {
  const ArrayBlock& block = *array.block;
  const std::vector<std::int32_t>& gain = array.trim.gain;
  const auto outputs = static_cast<std::size_t>(block.outputCount);
  ColumnDecoder d;
  d.firstOutput = block.outputBegin - outputBegin_;
  d.slices = static_cast<int>(block.columns.size() / outputs);
  d.inputWeight.assign(outputs, -weightOffset(config_.encoding));
  d.baselineWeight.assign(outputs, 0);
  for (const ColumnCode& c : block.columns) {
    const auto o = static_cast<std::size_t>(c.output - block.outputBegin);
    const std::int64_t place = c.sign * (std::int64_t{1} << c.shift);
    // A flipped column stands for (top * input sum - its own).
    const std::int64_t own = c.flipped ? -place : place;
    d.weight.push_back(own * gain[static_cast<std::size_t>(c.column)]);
    d.baselineWeight[o] -= own;
    if (c.flipped) d.inputWeight[o] += place * maxLevel(config_.encoding);
  }
  if (block.offsetColumn >= 0) d.offsetGain = gain[static_cast<std::size_t>(block.offsetColumn)];
  return d;
}

template <typename Sum>
void StageAnalog::addUp(std::size_t array, const std::size_t* planeOf, std::size_t live,
                        const std::int32_t* code, std::vector<Sum>& columnSum, std::int64_t* sums) const {
  const AnalogArray& analog = *arrays_[array].analog;
  const auto stride = static_cast<std::size_t>(analog.table.stride);
  columnSum.assign(stride, 0);
  for (std::size_t k = 0; k < live; ++k) {
    const Plane& plane = stage_->planes[planeOf[k]];
    shiftAdd(code + k * stride, plane.shift, plane.negative, columnSum.data(), stride);
  }
  const ColumnDecoder& d = decoders_[array];
  std::int64_t inputSum = 0;  // of the block's input codes, as the offset column measured it
  if (d.offsetGain != 0) inputSum = columnSum[d.weight.size()] * d.offsetGain;
  // Without a reference column every sum holds G_off of the active rows: it is taken away by the measured
  // input sum (pairs without an offset column cancel it by themselves).
  std::int64_t rest = 0;
  if (!analog.baseline.empty() && d.offsetGain != 0) {
    const double perDigit = analog.baseline.back() / maxDigit(config_.encoding);
    inputSum = std::llround(static_cast<double>(inputSum) / (1.0 + perDigit));
    rest = std::llround(static_cast<double>(inputSum) * perDigit);
  }
  const Sum* x = columnSum.data();
  const std::int64_t* weight = d.weight.data();
  for (std::size_t o = 0; o < d.inputWeight.size(); ++o) {
    std::int64_t sum = d.inputWeight[o] * inputSum + d.baselineWeight[o] * rest;
    for (int s = 0; s < d.slices; ++s) sum += *weight++ * *x++;
    sums[static_cast<std::size_t>(d.firstOutput) + o] += sum;
  }
}

void StageAnalog::dumpDac(const Scratch& s, int position, int rowBegin, AnalogDump& dump) const {
  const auto rows = static_cast<std::size_t>(stage_->input.rows());
  const auto planes = stage_->planes.size();
  for (std::size_t p = 0; p < planes; ++p) {
    auto* out = dump.dac.data() + (static_cast<std::size_t>(position) * planes + p) * rows +
                static_cast<std::size_t>(rowBegin);
    const Pulse pulse = s.planes.pulse(p);
    for (int i = 0; i < pulse.count; ++i) out[pulse.row[i]] = pulse.digit == nullptr ? 1 : pulse.digit[i];
  }
}

void StageAnalog::dumpAdc(const StageArray& array, const std::size_t* planeOf, std::size_t live,
                          const Scratch& s, int position, AnalogDump& dump) const {
  const auto index = static_cast<std::size_t>(&array - arrays_.data());
  const auto columns = static_cast<std::size_t>(array.block->physicalColumns);
  const auto planes = stage_->planes.size();
  const std::vector<int>& converted = array.analog->columns;
  auto* out =
      dump.adc.data() + (static_cast<std::size_t>(position) * arrays_.size() + index) * planes * columns;
  for (std::size_t k = 0; k < live; ++k) {
    const std::int32_t* code = s.code.data() + k * static_cast<std::size_t>(array.analog->table.stride);
    for (std::size_t c = 0; c < converted.size(); ++c) {
      out[planeOf[k] * columns + static_cast<std::size_t>(converted[c])] = code[c];
    }
  }
}

}  // namespace crosstile
