// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/traffic.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "workloads/mapping/stage_order.h"

namespace crosstile {
namespace {

constexpr std::int64_t kSumBytes = 8;    // a partial sum on the bus
constexpr std::int64_t kSumHeader = 24;  // image, position, first output

/// Counts packets between nodes of the mesh.
class PacketCounter {
 public:
  PacketCounter(const TrafficConfig& config, StageTraffic& traffic) : config_(config), traffic_(traffic) {}

  void send(int from, int to, std::int64_t bytes, std::int64_t times = 1) {
    send(from, std::vector<int>{to}, bytes, times);
  }
  /// One packet to several nodes: over each link of the tree of their XY routes once, through a router once
  /// for each way out.
  void send(int from, const std::vector<int>& to, std::int64_t bytes, std::int64_t times) {
    const std::int64_t flits = 1 + (8 * bytes + config_.flitBits - 1) / config_.flitBits;
    std::set<std::pair<int, int>> links;  // router to router
    for (const int node : to) {
      int x = column(from), y = row(from);
      while (x != column(node) || y != row(node)) {
        const int before = y * config_.chip.meshColumns + x;
        if (x != column(node))
          x += x < column(node) ? 1 : -1;
        else
          y += y < row(node) ? 1 : -1;
        links.emplace(before, y * config_.chip.meshColumns + x);
      }
    }
    const auto hops = static_cast<std::int64_t>(links.size());
    traffic_.packets += times;
    traffic_.packetBytes += times * bytes;
    traffic_.flitRouters += times * flits * (hops + static_cast<std::int64_t>(to.size()));
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
  /// @param traffic  of all stages
  StageCounter(const ChipProgram& program, const TrafficConfig& config, std::size_t s,
               std::vector<StageTraffic>& traffic)
      : program_(program),
        config_(config),
        stage_(program.stages[s]),
        order_(stage_),
        index_(s),
        traffic_(traffic[s]),
        packets_(config, traffic[packetsBookedAt(program, s)]) {}

  void count() {
    for (const int tile : stage_.tiles) countTile(tile);
    countReads();
    countInputs();
    countOutputs();
  }

 private:
  int host() const { return config_.chip.tiles(); }
  std::int64_t line() const { return config_.bufferAccessBits / 8; }

  std::int64_t linesOf(const Stream& stream, std::int64_t first, std::int64_t last) const {
    return linesTouched(first * stream.bytes, (last - first + 1) * stream.bytes, line());
  }

  /// Lines read for windows, operands and sums; bytes of operands and sums that go over the bus.
  void countReads() {
    for (int p = 0; p < stage_.input.positions(); ++p) {
      for (std::size_t k = 0; k < stage_.streams.size(); ++k) {
        const Stream& stream = stage_.streams[k];
        for (const int tile : stage_.tiles) {
          const auto [begin, end] = outputsOf(stage_, tile);
          for (auto [first, last] : streamRuns(stage_, order_, static_cast<int>(k), p)) {
            if (k > 0) {  // its own outputs' alone
              last = first + end - 1;
              first += begin;
              traffic_.busBits += 8 * (kSumHeader + (last - first + 1) * stream.bytes);
            }
            traffic_.bufferReads += linesOf(stream, first, last);
          }
        }
      }
    }
  }

  void countTile(int tile) {
    const std::int64_t positions = stage_.input.positions();
    const std::int64_t rows = stage_.input.rows();
    std::int64_t coreInputs = 0;  // row codes into cores' input registers, one position
    std::int64_t tileInputs = 0;  // the same over the bus: cores that want a row block share a transfer
    std::int64_t sums = 0;        // partial sums out of cores, one position
    std::set<int> cores, tileRowBlocks;
    for (const ArrayBlock& b : stage_.blocks) {
      if (b.tile != tile || b.replica != 0) continue;
      cores.insert(b.core);
      if (tileRowBlocks.insert(b.rowBlock).second) tileInputs += b.rowCount;
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
    traffic_.inputBytes += positions * coreInputs * stage_.inputBytes();
    traffic_.outputBytes += positions * sums * kSumBytes;
    const auto [first, last] = outputsOf(stage_, tile);
    const std::int64_t channels = last - first;
    if (cores.empty()) {
      traffic_.busBits += positions * 8 * (kSumHeader + rows * kSumBytes);
      sums = rows;
    } else {
      traffic_.busBits += positions * 8 * (tileInputs * stage_.inputBytes() + sums * kSumBytes);
    }
    std::int64_t operations = positions;
    for (const DigitalOp& op : stage_.ops) operations += op.outPositions();
    traffic_.digitalOperations += positions * sums + operations * channels;
  }

  /// Credits of an image: one when a piece of `creditBytes` (or the rest) isn't needed any more.
  std::int64_t creditsOf(std::size_t k) const {
    const Stream& stream = stage_.streams[k];
    const StreamUse use = useOf(stage_, order_, static_cast<int>(k));
    std::int64_t credits = 0, given = 0;
    for (std::size_t p = 0; p < use.keep.size(); ++p) {
      const std::int64_t freed = givenBack(stream, use, p);
      if (freed <= given) continue;
      given = freed;
      ++credits;
    }
    return credits;
  }

  void countInputs() {
    for (std::size_t k = 0; k < stage_.streams.size(); ++k) {
      const Stream& stream = stage_.streams[k];
      const std::int64_t credits = creditsOf(k);
      for (const int tile : stage_.tiles) {
        std::set<int> sources;  // a credit serves all of a stream's sources in a tile
        for (const Stream::Part& part : stream.parts) {
          if (part.stage < 0)
            hostInputs(stream, sources);
          else
            stageInputs(stream, part, k > 0, tile, sources);
        }
        sources.erase(tile);
        for (const int source : sources) packets_.send(tile, source, 0, credits);
      }
    }
  }

  /// The host's own packets: countHostInputs().
  void hostInputs(const Stream& stream, std::set<int>& sources) {
    const std::int64_t bytes = stream.elements() * stream.bytes;
    for (std::int64_t at = 0; at < bytes; at += config_.hostPacketBytes) {
      const std::int64_t size = std::min<std::int64_t>(config_.hostPacketBytes, bytes - at);
      traffic_.bufferWrites += linesTouched(at, size, line());
    }
    sources.insert(host());
  }

  void stageInputs(const Stream& stream, const Stream::Part& part, bool operand, int tile,
                   std::set<int>& sources) {
    const Stage& source = program_.stages[static_cast<std::size_t>(part.stage)];
    for (const int producer : source.tiles) {
      const auto [first, last] = outputsSent(source, producer, part, stage_, tile, operand);
      if (first >= last) continue;
      for (int q = 0; q < stream.positions; ++q) {
        const std::int64_t from = std::int64_t{q} * stream.channels + part.channelBegin + first;
        traffic_.bufferWrites += linesOf(stream, from, from + last - first - 1);
      }
      sources.insert(producer);
    }
  }

  void countOutputs() {
    for (std::size_t c = index_ + 1; c < program_.stages.size(); ++c) {
      const Stage& consumer = program_.stages[c];
      for (std::size_t k = 0; k < consumer.streams.size(); ++k) {
        for (const Stream::Part& part : consumer.streams[k].parts) {
          if (part.stage != static_cast<int>(index_)) continue;
          for (const int tile : stage_.tiles) sendOutputs(tile, part, consumer, k > 0);
        }
      }
    }
    if (index_ + 1 < program_.stages.size()) return;
    for (const int tile : stage_.tiles) {
      const auto [first, last] = outputsOf(stage_, tile);
      const std::int64_t bytes = std::int64_t{last - first} * stage_.outputBytes;
      packets_.send(tile, host(), bytes, stage_.outPositions);
      traffic_.hostBits += 8 * bytes * stage_.outPositions;
    }
  }

  /// What stays in a tile doesn't go over the network.
  void sendOutputs(int tile, const Stream::Part& part, const Stage& consumer, bool operand) {
    if (consumer.tiles.front() == tile) return;
    if (!operand && config_.multicast) {
      const auto [first, last] = outputsOf(stage_, tile);
      packets_.send(tile, consumer.tiles, std::int64_t{last - first} * stage_.outputBytes,
                    stage_.outPositions);
      return;
    }
    for (const int to : consumer.tiles) {
      const auto [first, last] = outputsSent(stage_, tile, part, consumer, to, operand);
      if (first < last)
        packets_.send(tile, to, std::int64_t{last - first} * stage_.outputBytes, stage_.outPositions);
    }
  }

  const ChipProgram& program_;
  const TrafficConfig& config_;
  const Stage& stage_;
  StageOrder order_;
  std::size_t index_;
  StageTraffic& traffic_;
  PacketCounter packets_;
};

/// Of all rows of a plain map: a run a line of the window.
std::vector<std::pair<std::int32_t, std::int32_t>> plainRuns(const WindowMap& map, int position) {
  const int y0 = position / map.outWidth * map.window.strideH - map.window.padTop;
  const int x0 = position % map.outWidth * map.window.strideW - map.window.padLeft;
  const int left = std::max(x0, 0), right = std::min(x0 + map.window.kernelW, map.width);
  std::vector<std::pair<std::int32_t, std::int32_t>> runs;
  for (int y = std::max(y0, 0); y < std::min(y0 + map.window.kernelH, map.height) && left < right; ++y) {
    const std::int32_t first = (y * map.width + left) * map.channels;
    const std::int32_t last = (y * map.width + right) * map.channels - 1;
    if (!runs.empty() && runs.back().second + 1 == first)
      runs.back().second = last;
    else
      runs.emplace_back(first, last);
  }
  return runs;
}

}  // namespace

std::vector<std::pair<std::int32_t, std::int32_t>> windowRuns(const WindowMap& map, int position) {
  if (map.plain && map.rows() == map.allRows()) return plainRuns(map, position);
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

std::size_t packetsBookedAt(const ChipProgram& program, std::size_t stage) {
  std::size_t last = stage;
  for (std::size_t s = stage + 1; s < program.stages.size(); ++s) {
    if (program.stages[s].ledgerLayer() == program.stages[stage].ledgerLayer()) last = s;
  }
  return last;
}

std::pair<int, int> outputsOf(const Stage& stage, int tile) {
  if (stage.layer < 0) return {0, stage.outputs};
  int first = stage.outputs, last = 0;
  for (const ArrayBlock& b : stage.blocks) {
    if (b.tile != tile) continue;
    first = std::min(first, b.outputBegin);
    last = std::max(last, b.outputBegin + b.outputCount);
  }
  return {first, last};
}

std::pair<int, int> outputsSent(const Stage& from, int tile, const Stream::Part& part, const Stage& to,
                                int toTile, bool operand) {
  const auto [first, last] = outputsOf(from, tile);
  if (!operand) return {first, last};
  const auto [begin, end] = outputsOf(to, toTile);
  return {std::max(first, begin - part.channelBegin), std::min(last, end - part.channelBegin)};
}

const Stream* hostStream(const ChipProgram& program) {
  for (const Stage& stage : program.stages) {
    for (const Stream& stream : stage.streams) {
      if (stream.fromHost()) return &stream;
    }
  }
  return nullptr;
}

std::vector<std::vector<int>> hostTargets(const ChipProgram& program, bool multicast) {
  std::vector<std::vector<int>> targets;
  std::pair<int, std::int64_t> last;  // stream of the tile, room
  for (const Stage& stage : program.stages) {
    for (std::size_t k = 0; k < stage.streams.size(); ++k) {
      if (!stage.streams[k].fromHost()) continue;
      const std::pair<int, std::int64_t> now{stage.firstStream + static_cast<int>(k),
                                             stage.streams[k].ringBytes};
      for (const int tile : stage.tiles) {
        if (targets.empty() || !multicast || now != last) targets.emplace_back();
        targets.back().push_back(tile);
        last = now;
      }
    }
  }
  return targets;
}

namespace {

/// The host's packets of an image: through its interface once, in the network once for each group of tiles.
void countHostInputs(const ChipProgram& program, const TrafficConfig& config, StageTraffic& traffic) {
  std::int64_t bytes = 0;
  PacketCounter packets(config, traffic);
  for (const std::vector<int>& tiles : hostTargets(program, config.multicast)) {
    const Stream& stream = *hostStream(program);
    bytes = stream.elements() * stream.bytes;
    for (std::int64_t at = 0; at < bytes; at += config.hostPacketBytes)
      packets.send(config.chip.tiles(), tiles, std::min<std::int64_t>(config.hostPacketBytes, bytes - at), 1);
  }
  traffic.hostBits += 8 * bytes;
}

}  // namespace

std::vector<StageTraffic> trafficPerImage(const ChipProgram& program, const TrafficConfig& config) {
  std::vector<StageTraffic> traffic(program.stages.size());
  for (std::size_t s = 0; s < program.stages.size(); ++s) StageCounter(program, config, s, traffic).count();
  countHostInputs(program, config, traffic.front());
  return traffic;
}

}  // namespace crosstile
