// SPDX-License-Identifier: Apache-2.0
// The controller of a stage: one position after another from the buffer through the cores to the network.
#include <algorithm>
#include <cstring>

#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "platform/tile/tile.h"
#include "platform/tile/wire.h"

namespace crosstile {
namespace {

/// Output packets that may wait for a consumer's room before the controller stops fetching windows.
constexpr std::size_t kOutputBacklog = 16;

}  // namespace

std::uint64_t StageController::cyclesOf(const sc_core::sc_time& delay) const {
  return tile_.clockwork_.clock().cycleFrom(delay);
}

int StageController::step(const Job& job, int cause, PathPart part, std::uint64_t cycle) {
  return job.image == 0 ? tile_.path_.add(cause, part, layer(), cycle) : -1;
}

/// Positions of a stream that must have arrived before the next window can be read.
std::uint64_t StageController::needOf(std::size_t stream) const {
  const Stream& s = stage().streams[stream];
  const std::int64_t last = inflows_[stream].use.last[static_cast<std::size_t>(nextPosition_)];
  const std::uint64_t before = nextImage_ * static_cast<std::uint64_t>(s.positions);
  // A window that sees only padding waits for the image's first input.
  if (last < 0) return stream == 0 ? before + 1 : 0;
  return before + static_cast<std::uint64_t>(last / s.channels) + 1;
}

bool StageController::mayFetch(std::uint64_t cycle) {
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    if (inflows_[k].tracker.arrived() < needOf(k)) return false;
  }
  const auto positions = static_cast<std::uint64_t>(stage().input.positions());
  if (output_.waiting() >= kOutputBacklog) return false;
  if (nextImage_ >= finished_ / positions + DigitalUnit::kImages) return false;
  Replica& replica = replicaOf(nextPosition_);
  while (!replica.registerFree.empty() && replica.registerFree.front().first <= cycle) {
    replica.lastFreed = replica.registerFree.front();
    replica.registerFree.pop_front();
  }
  return replica.registerFree.size() + replica.loading <
         static_cast<std::size_t>(tile_.config_.inputRegisters);
}

/// The cycle in which the next window can be asked for, and the node of the critical path that decides it:
/// the arrival of its last input, the read before it, or the input register it will use.
std::pair<std::uint64_t, int> StageController::fetchTime(std::uint64_t cycle) {
  std::uint64_t time = 0;
  int node = -1;
  const auto after = [&](std::uint64_t other, int otherNode) {
    if (other < time || (other == time && otherNode < 0)) return;
    time = other;
    node = otherNode;
  };
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    if (needOf(k) == 0) continue;
    const StreamTracker::Arrival arrival = inflows_[k].tracker.arrivalOf(needOf(k) - 1);
    after(arrival.cycle, arrival.node);
  }
  after(lastFetch_, lastFetchNode_);
  const Replica& replica = replicaOf(nextPosition_);
  after(replica.lastFreed.first, replica.lastFreed.second);
  return {std::max(time, cycle), node};
}

StageController::Job* StageController::takeJob() {
  if (idleJobs_.empty()) {
    jobs_.push_back(std::make_unique<Job>());
    idleJobs_.push_back(jobs_.back().get());
  }
  Job* job = idleJobs_.back();
  idleJobs_.pop_back();
  job->image = nextImage_;
  job->position = nextPosition_;
  job->cause = job->lastNode = -1;
  job->lastCycle = 0;
  job->complete = false;
  inOrder_.push_back(job);
  return job;
}

void StageController::tryFetch(std::uint64_t cycle) {
  while (!fetching_ && mayFetch(cycle)) {
    const auto [time, node] = fetchTime(cycle);
    Job* job = takeJob();
    if (job->image == 0) job->cause = node;
    if (job->image == 0 && job->position == 0) firstImage_.first = time;
    fetching_ = true;
    ++replicaOf(job->position).loading;
    if (++nextPosition_ == stage().input.positions()) {
      nextPosition_ = 0;
      ++nextImage_;
    }
    tile_.progress_.image = nextImage_;
    tile_.progress_.position = nextPosition_;
    tile_.bufferPorts_.acquire(
        tile_.windowRequester(slot_), time, linesOfWindow(*job),
        [this, job] { return readWindow(*job) + readOperands(*job); },
        [this, job](std::uint64_t end) { windowRead(job, end); }, layer());
  }
}

