// SPDX-License-Identifier: Apache-2.0
// A whole MVM, from the submission of an image to its result: docs/timing.md, "A dense layer from end to
// end".
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

std::uint64_t ceilDiv(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

/// The closed formula for a network of one dense layer on one tile, which shares the host's router.
class OneTileLatency {
 public:
  OneTileLatency(const Hardware& hardware, const Stage& stage)
      : t_(hardware.timing), hardware_(hardware), stage_(stage) {
    period_ = static_cast<std::uint64_t>(std::llround(t_.clockPeriod.value * 1e12));
  }

  std::uint64_t cycles() const {
    const std::uint64_t inputs = bytesIn();
    std::uint64_t interface = 1, leave = 0, lastFlits = 0, bufferEnd = 0;
    for (std::uint64_t at = 0; at < inputs; at += 64) {
      const std::uint64_t size = std::min<std::uint64_t>(64, inputs - at);
      interface += ceilDiv(8 * size, u(t_.hostBits));
      leave = std::max(interface, leave + lastFlits);
      lastFlits = flits(size);
      bufferEnd = std::max(leave + network(size) + 1, bufferEnd) + lines(at, size) * u(t_.bufferAccessCycles);
    }
    const std::uint64_t windowRead = bufferEnd + 1 + lines(0, inputs) * u(t_.bufferAccessCycles);
    std::uint64_t load = 0;
    for (std::uint64_t row = 0; row < rows(); row += u(hardware_.array.rows)) {
      load += ceilDiv(8 * codeBytes() * std::min(u(hardware_.array.rows), rows() - row), u(t_.busBits));
    }
    const std::uint64_t loaded = windowRead + 1 + load;
    std::uint64_t moved = 0;
    for (const auto& [ready, outputs] : cores(loaded)) {
      moved = std::max(ready + 1, moved) + ceilDiv(64 * outputs, u(t_.busBits));
    }
    const std::uint64_t digital = u(t_.digitalCycles) + ceilDiv(u(stage_.outputs), u(t_.digitalLanes)) - 1;
    const std::uint64_t finished = moved + 1 + std::max<std::uint64_t>(digital, 1);
    const std::uint64_t results = u(stage_.outputs) * u(stage_.outputBytes);
    return finished + network(results) + 1 + ceilDiv(8 * results, u(t_.hostBits));
  }

 private:
  static std::uint64_t u(int value) { return static_cast<std::uint64_t>(value); }
  std::uint64_t codeBytes() const { return u(stage_.inputBytes()); }
  std::uint64_t rows() const { return u(stage_.input.rows()); }
  std::uint64_t bytesIn() const { return rows() * codeBytes(); }
  std::uint64_t flits(std::uint64_t bytes) const { return 1 + ceilDiv(8 * bytes, u(t_.flitBits)); }
  std::uint64_t network(std::uint64_t bytes) const {
    return u(t_.routerCycles) + 2 * u(t_.linkCycles) + flits(bytes) - 1;
  }
  std::uint64_t lines(std::uint64_t at, std::uint64_t size) const {
    const std::uint64_t line = u(t_.bufferAccessBits) / 8;
    return (at + size - 1) / line - at / line + 1;
  }
  /// Ready cycle and outputs of every core, in the order in which the bus serves them.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> cores(std::uint64_t loaded) const {
    std::map<int, std::uint64_t> conversions;
    std::map<int, std::set<int>> outputs;
    for (const ArrayBlock& b : stage_.blocks) {
      conversions[b.core] += u(b.conversions());
      for (int o = 0; o < b.outputCount; ++o) outputs[b.core].insert(b.outputBegin + o);
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
    for (const auto& [core, n] : conversions) all.emplace_back(mvmReady(loaded, n), outputs[core].size());
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return all;
  }
  std::uint64_t mvmReady(std::uint64_t loaded, std::uint64_t conversions) const {
    const auto read = static_cast<std::uint64_t>(std::llround(hardware_.array.readTime.value * 1e12));
    const auto adc = static_cast<std::uint64_t>(std::llround(hardware_.adc.period.value * 1e12));
    const std::uint64_t conversion = ceilDiv(conversions, u(hardware_.adc.perCore)) * adc;
    const std::uint64_t first = (loaded + u(t_.dacCycles)) * period_;
    const std::uint64_t last = first + (stage_.planes.size() - 1) * std::max(read, conversion) + read;
    return ceilDiv(last + conversion, period_) + u(t_.shiftAddCycles);
  }

  TimingConfig t_;
  const Hardware& hardware_;
  const Stage& stage_;
  std::uint64_t period_ = 0;
};

struct LatencyCase {
  const char* name;
  int inputs, outputs;
  std::vector<std::string> settings;
};
void PrintTo(const LatencyCase& c, std::ostream* out) {
  *out << c.name;
}

class DenseLatency : public SimulationTest, public ::testing::WithParamInterface<LatencyCase> {};

TEST_P(DenseLatency, IsTheClosedFormula) {
  const LatencyCase& c = GetParam();
  const Model model(denseNetwork({c.inputs, c.outputs}), smallHardware(c.settings), 1);
  ASSERT_EQ(model.program.stages.at(0).tiles.size(), 1U);
  const std::uint64_t expected = OneTileLatency(model.hardware, model.program.stages[0]).cycles();
  Machine machine(model);
  while (machine.chip.host.submitCycles().empty()) machine.runTo(machine.cycleNow() + 1);
  const std::uint64_t ready = machine.submitted() + expected;
  machine.runTo(ready - 1);
  EXPECT_TRUE(machine.chip.host.resultCycles().empty()) << "it must not be there a cycle earlier";
  machine.runTo(ready);
  ASSERT_EQ(machine.chip.host.resultCycles(), std::vector<std::uint64_t>{ready});
  machine.run();
  EXPECT_EQ(machine.driver.results(), model.expected());
}

INSTANTIATE_TEST_SUITE_P(
    Machines, DenseLatency,
    ::testing::Values(
        LatencyCase{"OnePacket", 20, 8, {}}, LatencyCase{"SeveralPackets", 100, 8, {}},
        LatencyCase{"SeveralPacketsOfTwoByteCodes", 100, 8, {"encoding.input_bits=16"}},
        LatencyCase{"TwoCoresInTurnOnTheBus", 64, 16, {"bus.bits=96"}},
        LatencyCase{"IsaacsClock", 20, 8, {"clock.period=833 ps"}},
        LatencyCase{"SlowAdc", 20, 8, {"clock.period=833 ps", "adc.period=7 ns", "adc.per_core=1"}},
        LatencyCase{"NarrowBus", 100, 8, {"bus.bits=24"}},
        LatencyCase{"SlowBuffer", 100, 8, {"buffer.access_cycles=5", "buffer.access_bits=64"}},
        LatencyCase{"BufferSlowerThanTheNetwork", 200, 4, {"buffer.access_cycles=20", "tile.cores=8"}},
        LatencyCase{"SlowDigitalUnit", 20, 8, {"digital.cycles=9", "digital.lanes=3"}},
        LatencyCase{"DigitalUnitWithoutDepth", 20, 8, {"digital.cycles=1", "digital.lanes=16"}},
        LatencyCase{"SlowNetwork", 100, 8, {"router.cycles=11", "link.cycles=4"}},
        LatencyCase{"WideFlits", 100, 8, {"router.flit_bits=256"}},
        LatencyCase{"HostSlowerThanTheNetwork", 100, 8, {"host.bits=8", "router.flit_bits=128"}},
        LatencyCase{"SlowDacAndShiftAdd", 20, 8, {"core.dac_cycles=17", "core.shift_add_cycles=9"}}),
    [](const auto& info) { return info.param.name; });

// --- the critical path ---

class CriticalPathTest : public SimulationTest {
 protected:
  /// Cycles of each part on the way to the first result; checks that they partition its latency.
  static std::map<PathPart, std::uint64_t> partsOf(const Machine& machine) {
    const auto chain = machine.chip.path.chain(machine.chip.host.lastNode());
    std::map<PathPart, std::uint64_t> parts;
    EXPECT_EQ(chain.front().cycle, machine.submitted());
    std::uint64_t at = machine.submitted();
    for (const CriticalPath::Node& node : chain) {
      EXPECT_GE(node.cycle, at) << "time goes forward";
      parts[node.part] += node.cycle - at;
      at = node.cycle;
    }
    EXPECT_EQ(at, machine.result());
    return parts;
  }
};

TEST_F(CriticalPathTest, PartitionsTheLatencyOfADenseNetworkExactly) {
  const Model model(denseNetwork({20, 8}), smallHardware(), 2);
  Machine machine(model);
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  auto parts = partsOf(machine);
  // One packet of 20 B, 6 flits, in; one of 64 B, 17 flits, out. A request and its grant are a cycle.
  EXPECT_EQ(parts[PathPart::host], (1U + 3U) + (1U + 8U));
  EXPECT_EQ(parts[PathPart::network], (5U + 5U) + (5U + 16U));
  EXPECT_EQ(parts[PathPart::buffer], 2U + 2U);
  EXPECT_EQ(parts[PathPart::bus], 2U + 3U);
  EXPECT_EQ(parts[PathPart::core],
            1U + 800U + 4U + 1U);  // 33 conversions on 8 ADCs: 5 x 775 ps, to the next edge
  EXPECT_EQ(parts[PathPart::digital], 1U + 2U);
  EXPECT_EQ(machine.latency(), 862U);
}

TEST_F(CriticalPathTest, NamesTheCoreInAConvolutionalNetwork) {
  const Model model(convolutionalNetwork(), smallHardware({"chip.mesh_rows=2"}), 3);
  Machine machine(model);
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  const auto parts = partsOf(machine);
  std::uint64_t sum = 0;
  for (const auto& [part, cycles] : parts) sum += cycles;
  EXPECT_EQ(sum, machine.latency());
  EXPECT_GT(parts.at(PathPart::core), 9 * machine.latency() / 10);
}

// --- two chips ---

class TwoChips : public SimulationTest {};

TEST_F(TwoChips, InOneSimulationAreAsTheyAreAlone) {
  const Model dense(denseNetwork({20, 8}), smallHardware(), 1);
  const Model other(convolutionalNetwork(), smallHardware({"chip.mesh_rows=2", "clock.period=833 ps"}), 3);
  Machine a(dense, TimingMode::cycle, "a"), b(dense, TimingMode::cycle, "b"),
      c(other, TimingMode::cycle, "c");
  a.run();
  for (const Machine* m : {&a, &b, &c}) {
    ASSERT_TRUE(m->driver.done());
    EXPECT_EQ(m->driver.results(), m->model.expected());
  }
  EXPECT_EQ(a.latency(), OneTileLatency(dense.hardware, dense.program.stages[0]).cycles());
  EXPECT_EQ(a.chip.host.resultCycles(), b.chip.host.resultCycles());
  EXPECT_EQ(a.binder.violations(), std::vector<std::string>());
}

}  // namespace
}  // namespace crosstile::testing
