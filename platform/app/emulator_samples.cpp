// SPDX-License-Identifier: Apache-2.0
#include "platform/app/emulator_samples.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/error.h"
#include "platform/app/progress.h"
#include "platform/chip/chip.h"
#include "platform/hardware/emulator_file.h"
#include "platform/record/whole_file.h"
#include "workloads/mapping/column_layout.h"

namespace crosstile::app {
namespace {

/// Arrays whose currents make a checkpoint file.
constexpr std::size_t kShard = 32;
/// Images whose planes are looked at, at most.
constexpr std::size_t kMostImages = 64;

/// A uniform choice of 0 .. n - 1.
std::size_t choose(const RandomStream& stream, std::uint64_t index, std::uint32_t part, std::size_t n) {
  return std::min(n - 1, static_cast<std::size_t>(stream.uniform(index, part) * static_cast<double>(n)));
}

/// `count` different numbers below n, in random order.
std::vector<std::size_t> chooseSome(const RandomStream& stream, std::uint32_t part, std::size_t n,
                                    std::size_t count) {
  std::vector<std::size_t> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = i;
  for (std::size_t i = 0; i < std::min(count, n); ++i)
    std::swap(all[i], all[i + choose(stream, i, part, n - i)]);
  all.resize(std::min(count, n));
  return all;
}

/// What the converters of every stage see when the images run with exact products.
std::vector<ValueDump> capturePlanes(const Session& session) {
  AnalogConfig config = analogConfig(session.hardware);
  config.readout = "ideal";
  ArrayStore store(config);
  const ValueEngine engine(session.program, store, {session.options().seed}, session.calibrationCodes());
  std::vector<ValueDump> dumps(std::min(session.codes.size(), kMostImages));
  tbb::parallel_for(std::size_t{0}, dumps.size(), [&](std::size_t i) {
    for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
      if (session.program.stages[s].layer >= 0) dumps[i][static_cast<int>(s)];
    }
    ValueEngine::Scratch scratch;
    std::vector<ReadFacts> facts(session.program.stages.size());
    std::vector<std::int64_t> output;
    engine.run(session.codes[i].data(), i, scratch, facts, output, &dumps[i]);
  });
  return dumps;
}

/// Voltages of one block in random planes; columns without an active row are dropped.
Eigen::MatrixXd planeVoltages(const Session& session, const std::vector<ValueDump>& dumps, int stage,
                              const ArrayBlock& block, int vectors, const RandomStream& stream) {
  const Stage& s = session.program.stages[static_cast<std::size_t>(stage)];
  const auto rows = static_cast<std::size_t>(s.input.rows()), planes = s.planes.size();
  const auto positions = static_cast<std::size_t>(s.input.positions());
  const std::vector<double> volts = dacLevels(session.hardware.dac, session.hardware.encoding.pulseBits,
                                              session.hardware.array.readVoltage);
  Eigen::MatrixXd v = Eigen::MatrixXd::Zero(session.hardware.array.rows, vectors);
  int kept = 0;
  // A plane of high bits is often empty: several tries for every vector.
  for (std::uint64_t attempt = 0; attempt < 8 * static_cast<std::uint64_t>(vectors) && kept < vectors;
       ++attempt) {
    const AnalogDump& dump = dumps[choose(stream, attempt, 1, dumps.size())].at(stage);
    const std::size_t at =
        choose(stream, attempt, 2, positions) * planes + choose(stream, attempt, 3, planes);
    const std::uint16_t* digits = dump.dac.data() + at * rows + static_cast<std::size_t>(block.rowBegin);
    bool active = false;
    for (int r = 0; r < block.rowCount; ++r) {
      v(r, kept) = volts.at(digits[r]);
      active = active || digits[r] != 0;
    }
    if (active) ++kept;
  }
  return v.leftCols(kept);
}

EmulatorSample blockSample(const Session& session, const ArrayBlock& block, Eigen::MatrixXd voltages) {
  const DeviceConfig& device = session.hardware.device;
  const double step = (device.gOn.value - device.gOff.value) / session.program.maxLevel;
  EmulatorSample sample;
  for (const std::uint8_t level : *block.levels)
    sample.conductance.push_back(device.gOff.value + step * level);
  sample.voltages = std::move(voltages);
  return sample;
}

}  // namespace

EmulatorTechnology technologyOf(const Hardware& hardware) {
  const ColumnLayout layout(hardware.array, hardware.encoding);
  EmulatorTechnology t;
  t.device = hardware.device;
  t.wires = wiresOf(hardware.array);
  t.rows = hardware.array.rows;
  t.columns = layout.total();
  t.referenceColumn = layout.reference;
  t.voltage = hardware.array.readVoltage.value;
  return t;
}

