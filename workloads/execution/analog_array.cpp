// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/analog_array.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <tuple>

#include "models/base/error.h"
#include "models/crossbar/cell_branch.h"
#include "models/crossbar/readout.h"
#include "workloads/execution/array_ageing.h"
#include "workloads/execution/stuck_compensation.h"

namespace crosstile {
namespace {

/// Currents of nominal cells at G_off and G_on for each input digit: what an ADC designer would count on.
std::array<std::vector<double>, 2> nominalCurrents(const AnalogConfig& config) {
  const std::vector<double> volts = dacLevels({}, config.encoding.pulseBits, config.array.readVoltage);
  std::array<std::vector<double>, 2> current;
  for (std::size_t end = 0; end < 2; ++end) {
    const double g = end == 0 ? config.device.gOff.value : config.device.gOn.value;
    current[end].resize(volts.size());
    const bool ownLaw =
        config.readout == "device" || config.readout == "circuit" || config.readout == "emulator";
    if (!ownLaw || config.adc.unit == "ohmic") {
      for (std::size_t d = 0; d < volts.size(); ++d) current[end][d] = g * volts[d];
      continue;
    }
    // A word line of such cells, one for each digit, with their access devices.
    auto cells = std::make_shared<ProgrammedArray>();
    cells->rows = 1;
    cells->columns = static_cast<int>(volts.size());
    cells->conductance.assign(volts.size(), g);
    cells->law = makeDeviceLaw(config.device);
    cells->cellParameters.resize(cells->law->parameterCount() * volts.size());
    cells->law->prepare(cells->conductance, nullptr, cells->cellParameters);
    const std::vector<double> ground(volts.size(), 0.0);
    makeCellBranch(cells, config.array.access)
        ->evaluate(0, 1, volts.data(), ground.data(), current[end].data(), nullptr, nullptr);
  }
  return current;
}

double unitCurrent(const AnalogConfig& config) {
  const auto current = nominalCurrents(config);
  return (current[1].back() - current[0].back()) / maxLevel(config.encoding) / maxDigit(config.encoding);
}

/// Bit lines that are converted: the block's, then the offset column.
std::vector<int> convertedColumns(const ArrayBlock& block) {
  std::vector<int> columns;
  for (const ColumnCode& c : block.columns) columns.push_back(c.column);
  if (block.offsetColumn >= 0) columns.push_back(block.offsetColumn);
  return columns;
}

/// Columns whose cells are there: all, or those in use.
std::vector<char> presentColumns(const AnalogConfig& config, const ArrayBlock& block) {
  const auto columns = static_cast<std::size_t>(block.physicalColumns);
  if (config.array.unusedCells == "off") return std::vector<char>(columns, 1);
  std::vector<char> used(columns, 0);
  for (const int c : convertedColumns(block)) used[static_cast<std::size_t>(c)] = 1;
  if (block.referenceColumn >= 0) used[static_cast<std::size_t>(block.referenceColumn)] = 1;
  return used;
}

/// Conductances of the levels; cells in rows and columns without weights may be absent.
std::vector<double> targets(const AnalogConfig& config, const ArrayBlock& block,
                            const std::vector<std::uint8_t>& levels) {
  const double step = (config.device.gOn.value - config.device.gOff.value) / maxLevel(config.encoding);
  std::vector<double> g(levels.size());
  for (std::size_t i = 0; i < g.size(); ++i) g[i] = config.device.gOff.value + step * levels[i];
  if (config.array.unusedCells == "off") return g;
  const auto columns = static_cast<std::size_t>(block.physicalColumns);
  const std::vector<char> used = presentColumns(config, block);
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (i / columns >= static_cast<std::size_t>(block.rowCount) || used[i % columns] == 0) g[i] = 0.0;
  }
  return g;
}

/// The frame of an integer product, levels times digits: all but its currents. The energy is that of nominal
/// cells.
PulseTable integerFrame(const AnalogConfig& config, const ArrayBlock& block,
                        const std::vector<std::uint8_t>& levels, const std::vector<int>& converted) {
  PulseTable table;
  table.rows = config.array.rows;
  table.columns = static_cast<int>(converted.size());
  table.stride = static_cast<int>(paddedFloats(converted.size()));
  table.terms = 1;
  // The row's conductance, without an array of all cells' (targets()): this is done for every array of a
  // chip.
  const double off = config.device.gOff.value;
  const double step = (config.device.gOn.value - off) / maxLevel(config.encoding);
  const std::vector<char> present = presentColumns(config, block);
  const std::vector<double> volts = dacLevels({}, config.encoding.pulseBits, config.array.readVoltage);
  table.digits.resize(volts.size());
  table.rowEnergy.assign(volts.size() * static_cast<std::size_t>(table.rows), 0.0);
  const auto columns = static_cast<std::size_t>(block.physicalColumns);
  for (int r = 0; r < table.rows; ++r) {
    std::int64_t cells = 0, levelSum = 0;
    const bool rowPresent = config.array.unusedCells == "off" || r < block.rowCount;
    for (std::size_t c = 0; rowPresent && c < columns; ++c) {
      cells += present[c];
      levelSum += present[c] * levels[static_cast<std::size_t>(r) * columns + c];
    }
    const double rowG = off * static_cast<double>(cells) + step * static_cast<double>(levelSum);
    for (std::size_t d = 1; d < volts.size(); ++d) {
      table.rowEnergy[d * static_cast<std::size_t>(table.rows) + static_cast<std::size_t>(r)] =
          volts[d] * volts[d] * rowG * config.array.readTime.value;
    }
  }
  for (std::size_t d = 1; d < volts.size(); ++d) table.digits[d] = {{0, static_cast<float>(d)}};
  return table;
}

/// The table of some of the columns: the others' currents are never looked at.
PulseTable selectColumns(const PulseTable& from, const std::vector<int>& columns) {
  PulseTable to = from;
  to.columns = static_cast<int>(columns.size());
  to.stride = static_cast<int>(paddedFloats(columns.size()));
  const auto rows = static_cast<std::size_t>(from.terms) * static_cast<std::size_t>(from.rows);
  const auto select = [&](const AlignedVector<float>& values) {
    AlignedVector<float> selected(values.empty() ? 0 : rows * static_cast<std::size_t>(to.stride), 0.0F);
    for (std::size_t r = 0; r < rows && !values.empty(); ++r) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        selected[r * static_cast<std::size_t>(to.stride) + c] =
            values[r * static_cast<std::size_t>(from.stride) + static_cast<std::size_t>(columns[c])];
      }
    }
    return selected;
  };
  to.current = select(from.current);
  to.variance = select(from.variance);
  if (!from.columnVariance.empty()) {
    to.columnVariance.assign(static_cast<std::size_t>(to.stride), 0.0F);
    for (std::size_t c = 0; c < columns.size(); ++c)
      to.columnVariance[c] = from.columnVariance[static_cast<std::size_t>(columns[c])];
  }
  return to;
}

