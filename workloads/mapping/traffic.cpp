// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/traffic.h"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace crosstile {
namespace {

constexpr std::int64_t kSumBytes = 8;  // a partial sum on the bus

std::int64_t lines(std::int64_t firstByte, std::int64_t bytes, std::int64_t line) {
  return (firstByte + bytes - 1) / line - firstByte / line + 1;
}

/// Counts packets between nodes of the mesh.
class PacketCounter {
 public:
  PacketCounter(const TrafficConfig& config, StageTraffic& traffic) : config_(config), traffic_(traffic) {}

  void send(int from, int to, std::int64_t bytes, std::int64_t times = 1) {
    const std::int64_t flits = 1 + (8 * bytes + config_.flitBits - 1) / config_.flitBits;
    const std::int64_t hops = std::abs(column(from) - column(to)) + std::abs(row(from) - row(to));
    traffic_.packets += times;
    traffic_.packetBytes += times * bytes;
    traffic_.flitRouters += times * flits * (hops + 1);
    traffic_.flitLinks += times * flits * hops;
  }

 private:
  int router(int node) const { return node == config_.chip.tiles() ? 0 : node / config_.chip.concentration; }
  int column(int node) const { return router(node) % config_.chip.meshColumns; }
  int row(int node) const { return router(node) / config_.chip.meshColumns; }
  const TrafficConfig& config_;
  StageTraffic& traffic_;
};

/// The traffic of one stage.
class StageCounter {
 public:
  StageCounter(const ChipProgram& program, const TrafficConfig& config, std::size_t s)
      : program_(program),
        config_(config),
        stage_(program.stages[s]),
        index_(s),
        packets_(config, traffic_) {}

  StageTraffic count() {
    for (const int tile : stage_.tiles) countTile(tile);
    countInputs();
    countOutputs();
    return traffic_;
  }

 private:
  int host() const { return config_.chip.tiles(); }
  std::int64_t line() const { return config_.bufferAccessBits / 8; }

  /// Outputs that a tile holds: [first, last).
  std::pair<int, int> outputsOf(const Stage& stage, int tile) const {
    if (stage.layer < 0) return {0, stage.outputs};
    int first = stage.outputs, last = 0;
    for (const ArrayBlock& b : stage.blocks) {
      if (b.tile != tile) continue;
      first = std::min(first, b.outputBegin);
      last = std::max(last, b.outputBegin + b.outputCount);
    }
    return {first, last};
  }

  void countTile(int tile) {
    const std::int64_t positions = stage_.input.positions();
    const std::int64_t rows = stage_.input.rows();
    for (int p = 0; p < positions; ++p) {
      for (const auto& [first, last] : windowRuns(stage_.input, p)) {
        traffic_.bufferReads += lines(std::int64_t{first} * stage_.inputBytes,
                                      (std::int64_t{last} - first + 1) * stage_.inputBytes, line());
      }
    }
    std::int64_t coreInputs = 0;  // row codes into cores' input registers, one position
    std::int64_t sums = 0;        // partial sums out of cores, one position
    std::set<int> cores;
    for (const ArrayBlock& b : stage_.blocks) {
      if (b.tile == tile) cores.insert(b.core);
    }
    for (const int core : cores) {
      std::set<int> rowBlocks;
      int first = stage_.outputs, last = 0;
      for (const ArrayBlock& b : stage_.blocks) {
        if (b.tile != tile || b.core != core) continue;
        if (rowBlocks.insert(b.rowBlock).second) coreInputs += b.rowCount;
        first = std::min(first, b.outputBegin);
        last = std::max(last, b.outputBegin + b.outputCount);
      }
      sums += last - first;
    }
    traffic_.mvms += positions * static_cast<std::int64_t>(cores.size());
    traffic_.inputBytes += positions * coreInputs * stage_.inputBytes;
    traffic_.outputBytes += positions * sums * kSumBytes;
    const auto [first, last] = outputsOf(stage_, tile);
    const std::int64_t channels = last - first;
    if (cores.empty()) {
      traffic_.busBits += positions * 8 * (24 + rows * kSumBytes);
      sums = rows;
    } else {
      traffic_.busBits += positions * 8 * (rows * stage_.inputBytes + sums * kSumBytes);
    }
    std::int64_t operations = positions;
    for (const DigitalOp& op : stage_.ops) operations += op.outPositions();
    traffic_.digitalOperations += positions * sums + operations * channels;
  }

  void countInputs() {
    for (const int tile : stage_.tiles) {
      if (stage_.source < 0) {
        const std::int64_t bytes = stage_.inputElements() * stage_.inputBytes;
        for (std::int64_t at = 0; at < bytes; at += config_.hostPacketBytes) {
          const std::int64_t size = std::min<std::int64_t>(config_.hostPacketBytes, bytes - at);
          packets_.send(host(), tile, size);
          traffic_.bufferWrites += lines(at, size, line());
        }
        packets_.send(tile, host(), 0);  // credit
        continue;
      }
      const Stage& source = program_.stages[static_cast<std::size_t>(stage_.source)];
      for (const int producer : source.tiles) {
        const auto [first, last] = outputsOf(source, producer);
        for (int q = 0; q < source.outPositions; ++q) {
          const std::int64_t from = (std::int64_t{q} * source.outputs + first) * stage_.inputBytes;
          traffic_.bufferWrites += lines(from, std::int64_t{last - first} * stage_.inputBytes, line());
        }
        packets_.send(tile, producer, 0);
      }
    }
    if (stage_.source < 0) traffic_.hostBits += 8 * stage_.inputElements() * stage_.inputBytes;
  }

  void countOutputs() {
    const bool toHost = index_ + 1 == program_.stages.size();
    const std::vector<int> consumers = toHost ? std::vector<int>{host()} : program_.stages[index_ + 1].tiles;
    for (const int tile : stage_.tiles) {
      const auto [first, last] = outputsOf(stage_, tile);
      const std::int64_t bytes = std::int64_t{last - first} * stage_.outputBytes;
      for (const int consumer : consumers) packets_.send(tile, consumer, bytes, stage_.outPositions);
      if (toHost) traffic_.hostBits += 8 * bytes * stage_.outPositions;
    }
  }

  const ChipProgram& program_;
  const TrafficConfig& config_;
  const Stage& stage_;
  std::size_t index_;
  StageTraffic traffic_;
  PacketCounter packets_;
};

}  // namespace

std::vector<std::pair<std::int32_t, std::int32_t>> windowRuns(const WindowMap& map, int position) {
  std::vector<std::int32_t> element(static_cast<std::size_t>(map.rows()));
  map.gather(position, 0, map.rows(), element.data());
  std::sort(element.begin(), element.end());
  std::vector<std::pair<std::int32_t, std::int32_t>> runs;
  for (const std::int32_t e : element) {
    if (e < 0 || (!runs.empty() && e == runs.back().second)) continue;
    if (!runs.empty() && e == runs.back().second + 1)
      runs.back().second = e;
    else
      runs.emplace_back(e, e);
  }
  return runs;
}

std::vector<StageTraffic> trafficPerImage(const ChipProgram& program, const TrafficConfig& config) {
  std::vector<StageTraffic> traffic;
  for (std::size_t s = 0; s < program.stages.size(); ++s)
    traffic.push_back(StageCounter(program, config, s).count());
  return traffic;
}

}  // namespace crosstile