std::uint64_t StageController::readWindow(Job& job) {
  const auto bytes = static_cast<std::size_t>(stage().inputBytes());
  const std::uint64_t base = job.image * static_cast<std::uint64_t>(stage().streams.front().imageBytes);
  std::uint64_t cycles = 0;
  for (const auto& [first, last] : runs_[static_cast<std::size_t>(job.position)]) {
    const std::uint64_t at = static_cast<std::uint64_t>(first) * bytes;
    cycles += accessBuffer(tlm::TLM_READ_COMMAND, 0, base + at, mirror_.data() + at,
                           static_cast<std::size_t>(last - first + 1) * bytes);
  }
  const int rows = stage().input.rows();
  element_.resize(static_cast<std::size_t>(rows));
  stage().input.gather(job.position, 0, rows, element_.data());
  job.window.assign(static_cast<std::size_t>(rows) * bytes, 0);
  for (std::size_t r = 0; r < element_.size(); ++r) {
    if (element_[r] == WindowMap::kBias)
      std::memcpy(job.window.data() + r * bytes, &stage().input.biasCode, bytes);
    if (element_[r] < 0) continue;
    std::memcpy(job.window.data() + r * bytes, mirror_.data() + static_cast<std::size_t>(element_[r]) * bytes,
                bytes);
  }
  return cycles;
}

/// The tile's own channels of what additions and sums take in.
std::uint64_t StageController::readOperands(Job& job) {
  job.operandCount = 0;
  std::uint64_t cycles = 0;
  for (std::size_t k = 1; k < inflows_.size(); ++k) {
    const Stream& stream = stage().streams[k];
    for (const auto& [first, last] :
         streamRuns(stage(), tile_.digital.order(slot_), static_cast<int>(k), job.position)) {
      if (job.operandCount == job.operands.size()) job.operands.emplace_back();
      Operand& operand = job.operands[job.operandCount++];
      operand.stream = static_cast<int>(k);
      operand.position = first / stage().outputs;
      operand.bytes.resize(static_cast<std::size_t>(program_.outputCount) *
                           static_cast<std::size_t>(stream.bytes));
      const auto element = static_cast<std::uint64_t>(first + program_.outputBegin);
      cycles += accessBuffer(tlm::TLM_READ_COMMAND, k,
                             job.image * static_cast<std::uint64_t>(stream.imageBytes) +
                                 element * static_cast<std::uint64_t>(stream.bytes),
                             operand.bytes.data(), operand.bytes.size());
    }
  }
  return cycles;
}

void StageController::windowRead(Job* job, std::uint64_t cycle) {
  fetching_ = false;
  lastFetch_ = cycle;
  job->cause = lastFetchNode_ = step(*job, job->cause, PathPart::buffer, cycle);
  release(*job, cycle);
  const bool digitalOnly = stage().rowBlocks.empty();
  tile_.busArbiter_.acquire(
      tile_.loadRequester(slot_), cycle,
      [this, job, digitalOnly] {
        return (digitalOnly ? loadDigital(*job) : loadCores(*job)) + loadOperands(*job);
      },
      [this, job](std::uint64_t end) { loaded(job, end); }, layer());
  tryFetch(cycle);
}

/// What no later window needs is given back, in the pieces agreed on.
void StageController::release(const Job& job, std::uint64_t cycle) {
  for (std::size_t k = 0; k < inflows_.size(); ++k) {
    const Stream& stream = stage().streams[k];
    const bool last = job.position + 1 == stage().input.positions();
    const std::int64_t keep = inflows_[k].use.keep[static_cast<std::size_t>(job.position)];
    const std::int64_t bytes = givenBack(stream, inflows_[k].use, static_cast<std::size_t>(job.position));
    const auto before = job.image * static_cast<std::uint64_t>(stream.positions);
    inflows_[k].tracker.drop(before +
                             static_cast<std::uint64_t>(last ? stream.positions : keep / stream.channels));
    giveBack(k, job.image * static_cast<std::uint64_t>(stream.imageBytes) + static_cast<std::uint64_t>(bytes),
             cycle);
  }
}

std::uint64_t StageController::loadCores(Job& job) {
  const auto bytes = static_cast<std::size_t>(stage().inputBytes());
  const std::vector<std::uint32_t>& wanted = replicaOf(job.position).wanted;
  sc_core::sc_time delay;
  for (std::size_t b = 0; b < wanted.size(); ++b) {
    if (wanted[b] == 0) continue;
    const Stage::RowBlock rows = stage().rowBlocks[b];
    const std::uint64_t to = address::select(wanted[b], address::kInput + b * address::kInputStride);
    delay =
        overBus(tlm::TLM_WRITE_COMMAND, to, job.window.data() + static_cast<std::size_t>(rows.begin) * bytes,
                static_cast<std::size_t>(rows.count) * bytes, delay);
  }
  return cyclesOf(delay);
}

