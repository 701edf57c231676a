// SPDX-License-Identifier: Apache-2.0
#include "platform/app/timed_run.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <set>

#include "models/base/error.h"
#include "platform/record/trace_writer.h"
#include "workloads/dataset/partial_file.h"

namespace crosstile::app {
namespace {

using WallClock = std::chrono::steady_clock;
double since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

const char* nameOf(PathPart part) {
  switch (part) {
    case PathPart::host:
      return "host";
    case PathPart::network:
      return "network";
    case PathPart::buffer:
      return "buffer";
    case PathPart::bus:
      return "bus";
    case PathPart::core:
      return "core";
    case PathPart::digital:
      return "digital";
  }
  return "";
}

/// The chain to the first result as steps that partition its latency, neighbours of a kind joined.
Latency latencyOf(const Chip& chip) {
  const CycleClock& clock = chip.mesh.clock();
  const std::uint64_t start = chip.host.submitCycles().at(0);
  const std::uint64_t cycles = chip.host.resultCycles().at(0) - start;
  const auto ps = [&](std::uint64_t n) {
    return static_cast<std::uint64_t>(std::llround(clock.edge(n).to_seconds() * 1e12));
  };
  Latency latency;
  latency.cycles = cycles;
  std::vector<double> all;
  for (std::size_t i = 0; i < chip.host.resultCycles().size(); ++i)
    all.push_back(1e-12 * static_cast<double>(ps(chip.host.resultCycles()[i] - chip.host.submitCycles()[i])));
  std::sort(all.begin(), all.end());
  latency.meanS = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
  latency.p95S = all[static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(all.size()))) - 1];
  latency.maxS = all.back();
  latency.picoseconds = ps(cycles);
  std::uint64_t at = start;
  for (const CriticalPath::Node& node : chip.path.chain(chip.host.lastNode())) {
    if (node.cycle == at) continue;
    CriticalStep step{nameOf(node.part), node.layer, ps(node.cycle) - ps(at)};
    at = node.cycle;
    auto& path = latency.criticalPath;
    if (!path.empty() && path.back().component == step.component && path.back().layer == step.layer) {
      path.back().picoseconds += step.picoseconds;
    } else {
      path.push_back(std::move(step));
    }
  }
  return latency;
}

const StageController& controllerOf(const Chip& chip, const Stage& stage, int node) {
  return *chip.tiles[static_cast<std::size_t>(node)]->stages().at(static_cast<std::size_t>(stage.slot));
}

/// Collects how long every resource was busy and who waited where.
class BusyCollector {
 public:
  BusyCollector(const Chip& chip, const ChipProgram& program, int images, TimedResult& result)
      : chip_(chip), program_(program), images_(images), result_(result) {
    period_ = chip.mesh.clock().edge(1).to_seconds();
    const std::uint64_t span = chip.host.resultCycles().back() - chip.host.submitCycles().front();
    duration_ = std::max(static_cast<double>(span) * period_, period_);
  }

  void collect() {
    std::set<int> seen;
    for (const Stage& stage : program_.stages) {
      for (const int node : stage.tiles) {
        if (seen.insert(node).second) collectTile(*chip_.tiles[static_cast<std::size_t>(node)]);
      }
    }
    add("host", chip_.host.link().name(), kShared,
        static_cast<double>(chip_.host.link().statistics().busyCycles) * period_);
    stalls_["host"] += static_cast<double>(chip_.host.link().statistics().waitCycles) * period_;
    stalls_["input"] += static_cast<double>(chip_.host.creditStallCycles()) * period_;
    for (const LinkStatistics& link : chip_.mesh.statistics().links) {
      if (link.busyCycles > 0)
        add("link", link.name, kShared, static_cast<double>(link.busyCycles) * period_);
      const StallCycles stalls = link.stalls();
      stalls_["network_channel"] += static_cast<double>(stalls.channel) * period_;
      stalls_["network_credit"] += static_cast<double>(stalls.credit) * period_;
      stalls_["network_contention"] += static_cast<double>(stalls.contention) * period_;
    }
    std::stable_sort(
        result_.limits.begin(), result_.limits.end(),
        [](const PeriodLimit& a, const PeriodLimit& b) { return a.secondsPerImage > b.secondsPerImage; });
    for (const auto& [name, busy] : busy_) {
      result_.busySeconds.emplace_back(name, busy.seconds);
      result_.utilisation.emplace_back(name, std::min(busy.seconds / (busy.instances * duration_), 1.0));
    }
    for (const auto& [name, seconds] : stalls_) result_.stallSeconds.emplace_back(name, seconds);
  }