/// The amplifiers at the bit lines, the reference column's among them.
void addAmplifiers(AnalogArray& array, const AnalogConfig& config, const ArrayBlock& block,
                   const RandomStream& stream) {
  const SampleHoldConfig& hold = config.sampleHold;
  const auto stride = static_cast<std::size_t>(array.table.stride);
  const double unit = array.unitAmpere;
  if (hold.amplifierNoise > 0.0) {
    const double bandwidth = 0.5 / config.array.readTime.value;
    const double amplifiers = block.referenceColumn >= 0 ? 2.0 : 1.0;
    array.table.columnVariance.resize(stride, 0.0F);
    for (std::size_t c = 0; c < array.columns.size(); ++c)
      array.table.columnVariance[c] += static_cast<float>(amplifiers * hold.amplifierNoise *
                                                          hold.amplifierNoise * bandwidth / (unit * unit));
  }
  if (hold.amplifierOffset.value == 0.0) return;
  const auto offset = [&](int column) {
    return hold.amplifierOffset.value * stream.normal(static_cast<std::uint64_t>(column)) / unit;
  };
  const double reference = block.referenceColumn >= 0 ? offset(block.referenceColumn) : 0.0;
  array.offset.assign(stride, 0.0F);
  for (std::size_t c = 0; c < array.columns.size(); ++c)
    array.offset[c] = static_cast<float>(offset(array.columns[c]) - reference);
}

std::shared_ptr<const TelegraphNoise> telegraphNoise(const AnalogArray& array, const AnalogConfig& config,
                                                     const PulseTable& currents, int referenceColumn,
                                                     const RandomStream& stream) {
  const NonidealityConfig& n = config.nonideality;
  return std::make_shared<TelegraphNoise>(
      TelegraphNoise::Config{n.rtnAmplitudeOfG, n.rtnProbability, n.rtnOccupancy}, currents, array.columns,
      referenceColumn, stream);
}

