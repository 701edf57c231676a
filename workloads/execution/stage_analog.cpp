// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/stage_analog.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "models/digital/shift_add.h"

namespace crosstile {

StageAnalog::StageAnalog(const Stage& stage, const AnalogConfig& config, std::vector<StageArray> arrays,
                         int outputBegin, int outputCount)
    : stage_(&stage), config_(config), arrays_(std::move(arrays)), outputBegin_(outputBegin), outputCount_(outputCount) {
  std::stable_sort(arrays_.begin(), arrays_.end(),
                   [](const StageArray& a, const StageArray& b) { return a.block->rowBlock < b.block->rowBlock; });
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
  silentIsZero_ = config.adc.noiseLsb == 0.0 && config.sampleHold.noiseLsb == 0.0 && config.adc.dnlLsb == 0.0 &&
                  config.adc.inlLsb == 0.0;
}

void StageAnalog::gatherCodes(const std::int32_t* input, int position, int rowBlock, Scratch& s) const {
  const int begin = rowBlock * config_.array.rows;
  const int count = std::min(config_.array.rows, stage_->input.rows() - begin);
  s.element.resize(static_cast<std::size_t>(count));
  s.codes.resize(static_cast<std::size_t>(count));
  stage_->input.gather(position, begin, count, s.element.data());
  for (std::size_t r = 0; r < s.codes.size(); ++r) s.codes[r] = s.element[r] < 0 ? 0 : input[s.element[r]];
}

void StageAnalog::buildPlanes(const std::int32_t* codes, int rowCount, Scratch& s) const {
  const auto planes = stage_->planes.size();
  s.rows.resize(planes);
  s.digits.resize(planes);
  for (std::size_t p = 0; p < planes; ++p) {
    s.rows[p].clear();
    s.digits[p].clear();
  }
  const std::uint32_t mask = (1U << stage_->inputFormat.bits) - 1U;
  const bool single = config_.encoding.pulseBits == 1;
  for (int r = 0; r < rowCount; ++r) {
    std::uint32_t code = static_cast<std::uint32_t>(codes[r]) & mask;
    if (single) {  // plane p is bit p
      for (; code != 0; code &= code - 1) {
        s.rows[static_cast<std::size_t>(__builtin_ctz(code))].push_back(static_cast<std::uint16_t>(r));
      }
      continue;
    }
    if (code == 0) continue;
    for (std::size_t p = 0; p < planes; ++p) {
      const Plane& plane = stage_->planes[p];
      const std::uint32_t digit = code >> plane.shift & ((1U << plane.bits) - 1U);
      if (digit == 0) continue;
      s.rows[p].push_back(static_cast<std::uint16_t>(r));
      s.digits[p].push_back(static_cast<std::uint16_t>(digit));
    }
  }
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
                              Scratch& scratch, std::int64_t* sums, ReadFacts& facts, AnalogDump* dump) const {
  const std::size_t first = firstArray_[static_cast<std::size_t>(rowBlock)];
  const std::size_t last = firstArray_[static_cast<std::size_t>(rowBlock) + 1];
  if (first == last) return;
  const ArrayBlock& block = *arrays_[first].block;
  buildPlanes(codes, block.rowCount, scratch);
  addInputFacts(rowBlock, scratch, facts);
  if (dump != nullptr) dumpDac(scratch, position, block.rowBegin, *dump);
  for (std::size_t a = first; a < last; ++a) runArray(arrays_[a], position, image, scratch, sums, facts, dump);
}

void StageAnalog::addInputFacts(int rowBlock, const Scratch& scratch, ReadFacts& facts) const {
  const auto& energy = rowEnergy_[static_cast<std::size_t>(rowBlock)];
  const auto rows = static_cast<std::size_t>(config_.array.rows);
  for (std::size_t p = 0; p < scratch.rows.size(); ++p) {
    const auto& active = scratch.rows[p];
    facts.activeRows += static_cast<std::int64_t>(active.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < active.size(); ++i) {
      sum += energy[(scratch.digits[p].empty() ? 1U : scratch.digits[p][i]) * rows + active[i]];
    }
    facts.deviceEnergyJ += sum;
  }
}

void StageAnalog::runArray(const StageArray& array, int position, std::uint64_t image, Scratch& s, std::int64_t* sums,
                           ReadFacts& facts, AnalogDump* dump) const {
  const PulseTable& table = array.analog->table;
  const auto planes = stage_->planes.size();
  const auto stride = static_cast<std::size_t>(table.stride);
  const auto samples = planes * stride;
  s.current.resize(samples);
  s.code.resize(samples);
  s.columnSum.assign(stride, 0);
  Pulse pulses[16];
  std::size_t planeOf[16];
  std::size_t live = 0;
  for (std::size_t p = 0; p < planes; ++p) {
    const auto& rows = s.rows[p];
    if (rows.empty() && silentIsZero_) continue;
    planeOf[live] = p;
    pulses[live++] = {rows.data(), s.digits[p].empty() ? nullptr : s.digits[p].data(), static_cast<int>(rows.size())};
  }
  const bool noisy = array.analog->noisy;
  if (noisy) s.variance.resize(samples);
  const auto begin = s.timeProducts ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  readPulses(table, {pulses, live}, s.current.data(), noisy ? s.variance.data() : nullptr);
  if (s.timeProducts) {
    s.productS += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const bool draws = noisy || array.adc.noiseVariance() > 0.0;
  if (draws) {
    s.normal.resize(samples);
    for (std::size_t k = 0; k < live; ++k) {
      fillNormals(array.analog->noiseKey, static_cast<std::uint32_t>(planeOf[k]) + 1U, static_cast<std::uint32_t>(position),
                  static_cast<std::uint32_t>(image), s.normal.data() + k * stride, static_cast<std::size_t>(table.columns));
    }
  }
  array.adc.convert(s.current.data(), noisy ? s.variance.data() : nullptr, draws ? s.normal.data() : nullptr,
                    s.code.data(), live * stride);
  for (std::size_t k = 0; k < live; ++k) {
    const Plane& plane = stage_->planes[planeOf[k]];
    shiftAdd(s.code.data() + k * stride, plane.shift, plane.negative, s.columnSum.data(), stride);
  }
  combine(array, s.columnSum.data(), sums);
  facts.mvms += 1;
  facts.reads += static_cast<std::int64_t>(planes);
  facts.zeroPlanes += static_cast<std::int64_t>(std::count_if(s.rows.begin(), s.rows.end(),
                                                              [](const auto& rows) { return rows.empty(); }));
  facts.conversions += static_cast<std::int64_t>(planes) * array.block->conversions();
  if (dump == nullptr) return;
  const auto index = static_cast<std::size_t>(&array - arrays_.data());
  const auto columns = static_cast<std::size_t>(array.block->physicalColumns);
  auto* out = dump->adc.data() + (static_cast<std::size_t>(position) * arrays_.size() + index) * planes * columns;
  for (std::size_t k = 0; k < live; ++k) std::copy_n(s.code.data() + k * stride, columns, out + planeOf[k] * columns);
}

void StageAnalog::combine(const StageArray& array, const std::int64_t* columnSum, std::int64_t* sums) const {
  const ArrayBlock& block = *array.block;
  const std::vector<std::int32_t>& gain = array.trim.gain;
  std::int64_t inputSum = 0;  // of the block's input codes, as the offset column measured it
  if (block.offsetColumn >= 0) {
    inputSum = columnSum[block.offsetColumn] * gain[static_cast<std::size_t>(block.offsetColumn)];
  }
  // Without a reference column every sum holds G_off of the active rows: it is taken away by the measured input sum
  // (pairs without an offset column cancel it by themselves).
  std::int64_t rest = 0;
  if (!array.analog->baseline.empty() && block.offsetColumn >= 0) {
    const double perDigit = array.analog->baseline.back() / maxDigit(config_.encoding);
    inputSum = std::llround(static_cast<double>(inputSum) / (1.0 + perDigit));
    rest = std::llround(static_cast<double>(inputSum) * perDigit);
  }
  const std::int64_t top = maxLevel(config_.encoding);
  for (const ColumnCode& c : block.columns) {
    std::int64_t value = columnSum[c.column] * gain[static_cast<std::size_t>(c.column)] - rest;
    if (c.flipped) value = top * inputSum - value;
    sums[c.output - outputBegin_] += c.sign * value * (std::int64_t{1} << c.shift);
  }
  const std::int64_t offset = weightOffset(config_.encoding) * inputSum;
  for (int o = 0; o < block.outputCount; ++o) sums[block.outputBegin + o - outputBegin_] -= offset;
}

void StageAnalog::dumpDac(const Scratch& s, int position, int rowBegin, AnalogDump& dump) const {
  const auto rows = static_cast<std::size_t>(stage_->input.rows());
  const auto planes = stage_->planes.size();
  for (std::size_t p = 0; p < planes; ++p) {
    auto* out = dump.dac.data() + (static_cast<std::size_t>(position) * planes + p) * rows + static_cast<std::size_t>(rowBegin);
    for (std::size_t i = 0; i < s.rows[p].size(); ++i) out[s.rows[p][i]] = s.digits[p].empty() ? 1 : s.digits[p][i];
  }
}

}  // namespace crosstile