 private:
  void collectTile(const Tile& tile) {
    const std::string name = tile.basename();
    const int shared = tile.stages().size() > 1 ? kShared : tile.stages().front()->stage().ledgerLayer();
    for (const Resource* r : tile.resources()) {
      const std::string kind = r->name().substr(0, r->name().find('.'));  // a bank of the buffer is a buffer
      add(kind, name + "/" + r->name(), shared, static_cast<double>(r->statistics().busyCycles) * period_,
          static_cast<int>(r->ports()));
      stalls_[kind] += static_cast<double>(r->statistics().waitCycles) * period_;
    }
    stalls_["buffer_bank"] += static_cast<double>(tile.bufferPorts().conflictCycles()) * period_;
    if (chip_.mode() == TimingMode::cycle) collectBuffer(tile);
    for (const auto& stage : tile.stages()) {
      for (const std::size_t c : stage->cores()) {
        const Core& core = *tile.cores[c];
        if (core.statistics().mvms == 0) continue;
        add("core", name + "/" + core.basename(), stage->stage().ledgerLayer(),
            sc_core::sc_time::from_value(core.statistics().busy).to_seconds());
      }
      stalls_["credit"] += static_cast<double>(stage->creditStallCycles()) * period_;
    }
  }
  void collectBuffer(const Tile& tile) {
    BufferRecord record;
    record.tile = tile.basename();
    for (const auto& stage : tile.stages()) {
      record.layers.push_back(stage->stage().ledgerLayer());
      record.bytes += stage->bufferBytes();
    }
    record.peakBytes = static_cast<std::uint64_t>(tile.occupancy().peakBytes());
    record.meanBytes = static_cast<double>(tile.occupancy().byteCycles(chip_.host.resultCycles().back())) *
                       period_ / duration_;
    result_.buffers.push_back(std::move(record));
  }
  /// @param ports  that share the work
  void add(const std::string& kind, const std::string& resource, int layer, double busy, int ports = 1) {
    result_.limits.push_back({resource, layer, busy / images_ / ports});
    busy_[kind].seconds += busy;
    busy_[kind].instances += ports;
  }

  const Chip& chip_;
  const ChipProgram& program_;
  int images_;
  TimedResult& result_;
  double period_ = 0.0, duration_ = 0.0;
  struct Busy {
    double seconds = 0.0;
    int instances = 0;  // that the program uses
  };
  std::map<std::string, Busy> busy_;
  std::map<std::string, double> stalls_;
};

/// Resources as tracks, made when they are first busy.
class TraceRecorder {
 public:
  TraceRecorder(const std::string& path, const Network& network) : writer_(path), network_(network) {}
  void record(const std::string& resource, const char* what, const sc_core::sc_time& from,
              const sc_core::sc_time& to, int layer) {
    const auto slash = resource.find('/');
    const std::string group = slash == std::string::npos ? "host" : resource.substr(0, slash);
    const std::string name = slash == std::string::npos ? resource : resource.substr(slash + 1);
    auto process = processes_.find(group);
    if (process == processes_.end()) process = processes_.emplace(group, writer_.addProcess(group)).first;
    auto track = tracks_.find(resource);
    if (track == tracks_.end())
      track = tracks_.emplace(resource, writer_.addTrack(process->second, name)).first;
    const auto ps = [](const sc_core::sc_time& t) {
      return static_cast<std::uint64_t>(std::llround(t.to_seconds() * 1e12));
    };
    TraceWriter::Arguments arguments;
    if (layer >= 0) arguments.emplace_back("layer", network_.layers[static_cast<std::size_t>(layer)].name);
    writer_.complete(track->second, what, ps(from), ps(to) - ps(from), arguments);
  }
  void close() { writer_.close(); }

 private:
  TraceWriter writer_;
  const Network& network_;
  std::map<std::string, int> processes_;
  std::map<std::string, TraceWriter::Track> tracks_;
};

/// The main states of the host and of the tiles in use as VCD; the kernel's tracer names its files itself, so
/// it writes beside the wanted one, which appears when it is whole.
class Waveform {
 public:
  Waveform(const std::string& path, const Chip& chip, const ChipProgram& program)
      : path_(path),
        base_(fmt::format("{}.partial-{}", path, ::getpid())),
        removed_(base_ + ".vcd"),
        file_(sc_core::sc_create_vcd_trace_file(base_.c_str())) {
    file_->set_time_unit(1, sc_core::SC_PS);
    chip.host.traceStates(file_);
    std::set<int> nodes;
    for (const Stage& stage : program.stages) nodes.insert(stage.tiles.begin(), stage.tiles.end());
    for (const int node : nodes) chip.tiles[static_cast<std::size_t>(node)]->traceStates(file_);
  }
  Waveform(const Waveform&) = delete;
  Waveform& operator=(const Waveform&) = delete;
  ~Waveform() {
    if (file_ == nullptr) return;
    sc_core::sc_close_vcd_trace_file(file_);
    std::remove((base_ + ".vcd").c_str());
  }
  void close() {
    sc_core::sc_close_vcd_trace_file(file_);
    file_ = nullptr;
    if (std::rename((base_ + ".vcd").c_str(), path_.c_str()) != 0)
      throw RunFailure("{}: can't be written: {}", path_, std::strerror(errno));
  }

