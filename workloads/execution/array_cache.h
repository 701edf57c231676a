// SPDX-License-Identifier: Apache-2.0
// Programmed and compiled arrays on disk, for runs that share them: a sweep over ADC bits solves its circuits once.
//
// A file an array, named by a hash of everything that decides what is in it (ArrayCache::name), so that nothing is ever out
// of date: other settings have other names. Written whole or not at all, with a checksum: one that is damaged or of another
// version counts as missing. Any number of processes may use a folder at once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "models/crossbar/programmed_array.h"
#include "models/crossbar/pulse_table.h"
#include "workloads/mapping/chip_program.h"

namespace crosstile {

struct AnalogConfig;

/// What programming and solving an array come to, before amplifiers and converters.
struct SolvedArray {
  std::shared_ptr<const ProgrammedArray> programmed;
  PulseTable table;                            ///< of the converted columns, in units
  std::optional<PulseTable> telegraphCurrents;  ///< of all columns; only with random telegraph noise
};

class ArrayCache {
 public:
  /// Text that two configurations share only if they programme and solve alike.
  using Identity = std::function<std::string(const AnalogConfig&)>;

  /// Makes the folder. @throws BadInput when it can't be made
  ArrayCache(std::string folder, Identity identity);

  std::string identity(const AnalogConfig& config) const { return identity_(config); }
  /// The name of an array's file. @param identity  of its configuration
  static std::string name(const std::string& identity, const ArrayBlock& block, const Levels& levels,
                          const StreamOwner& owner);

  /// @param device  makes the array's law anew
  std::optional<SolvedArray> load(const std::string& name, const DeviceConfig& device) const;
  /// A cache that can't be written (disk full, ...) is no reason for a run to fail: then nothing is kept.
  void save(const std::string& name, const SolvedArray& solved) const;

 private:
  std::string folder_;
  Identity identity_;
};

}  // namespace crosstile