std::vector<EmulatorSample> randomSamples(const DrawPlan& plan, int matrices) {
  std::vector<EmulatorSample> samples(static_cast<std::size_t>(matrices));
  tbb::parallel_for(std::size_t{0}, samples.size(),
                    [&](std::size_t i) { samples[i] = drawSample(plan, static_cast<std::uint32_t>(i)); });
  return samples;
}

std::vector<EmulatorSample> networkSamples(const SessionOptions& options, int matrices, int vectors) {
  const Session session(options);
  const std::vector<ValueDump> dumps = capturePlanes(session);
  std::vector<std::pair<int, const ArrayBlock*>> blocks;
  for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
    for (const ArrayBlock& block : session.program.stages[s].blocks)
      blocks.emplace_back(static_cast<int>(s), &block);
  }
  const RandomStream stream({options.seed}, Purpose::sampling);
  const auto chosen = chooseSome(stream, 0, blocks.size(), static_cast<std::size_t>(matrices));
  std::vector<EmulatorSample> samples(chosen.size());
  tbb::parallel_for(std::size_t{0}, chosen.size(), [&](std::size_t i) {
    const auto& [stage, block] = blocks[chosen[i]];
    const RandomStream own({options.seed, 0, static_cast<std::uint32_t>(block->id)}, Purpose::sampling);
    samples[i] = blockSample(session, *block, planeVoltages(session, dumps, stage, *block, vectors, own));
  });
  samples.erase(std::remove_if(samples.begin(), samples.end(),
                               [](const EmulatorSample& s) { return s.voltages.cols() == 0; }),
                samples.end());
  if (samples.empty()) throw BadInput("{}: no array of the network sees an active input", options.network);
  return samples;
}

std::uint64_t hashOf(const void* data, std::size_t count, std::uint64_t state) {
  const auto* p = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < count; ++i) state = (state ^ p[i]) * 0x100000001b3ULL;
  return state;
}

std::uint64_t hashOf(const EmulatorSample& sample, std::uint64_t state) {
  state = hashOf(sample.conductance.data(), sample.conductance.size() * sizeof(double), state);
  state = hashOf(sample.voltages.data(), static_cast<std::size_t>(sample.voltages.size()) * sizeof(double),
                 state);
  return hashOf(sample.current.data(), static_cast<std::size_t>(sample.current.size()) * sizeof(double),
                state);
}

std::optional<std::string> readCheckpoint(const std::string& path, std::uint64_t hash) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t stored = 0;
  if (!file.read(reinterpret_cast<char*>(&stored), sizeof stored) || stored != hash) return std::nullopt;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void writeCheckpoint(const std::string& path, std::uint64_t hash, const std::string& bytes) {
  writeWhole(path, std::string(reinterpret_cast<const char*>(&hash), sizeof hash) + bytes);
}

void solveSamples(const EmulatorTechnology& technology, double tolerance, const std::string& folder,
                  bool quiet, std::vector<EmulatorSample>& samples) {
  const CircuitFunction circuit = exactCircuit(technology, tolerance);
  Progress progress("circuits", static_cast<int>(samples.size()), quiet);
  const std::string circuitText = technologyJson(technology).dump() + fmt::format("{}", tolerance);
  for (std::size_t from = 0; from < samples.size(); from += kShard) {
    const std::size_t to = std::min(samples.size(), from + kShard);
    std::uint64_t hash = hashOf(circuitText.data(), circuitText.size());
    std::size_t size = 0;
    for (std::size_t s = from; s < to; ++s) {
      hash = hashOf(samples[s], hash);
      samples[s].current.resize(technology.columns, samples[s].voltages.cols());
      size += static_cast<std::size_t>(samples[s].current.size()) * sizeof(double);
    }
    const std::string path = fmt::format("{}/draws-{:05}.bin", folder, from / kShard);
    const auto stored = folder.empty() ? std::nullopt : readCheckpoint(path, hash);
    std::string bytes;
    if (stored && stored->size() == size) {
      const char* at = stored->data();
      for (std::size_t s = from; s < to; ++s) {
        const auto count = static_cast<std::size_t>(samples[s].current.size()) * sizeof(double);
        std::memcpy(samples[s].current.data(), at, count);
        at += count;
      }
    } else {
      tbb::parallel_for(from, to, [&](std::size_t s) { solveSample(technology, circuit, samples[s]); });
      for (std::size_t s = from; s < to && !folder.empty(); ++s)
        bytes.append(reinterpret_cast<const char*>(samples[s].current.data()),
                     static_cast<std::size_t>(samples[s].current.size()) * sizeof(double));
      if (!folder.empty()) writeCheckpoint(path, hash, bytes);
    }
    progress(static_cast<int>(to));
  }
}

}  // namespace crosstile::app