/// A stage without arrays: its input codes are the sums.
std::uint64_t StageController::loadDigital(Job& job) {
  const auto bytes = static_cast<std::size_t>(stage().inputBytes());
  const std::size_t count = job.window.size() / bytes;
  startSums(job, program_.outputBegin, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t code =
        wire::decode(job.window.data() + i * bytes, stage().inputBytes(), stage().inputFormat().isSigned);
    wire::encode(code * (std::int64_t{1} << kGainBits), 8, bytes_.data() + 24 + 8 * i);
  }
  return cyclesOf(overBus(tlm::TLM_WRITE_COMMAND,
                          address::select(1U << address::kDigitalBit, address::kSums + ownSlot()),
                          bytes_.data(), bytes_.size(), sc_core::SC_ZERO_TIME));
}

std::uint64_t StageController::loadOperands(Job& job) {
  sc_core::sc_time delay;
  for (std::size_t i = 0; i < job.operandCount; ++i) {
    const Operand& operand = job.operands[i];
    bytes_.resize(24 + operand.bytes.size());
    std::memcpy(bytes_.data(), &job.image, 8);
    wire::encode(operand.position, 8, bytes_.data() + 8);
    wire::encode(operand.stream, 8, bytes_.data() + 16);
    std::copy(operand.bytes.begin(), operand.bytes.end(), bytes_.begin() + 24);
    delay = overBus(tlm::TLM_WRITE_COMMAND,
                    address::select(1U << address::kDigitalBit, address::kOperand + ownSlot()), bytes_.data(),
                    bytes_.size(), delay);
  }
  return cyclesOf(delay);
}

void StageController::startSums(const Job& job, int outputBegin, std::size_t count) {
  bytes_.resize(24 + 8 * count);
  std::memcpy(bytes_.data(), &job.image, 8);
  wire::encode(job.position, 8, bytes_.data() + 8);
  wire::encode(outputBegin, 8, bytes_.data() + 16);
}

void StageController::loaded(Job* job, std::uint64_t cycle) {
  job->cause = step(*job, job->cause, PathPart::bus, cycle);
  --replicaOf(job->position).loading;
  if (!replicaOf(job->position).cores.empty()) {
    startCores(job, cycle);
    return;
  }
  job->pending = 1;
  sumsMoved(job, cycle, job->cause);
  tryFetch(cycle);
}

void StageController::startCores(Job* job, std::uint64_t cycle) {
  std::uint8_t command[16];
  std::memcpy(command, &job->image, 8);
  wire::encode(job->position, 8, command + 8);
  Replica& replica = replicaOf(job->position);
  std::uint64_t registersFree = 0;
  job->coreReady.clear();
  for (const std::size_t c : replica.cores) {
    const auto delay = overBus(tlm::TLM_WRITE_COMMAND, address::select(1U << c, address::kStart), command, 16,
                               tile_.clockwork_.delayTo(cycle));
    job->coreReady.push_back(tile_.clockwork_.clock().cycleFrom(sc_core::sc_time_stamp() + delay));
    std::uint64_t free = 0;
    overBus(tlm::TLM_READ_COMMAND, address::select(1U << c, address::kStatus), &free, 8,
            sc_core::SC_ZERO_TIME);
    registersFree =
        std::max(registersFree, tile_.clockwork_.clock().cycleFrom(sc_core::sc_time::from_value(free)));
    if (tile_.trace_) {
      tile_.trace_(tile_.corePlaces_[c], "mvm", tile_.clockwork_.clock().edge(cycle),
                   tile_.clockwork_.clock().edge(job->coreReady.back()), layer());
    }
  }
  job->pending = replica.cores.size();
  replica.registerFree.emplace_back(registersFree, step(*job, job->cause, PathPart::core, registersFree));
  // Cores that end together share one event; they go through the bus in turn.
  std::vector<std::uint64_t> edges = job->coreReady;
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  tile_.clockwork_.atEdge(registersFree, [this, registersFree] { tryFetch(registersFree); });
  for (const std::uint64_t edge : edges)
    tile_.clockwork_.atEdge(edge, [this, job, edge] { coresDone(job, edge); });
}

void StageController::coresDone(Job* job, std::uint64_t cycle) {
  const int node = step(*job, job->cause, PathPart::core, cycle);
  const std::size_t count = job->coreReady.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (job->coreReady[i] != cycle) continue;
    const std::size_t c = replicaOf(job->position).cores[i];
    tile_.busArbiter_.acquire(
        tile_.sumsRequester(c), cycle, [this, job, c] { return moveSums(*job, c); },
        [this, job, node](std::uint64_t end) { sumsMoved(job, end, step(*job, node, PathPart::bus, end)); },
        layer());
  }
}