 private:
  std::string path_, base_;
  RemovedOnInterrupt removed_;
  sc_core::sc_trace_file* file_;
};

[[noreturn]] void reportStop(const Chip& chip) {
  std::string lines;
  for (const std::string& line : chip.waiting()) lines += (lines.empty() ? "" : "; ") + line;
  throw RunFailure("deadlock: nothing more happens at {}: {}", sc_core::sc_time_stamp().to_string(), lines);
}

/// The kernel wraps exceptions of processes; the message inside is the one line that we want.
void startKernel() {
  try {
    sc_core::sc_start();
  } catch (const sc_core::sc_report& report) {
    throw RunFailure(report.get_msg());
  }
}

}  // namespace

TimedResult runTimed(const Session& session, std::shared_ptr<ArrayStore> store,
                     const std::vector<AdcTrim>& trims, TimingMode mode, int images, const std::string& trace,
                     const std::string& vcd, const std::vector<double>& arrivals) {
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
  TimedResult result(static_cast<int>(session.network.layers.size()));
  const auto begin = WallClock::now();
  tlm::tlm_global_quantum::instance().set(sc_core::sc_time(10, sc_core::SC_US));
  Chip chip("chip", session.hardware, mode, std::move(store));
  std::vector<sc_core::sc_time> times;
  for (const double seconds : arrivals) times.emplace_back(seconds, sc_core::SC_SEC);
  Driver driver("driver", chip,
                makeChipImage(session.program, trims, session.hardware, session.options().seed, 0),
                {session.codes.begin(), session.codes.begin() + images}, times);
  std::unique_ptr<TraceRecorder> recorder;
  if (!trace.empty()) recorder = std::make_unique<TraceRecorder>(trace, session.network);
  std::unique_ptr<Waveform> waveform;
  if (!vcd.empty()) waveform = std::make_unique<Waveform>(vcd, chip, session.program);
  auto started = begin;
  std::uint64_t eventsBefore = 0, tileEventsBefore = 0;
  driver.onProgrammed([&] {
    chip.clearStatistics();
    chip.path.clear();
    // Inputs from the host are nobody's packets; their energy is the first stage's.
    const double origin = chip.mesh.clock().edge(chip.host.programmedCycle()).to_seconds();
    chip.setTrace([&, origin, first = session.program.stages.front().ledgerLayer()](
                      const BusyPlace& place, const char* what, const sc_core::sc_time& from,
                      const sc_core::sc_time& to, int layer) {
      result.power.busy(place.part, layer < 0 ? first : layer, from.to_seconds() - origin,
                        to.to_seconds() - origin);
      if (recorder) recorder->record(place.name, what, from, to, layer);
    });
    result.programmingWallS = since(begin);
    started = WallClock::now();
    eventsBefore = chip.kernelEvents();
    tileEventsBefore = chip.tileEvents();
  });
  startKernel();
  if (!driver.done()) reportStop(chip);
  result.wallS = since(started);
  if (recorder) recorder->close();
  if (waveform) waveform->close();
  result.outputs = driver.results();
  result.submitCycles = chip.host.submitCycles();
  result.resultCycles = chip.host.resultCycles();
  result.stages = measureStages(chip, session.program);
  result.programmingSimulatedS = driver.started().to_seconds();
  result.programBytes = driver.programBytes();
  result.inputBytes = chip.host.statistics().bytesIn;
  result.resultBytes = chip.host.statistics().bytesOut;
  result.events = chip.kernelEvents() - eventsBefore;
  result.tileEvents = chip.tileEvents() - tileEventsBefore;
  for (const auto& tile : chip.tiles) {
    for (const auto& stage : tile->stages()) result.tilePackets += stage->counts().packets;
  }
  result.latency = latencyOf(chip);
  BusyCollector(chip, session.program, images, result).collect();
  for (const Stage& stage : session.program.stages) {
    std::pair<std::uint64_t, std::uint64_t> span{UINT64_MAX, 0};
    for (const int node : stage.tiles) {
      const auto [first, last] = controllerOf(chip, stage, node).firstImageCycles();
      span = {std::min(span.first, first), std::max(span.second, last)};
    }
    const std::uint64_t origin = result.submitCycles.front();
    result.stageCycles.emplace_back(span.first - origin, span.second - origin);
  }
  return result;
}

}  // namespace crosstile::app
