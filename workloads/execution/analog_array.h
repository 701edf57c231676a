// SPDX-License-Identifier: Apache-2.0
// One array of the chip, programmed and compiled for reading: its pulse table, its ADCs and their trim.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "models/converter/adc.h"
#include "models/crossbar/programmed_array.h"
#include "models/crossbar/pulse_reader.h"
#include "models/crossbar/pulse_table.h"
#include "models/crossbar/telegraph_noise.h"
#include "models/programming/programming_config.h"
#include "workloads/execution/array_cache.h"
#include "workloads/mapping/chip_program.h"

namespace crosstile {

/// The physics of the chip's arrays: what programming and reading need to know of the hardware.
struct AnalogConfig {
  std::string readout = "ideal";
  ArrayConfig array;
  DeviceConfig device;
  NonidealityConfig nonideality;
  DacConfig dac;
  SampleHoldConfig sampleHold;
  AdcConfig adc;
  EncodingConfig encoding;
  ProgrammingConfig programming;
  std::shared_ptr<const ArrayCache> cache;  ///< where arrays are looked up before they are made; may be null
};

/// What the digital side knows of a conversion: a code of column c stands for (gain[c] code + offset[c]) *
/// 2^-kGainBits unit currents (one level at input digit 1).
inline constexpr int kGainBits = 12;
struct AdcTrim {
  double lsb = 1.0;                  ///< of every conversion of the array, unit currents
  std::vector<std::int32_t> gain;    ///< one a physical column
  std::vector<std::int64_t> offset;  ///< the same; empty: none
};

/// `unitsPerCode` as a fixed-point gain. @throws BadInput when it doesn't fit
std::int32_t fixedPointGain(double unitsPerCode);

/// A programmed array, compiled. Immutable; shared by all modes and threads.
class AnalogArray {
 public:
  std::shared_ptr<const ProgrammedArray> programmed;  ///< none for the ideal readout
  PulseTable table;                                   ///< currents in units, of the converted columns alone
  /// The ideal readout: what its cells hold; `table` then has no currents of its own.
  Levels levels;
  /// The table with its currents: those of the ideal readout are made when they are first asked for, since
  /// most arrays' sums never need them (exact_sums.h).
  const PulseTable& pulses() const;
  /// The currents of physics that no table holds, in the same units; the table then serves read noise alone.
  std::shared_ptr<const PulseReader> reader;
  std::vector<int> columns;  ///< their physical bit lines: the block's, then the offset column
  double unitAmpere = 0.0;   ///< current of one level at input digit 1
  /// Current of a nominal cell at G_off, by input digit, in units: what every active row adds to every column
  /// when no reference column takes it away. Empty: nothing is left of it.
  std::vector<double> baseline;
  std::array<std::uint32_t, 2> noiseKey{};
  bool noisy = false;  ///< the table has read noise
  /// Input-referred offsets of the columns' amplifiers, in units, `table.stride` values; empty: none.
  AlignedVector<float> offset;
  std::shared_ptr<const TelegraphNoise> telegraph;  ///< in units; none without random telegraph noise
  /// Drift compensation: what the digital side multiplies the array's codes by.
  double driftScale = 1.0;

 private:
  mutable std::once_flag integerMade_;
  mutable PulseTable integer_;
};

/// Programs the levels of `block` and compiles the configured readout. `levels` are the block's own, or what
/// arrived of them over the network.
/// @param cacheName  of the array in `config.cache`; empty: it isn't looked for there
/// @throws BadInput for an unknown readout or law
std::shared_ptr<const AnalogArray> makeAnalogArray(const AnalogConfig& config, const ArrayBlock& block,
                                                   const Levels& levels, const StreamOwner& owner,
                                                   const std::string& cacheName = {});

/// Keeps analog arrays by what went into them, so that the timing modes and the draws share one programming.
/// One configuration a store. Safe to use from many threads.
class ArrayStore {
 public:
  explicit ArrayStore(AnalogConfig config)
      : config_(std::move(config)), identity_(config_.cache ? config_.cache->identity(config_) : "") {}
  const AnalogConfig& config() const { return config_; }
  std::shared_ptr<const AnalogArray> get(const ArrayBlock& block, const Levels& levels,
                                         const StreamOwner& owner);

 private:
  struct Key {
    std::array<std::uint64_t, 2> levels;  // hashes of them
    std::uint64_t seed;
    std::uint32_t draw, array, replica, epoch;
    int offsetColumn, referenceColumn, physicalColumns;
    bool operator<(const Key& o) const;
  };
  AnalogConfig config_;
  std::string identity_;  ///< of the configuration, for the cache
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const AnalogArray>> arrays_;
};

/// Current of a nominal cell at G_off for each input digit, in units of one level at digit 1; zero for
/// `ideal`.
std::vector<double> baselineOf(const AnalogConfig& config);
/// One LSB of the configured range, unit currents: full scale covers the worst-case sum of a column.
double nominalLsb(const AnalogConfig& config);
/// The trim of an uncalibrated array: every column at the nominal LSB.
AdcTrim nominalTrim(const AnalogConfig& config, int physicalColumns);

}  // namespace crosstile