PulseShaping shapingOf(const AnalogConfig& config, const ArrayBlock& block, double unitAmpere) {
  PulseShaping shaping;
  shaping.referenceColumn = block.referenceColumn;
  shaping.unitAmpere = unitAmpere;
  shaping.readNoiseOfG = config.nonideality.readNoiseOfG;
  shaping.readNoiseOfRange = config.nonideality.readNoiseOfRange;
  shaping.conductanceRange = config.device.gOn.value - config.device.gOff.value;
  shaping.thermalNoise = config.nonideality.thermalNoise;
  shaping.shotNoise = config.nonideality.shotNoise;
  shaping.temperature = config.device.temperature;
  shaping.readTime = config.array.readTime;
  return shaping;
}

/// What the readout of a programmed array compiles to. @param tabulated  there is no reader, or it needs the noise
void compile(SolvedArray& solved, const Readout& readout, const std::vector<double>& volts,
             const PulseShaping& shaping, const std::vector<int>& columns, const NonidealityConfig& n,
             bool tabulated) {
  if (tabulated) {
    solved.table = selectColumns(readout.compile(volts, shaping), columns);
  } else {
    solved.table.columns = static_cast<int>(columns.size());
    solved.table.stride = static_cast<int>(paddedFloats(columns.size()));
  }
  if (n.rtnAmplitudeOfG == 0.0 || n.rtnProbability == 0.0) return;
  CurrentTable currents = readout.tabulate(volts);
  currents.scale(1.0 / shaping.unitAmpere);
  solved.telegraphCurrents = currents.round();
}

/// 128 bits: two arrays of a chip are never taken for one another.
std::array<std::uint64_t, 2> hashesOf(const std::vector<std::uint8_t>& levels) {
  std::array<std::uint64_t, 2> hash{0x243F6A8885A308D3U, 0x13198A2E03707344U};
  for (std::size_t at = 0; at < levels.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, levels.data() + at, std::min<std::size_t>(8, levels.size() - at));
    for (std::size_t k = 0; k < 2; ++k) {
      hash[k] = (hash[k] ^ word) * (k == 0 ? 0x9E3779B97F4A7C15U : 0xD1B54A32D192ED03U);
      hash[k] ^= hash[k] >> 32;
    }
  }
  return hash;
}

}  // namespace

std::shared_ptr<const AnalogArray> makeAnalogArray(const AnalogConfig& config, const ArrayBlock& block,
                                                   const Levels& levels, const StreamOwner& owner,
                                                   const std::string& cacheName) {
  auto array = std::make_shared<AnalogArray>();
  array->noiseKey = RandomStream(owner, Purpose::readNoise).key();
  array->unitAmpere = unitCurrent(config);
  array->columns = convertedColumns(block);
  if (config.readout == "ideal") {
    array->table = integerFrame(config, block, *levels, array->columns);
    array->levels = levels;
    return array;
  }
  std::vector<double> target = targets(config, block, *levels);
  if (config.encoding.stuckCompensation)
    compensateStuckCells(config, block, knownFaults(config, block, owner), target);
  const bool cached = config.cache != nullptr && !cacheName.empty();
  std::optional<SolvedArray> solved;
  if (cached) solved = config.cache->load(cacheName, config.device);
  const bool known = solved.has_value();
  if (!known) solved = SolvedArray{programAndAge(config, target, block.physicalColumns, owner), {}, {}};
  array->programmed = solved->programmed;
  const auto readout = makeReadout(config.readout, array->programmed, config.array);
  const std::vector<double> volts =
      dacLevels(config.dac, config.encoding.pulseBits, config.array.readVoltage);
  const PulseShaping shaping = shapingOf(config, block, array->unitAmpere);
  array->reader = readout->reader(volts, shaping, array->columns);
  if (!known) {
    const bool tabulated = array->reader == nullptr || shaping.noisy();
    compile(*solved, *readout, volts, shaping, array->columns, config.nonideality, tabulated);
    if (cached) config.cache->save(cacheName, *solved);
  }
  array->table = std::move(solved->table);
  if (array->reader != nullptr) array->table.rowEnergy.clear();
  array->noisy = !array->table.variance.empty();
  if (block.referenceColumn < 0) array->baseline = baselineOf(config);
  addAmplifiers(*array, config, block, RandomStream(owner, Purpose::amplifier));
  if (solved->telegraphCurrents)
    array->telegraph = telegraphNoise(*array, config, *solved->telegraphCurrents, block.referenceColumn,
                                      RandomStream(owner, Purpose::telegraphNoise));
  array->driftScale = driftScale(config, target, owner, array->programmed);
  return array;
}