/// One transfer: out of the core's output register, into the digital unit.
std::uint64_t StageController::moveSums(Job& job, std::size_t core) {
  const Core& from = *tile_.cores[core];
  const auto count = static_cast<std::size_t>(from.outputCount());
  startSums(job, from.outputBegin(), count);
  const sc_core::sc_time moved = overBus(tlm::TLM_READ_COMMAND, address::select(1U << core, address::kOutput),
                                         bytes_.data() + 24, 8 * count, sc_core::SC_ZERO_TIME);
  transact(tile_.toDigital, tlm::TLM_WRITE_COMMAND, address::kSums + ownSlot(), bytes_.data(), bytes_.size(),
           moved);
  return cyclesOf(moved);
}

void StageController::sumsMoved(Job* job, std::uint64_t cycle, int node) {
  if (job->lastNode < 0 || cycle >= job->lastCycle) {
    job->lastNode = node;
    job->lastCycle = cycle;
  }
  if (--job->pending > 0) return;
  job->complete = true;
  finishInOrder(cycle);
}

/// Copies of the weights may be done out of order; the digital unit takes positions in order.
void StageController::finishInOrder(std::uint64_t cycle) {
  while (!inOrder_.empty() && inOrder_.front()->complete) {
    Job* job = inOrder_.front();
    inOrder_.pop_front();
    tile_.digitalArbiter_.acquire(
        slot_, std::max(cycle, job->lastCycle), [this, job] { return finish(*job); },
        [this, job](std::uint64_t end) { finished(job, end); }, layer());
  }
}

/// Outputs are taken along at once: the unit may begin the next position before these have left.
std::uint64_t StageController::finish(Job& job) {
  std::uint8_t command[16];
  std::memcpy(command, &job.image, 8);
  wire::encode(job.position, 8, command + 8);
  const auto delay = transact(tile_.toDigital, tlm::TLM_WRITE_COMMAND, address::kFinish + ownSlot(), command,
                              16, sc_core::SC_ZERO_TIME);
  job.ready = tile_.digital.ready(slot_);
  const std::size_t size =
      static_cast<std::size_t>(program_.outputCount) * static_cast<std::size_t>(program_.stage.outputBytes);
  job.outputs.resize(job.ready.size() * size);
  const std::uint64_t results = address::kResult + static_cast<std::uint64_t>(slot_) * address::kResultStride;
  for (std::size_t i = 0; i < job.ready.size(); ++i) {
    transact(tile_.toDigital, tlm::TLM_READ_COMMAND, results + static_cast<std::uint64_t>(job.ready[i]),
             job.outputs.data() + i * size, size, sc_core::SC_ZERO_TIME);
  }
  return cyclesOf(delay);
}

void StageController::finished(Job* job, std::uint64_t cycle) {
  const TileProgram& p = program_;
  const int node = step(*job, job->lastNode, PathPart::digital, cycle);
  const auto bytes = static_cast<std::size_t>(p.stage.outputBytes);
  const std::uint64_t image = job->image;
  const std::size_t size = static_cast<std::size_t>(p.outputCount) * bytes;
  ++finished_;
  ++tile_.progress_.finished;
  if (image == 0) firstImage_.second = std::max(firstImage_.second, cycle);
  for (std::size_t i = 0; i < job->ready.size(); ++i) {
    const auto codes = job->outputs.begin() + static_cast<std::ptrdiff_t>(i * size);
    for (std::size_t k = 0; k < p.targets.size(); ++k) {
      const TileProgram::Target& target = p.targets[k];
      const auto element =
          static_cast<std::uint64_t>(job->ready[i]) * static_cast<std::uint64_t>(target.channels) +
          static_cast<std::uint64_t>(target.channelBegin);
      const std::uint64_t at = image * target.imageBytes + element * bytes;
      PacketRef packet = tile_.port.makePacket(
          target.nodes.front(), p.toHost ? PacketKind::result : PacketKind::activation, layer());
      if (p.stage.partial) packet->packetClass = PacketClass::partialSum;
      packet->address = address::inStream(target.stream, at);
      const auto from = codes + static_cast<std::ptrdiff_t>(
                                    static_cast<std::size_t>(target.firstOutput - p.outputBegin) * bytes);
      packet->data.assign(
          from, from + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(target.outputs) * bytes));
      packet->cause = node;
      const std::uint64_t end = at + packet->data.size();
      output_.push(k, std::move(packet), end, cycle);
    }
  }
  idleJobs_.push_back(job);
  tryFetch(cycle);
}

}  // namespace crosstile
