// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/buffering.h"

#include <algorithm>

#include "models/base/error.h"
#include "workloads/mapping/stage_order.h"

namespace crosstile {
namespace {

std::int64_t roundUp(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

/// What a stage takes in and gives. Its results are counted in the order in which they leave.
struct Flow {
  explicit Flow(const Stage& stage) {
    const StageOrder order(stage);
    for (std::size_t k = 0; k < stage.streams.size(); ++k) use.push_back(useOf(stage, order, static_cast<int>(k)));
    const std::vector<int> emission = order.emission();
    std::vector<std::int64_t> place(emission.size());
    std::int64_t furthest = -1;
    for (std::size_t e = 0; e < emission.size(); ++e) {
      place[static_cast<std::size_t>(emission[e])] = static_cast<std::int64_t>(e) + 1;
      emittedBy.push_back(order.completedBy(emission[e]));
      furthest = std::max<std::int64_t>(furthest, emission[e]);
      reach.push_back(furthest + 1);
    }
    std::int64_t count = 0;
    for (const std::int64_t c : place) countFor.push_back(count = std::max(count, c));
  }
  std::vector<StreamUse> use;          // by stream
  std::vector<int> emittedBy;          // of each result: position of the matrix
  std::vector<std::int64_t> reach;     // one past the furthest output position among the first results, up to each
  std::vector<std::int64_t> countFor;  // of each output position: results until it and all before it have left
};

class Buffering {
 public:
  Buffering(ChipProgram& program, const BufferingConfig& config) : program_(program), config_(config) {
    for (Stage& stage : program.stages) {
      flows_.emplace_back(stage);
      for (std::size_t k = 0; k < stage.streams.size(); ++k) {
        Stream& stream = stage.streams[k];
        stream.imageBytes = roundUp(stream.elements() * stream.bytes, config.lineBytes);
        // Room comes back row by row.
        stream.creditBytes = stream.elements() * stream.bytes / rowsOf(stage, static_cast<int>(k));
      }
      least_.emplace_back(stage.streams.size(), 0);
    }
  }

  void assign() {
    for (std::size_t s = 0; s < flows_.size(); ++s) {
      for (std::size_t p = 0; p < positions(s); ++p) {
        for (std::size_t k = 0; k < least_[s].size(); ++k) alone(s, k, p);
      }
    }
    for (int ancestor = -1; ancestor < static_cast<int>(flows_.size()); ++ancestor) joinsOf(ancestor);
    for (std::size_t s = 0; s < flows_.size(); ++s) share(program_.stages[s], least_[s]);
  }

 private:
  std::size_t positions(std::size_t s) const { return static_cast<std::size_t>(program_.stages[s].input.positions()); }
  Stream& streamOf(std::size_t s, std::size_t k) { return program_.stages[s].streams[k]; }

  /// Rows that the positions of a stream form.
  static int rowsOf(const Stage& stage, int stream) {
    if (stream == 0) return stage.input.height;
    for (const DigitalOp& op : stage.ops) {
      for (const DigitalOp::Operand& operand : op.operands) {
        if (operand.stream == stream) return op.inHeight;
      }
    }
    return stage.input.outHeight;
  }

  /// Results of a producer until the stream's position q and all before it have come; the host's are elements.
  std::int64_t resultsFor(int producer, std::int64_t q) const {
    return producer < 0 ? q + 1 : flows_[static_cast<std::size_t>(producer)].countFor[static_cast<std::size_t>(q)];
  }

  /// The stream's part of an image has to hold `results` of a producer when a position is still to be read.
  void hold(std::size_t s, std::size_t k, std::size_t position, int producer, std::int64_t results) {
    if (results == 0) return;
    const Stream& stream = streamOf(s, k);
    std::int64_t end = results * stream.bytes;
    if (producer < 0) {
      end = std::min(roundUp(end, config_.hostPacketBytes), stream.elements() * stream.bytes);
    } else {
      end = flows_[static_cast<std::size_t>(producer)].reach[static_cast<std::size_t>(results) - 1] * stream.channels *
            stream.bytes;
    }
    const std::int64_t kept = position == 0 ? 0 : givenBack(stream, flows_[s].use[k], position - 1);
    least_[s][k] = std::max(least_[s][k], end - kept);
  }

  void alone(std::size_t s, std::size_t k, std::size_t position) {
    const Stream& stream = streamOf(s, k);
    const std::int64_t last = flows_[s].use[k].last[position];
    if (last < 0) return;
    for (const Stream::Part& part : stream.parts)
      hold(s, k, position, part.stage, resultsFor(part.stage, last / stream.channels));
  }

  /// What must be held where streams that come from one stage (or the host) meet again.
  void joinsOf(int ancestor) {
    // By stage: results of the ancestor without which a result can't be. Empty: no descendant.
    std::vector<std::vector<std::int64_t>> forResult(flows_.size());
    const auto descends = [&](int stage) {
      return stage == ancestor || (stage >= 0 && !forResult[static_cast<std::size_t>(stage)].empty());
    };
    for (auto s = static_cast<std::size_t>(std::max(ancestor, 0)); s < flows_.size(); ++s) {
      int edges = 0;
      std::vector<std::int64_t> needs(positions(s), 0);
      for (std::size_t k = 0; k < least_[s].size(); ++k) {
        const Stream& stream = streamOf(s, k);
        for (const Stream::Part& part : stream.parts) {
          if (!descends(part.stage)) continue;
          ++edges;
          for (std::size_t p = 0; p < needs.size(); ++p) {
            const std::int64_t last = flows_[s].use[k].last[p];
            if (last < 0) continue;
            const std::int64_t results = resultsFor(part.stage, last / stream.channels);
            const std::int64_t need = part.stage == ancestor ? results
                                                             : forResult[static_cast<std::size_t>(part.stage)]
                                                                        [static_cast<std::size_t>(results) - 1];
            needs[p] = std::max(needs[p], need);
          }
        }
      }
      if (edges == 0) continue;
      if (edges > 1) join(ancestor, s, needs, forResult);
      for (const int p : flows_[s].emittedBy) forResult[s].push_back(needs[static_cast<std::size_t>(p)]);
    }
  }

  void join(int ancestor, std::size_t s, const std::vector<std::int64_t>& needs,
            const std::vector<std::vector<std::int64_t>>& forResult) {
    for (std::size_t k = 0; k < least_[s].size(); ++k) {
      for (const Stream::Part& part : streamOf(s, k).parts) {
        for (std::size_t p = 0; p < needs.size(); ++p) {
          if (part.stage == ancestor) {
            hold(s, k, p, part.stage, needs[p]);
          } else if (part.stage >= 0 && !forResult[static_cast<std::size_t>(part.stage)].empty()) {
            const auto& given = forResult[static_cast<std::size_t>(part.stage)];
            hold(s, k, p, part.stage, std::upper_bound(given.begin(), given.end(), needs[p]) - given.begin());
          }
        }
      }
    }
  }

  /// Divides a tile's buffer among the streams of its stage.
  void share(Stage& stage, const std::vector<std::int64_t>& least) const {
    std::int64_t all = 0, needed = 0;
    for (std::size_t k = 0; k < least.size(); ++k) {
      all += stage.streams[k].imageBytes * config_.inputSlots;
      needed += ringFor(stage.streams[k], least[k]);
    }
    if (needed > config_.bufferBytes) {
      throw BadInput("node \"{}\": what it must hold of its inputs takes {} B of a tile's buffer, which has {} B (buffer.size)",
                     stage.name, needed, config_.bufferBytes);
    }
    std::int64_t spare = config_.bufferBytes - needed;
    auto left = static_cast<std::int64_t>(least.size());
    for (std::size_t k = 0; k < least.size(); ++k, --left) {
      Stream& stream = stage.streams[k];
      const std::int64_t most = stream.imageBytes * config_.inputSlots;
      const std::int64_t mine = ringFor(stream, least[k]);
      const std::int64_t more = std::min(most - mine, spare / left / config_.lineBytes * config_.lineBytes);
      stream.ringBytes = mine + std::max<std::int64_t>(more, 0);
      spare -= stream.ringBytes - mine;
      if (all <= config_.bufferBytes) {
        stream.ringBytes = most;
        stream.creditBytes = stream.imageBytes;
      }
    }
  }

  std::int64_t ringFor(const Stream& stream, std::int64_t least) const {
    return std::min(roundUp(least, config_.lineBytes), stream.imageBytes * config_.inputSlots);
  }

  ChipProgram& program_;
  const BufferingConfig& config_;
  std::vector<Flow> flows_;
  std::vector<std::vector<std::int64_t>> least_;  // bytes, by stage and stream
};

}  // namespace

void assignBuffers(ChipProgram& program, const BufferingConfig& config) {
  Buffering(program, config).assign();
}

}  // namespace crosstile