/// Single precision is exact: sums stay below 2^24.
const PulseTable& AnalogArray::pulses() const {
  if (levels == nullptr) return table;
  std::call_once(integerMade_, [this] {
    integer_ = table;
    const auto stride = static_cast<std::size_t>(table.stride);
    const auto rows = static_cast<std::size_t>(table.rows);
    const std::size_t physicalColumns = levels->size() / rows;
    integer_.current.assign(rows * stride, 0.0F);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < columns.size(); ++k)
        integer_.current[r * stride + k] =
            (*levels)[r * physicalColumns + static_cast<std::size_t>(columns[k])];
    }
  });
  return integer_;
}

bool ArrayStore::Key::operator<(const Key& o) const {
  const auto parts = [](const Key& k) {
    return std::tie(k.seed, k.draw, k.array, k.replica, k.epoch, k.offsetColumn, k.referenceColumn,
                    k.physicalColumns, k.levels);
  };
  return parts(*this) < parts(o);
}

std::shared_ptr<const AnalogArray> ArrayStore::get(const ArrayBlock& block, const Levels& levels,
                                                   const StreamOwner& owner) {
  const Key key{hashesOf(*levels),    owner.seed,  owner.draw,         owner.array,
                owner.replica,        owner.epoch, block.offsetColumn, block.referenceColumn,
                block.physicalColumns};
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = arrays_.find(key);
    if (found != arrays_.end()) return found->second;
  }
  // The ideal readout makes its arrays faster than a file is read.
  const bool cached = config_.cache != nullptr && config_.readout != "ideal";
  auto made = makeAnalogArray(config_, block, levels, owner,
                              cached ? ArrayCache::name(identity_, block, levels, owner) : std::string());
  const std::lock_guard<std::mutex> lock(mutex_);
  return arrays_.emplace(key, std::move(made)).first->second;
}

std::vector<double> baselineOf(const AnalogConfig& config) {
  if (config.readout == "ideal")
    return std::vector<double>(static_cast<std::size_t>(maxDigit(config.encoding)) + 1, 0.0);
  std::vector<double> baseline = nominalCurrents(config)[0];
  const double unit = unitCurrent(config);
  for (double& b : baseline) b /= unit;
  return baseline;
}

double nominalLsb(const AnalogConfig& config) {
  if (config.adc.range == "fixed") return config.adc.fixedLsb;
  const double rows = config.array.rows;
  const double digit = maxDigit(config.encoding);
  const double columnSum =
      rows * digit * maxLevel(config.encoding) / (config.encoding.flippedColumns ? 2.0 : 1.0);
  const double offsetSum = hasOffsetColumn(config.encoding) ? rows * digit : 0.0;
  const double baseline = config.array.referenceColumn ? 0.0 : rows * baselineOf(config).back();
  const double codes = std::ldexp(1.0, config.adc.bits) - 1.0;
  return std::max(1.0, (std::max(std::floor(columnSum), offsetSum) + baseline) / codes);
}

std::int32_t fixedPointGain(double unitsPerCode) {
  const double limit = std::ldexp(1.0, 31 - kGainBits) - 1.0;
  if (!(unitsPerCode <= limit)) {
    throw BadInput(
        "adc: one code would stand for {:g} unit currents: must be at most {:g}; more adc.bits, or fewer "
        "bits a "
        "cell or pulse, would make it less",
        unitsPerCode, limit);
  }
  return static_cast<std::int32_t>(std::lround(std::ldexp(unitsPerCode, kGainBits)));
}

AdcTrim nominalTrim(const AnalogConfig& config, int physicalColumns) {
  AdcTrim trim;
  trim.lsb = nominalLsb(config);
  if (fixedPointGain(trim.lsb) == 0) {
    throw BadInput("adc.fixed_lsb = {:g}: must be at least {:g}, the resolution of a decoded sum", trim.lsb,
                   std::ldexp(1.0, -kGainBits));
  }
  trim.gain.assign(static_cast<std::size_t>(physicalColumns), fixedPointGain(trim.lsb));
  return trim;
}

}  // namespace crosstile
