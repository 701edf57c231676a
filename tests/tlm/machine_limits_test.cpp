// SPDX-License-Identifier: Apache-2.0
// What sets the period: doubling the resource that limits shortens it, doubling another doesn't. And what
// rooms of finite size do: they stall, and when credits get lost, the stop is reported.
#include <gmock/gmock.h>

#include <map>

#include "platform/tile/address_map.h"
#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// 36 positions of 9 rows and 8 outputs (33 columns to convert) on one core.
Network oneConvolution() {
  Dice dice(11);
  NetworkBuilder b({1, 8, 8});
  Window three;
  three.kernelH = three.kernelW = 3;
  b.conv(8, three, 1, dice);
  return b.build();
}
constexpr std::uint64_t kPositions = 36;

/// Busiest resource of the chip, by name.
std::string limit(Machine& machine) {
  std::string name;
  std::uint64_t most = 0;
  const auto see = [&](const std::string& who, std::uint64_t cycles) {
    if (cycles <= most) return;
    most = cycles;
    name = who;
  };
  const Tile& tile = machine.tile(0);
  for (const Resource* r : tile.resources()) see(r->name(), r->statistics().busyCycles);
  see("core",
      machine.chip.mesh.clock().cycleOf(sc_core::sc_time::from_value(tile.cores[0]->statistics().busy)));
  see("host", machine.chip.host.link().statistics().busyCycles);
  return name;
}

struct LimitCase {
  const char* name;
  std::vector<std::string> base;    ///< of the machine
  const char* limit;                ///< its busiest resource
  std::uint64_t period;             ///< cycles an image; 0: see the others only
  std::string doubled;              ///< twice the limiting resource
  std::uint64_t shorter;            ///< period with it
  std::vector<std::string> others;  ///< twice another resource, one at a time
};
void PrintTo(const LimitCase& c, std::ostream* out) {
  *out << c.name;
}

class PeriodLimit : public SimulationTest, public ::testing::WithParamInterface<LimitCase> {
 protected:
  static std::vector<std::string> with(std::vector<std::string> settings, const std::string& more) {
    if (!more.empty()) settings.push_back(more);
    return settings;
  }
};

TEST_P(PeriodLimit, DoublingItShortensThePeriodDoublingAnotherDoesNot) {
  const LimitCase& c = GetParam();
  // All machines in one simulation: they share nothing but the kernel.
  std::vector<std::string> variants{"", c.doubled};
  variants.insert(variants.end(), c.others.begin(), c.others.end());
  std::vector<std::unique_ptr<Model>> models;
  std::vector<std::unique_ptr<Machine>> machines;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    models.push_back(std::make_unique<Model>(oneConvolution(), smallHardware(with(c.base, variants[i])), 6));
    machines.push_back(
        std::make_unique<Machine>(*models.back(), TimingMode::cycle, "chip" + std::to_string(i)));
  }
  machines.front()->run();
  EXPECT_EQ(limit(*machines[0]), c.limit);
  EXPECT_EQ(machines[0]->period(), c.period);
  EXPECT_EQ(machines[1]->period(), c.shorter) << variants[1];
  for (std::size_t i = 2; i < variants.size(); ++i) EXPECT_EQ(machines[i]->period(), c.period) << variants[i];
  for (const auto& machine : machines) EXPECT_EQ(machine->driver.results(), machine->model.expected());
}

INSTANTIATE_TEST_SUITE_P(
    Of, PeriodLimit,
    ::testing::Values(
        // 8 planes of 33 conversions at 1 ns; twice the speed: 16.5 ns, twice the ADCs: 17 each.
        LimitCase{"AdcSpeed",
                  {"array.read_time=10 ns", "adc.period=1 ns", "adc.per_core=1"},
                  "core",
                  kPositions * 8 * 33,
                  "adc.period=0.5 ns",
                  kPositions * 8 * 33 / 2,
                  {"bus.bits=768", "digital.lanes=32", "buffer.access_bits=512", "host.bits=128",
                   "router.flit_bits=64", "core.input_registers=4", "buffer.input_slots=4"}},
        LimitCase{"AdcCount",
                  {"array.read_time=10 ns", "adc.period=1 ns", "adc.per_core=1"},
                  "core",
                  kPositions * 8 * 33,
                  "adc.per_core=2",
                  kPositions * 8 * 17,
                  {"array.read_time=20 ns"}},
        LimitCase{"Read",
                  {"array.read_time=100 ns"},
                  "core",
                  kPositions * 8 * 100,
                  "array.read_time=50 ns",
                  kPositions * 8 * 50,
                  {"adc.per_core=16", "bus.bits=768"}},
        // 9 rows in: 9 cycles, 8 sums of 64 bits out: 64 cycles.
        LimitCase{"Bus",
                  {"array.read_time=1 ns", "adc.period=0.1 ns", "bus.bits=8", "core.input_registers=4"},
                  "bus",
                  kPositions * 73,
                  "bus.bits=16",
                  kPositions * 37,
                  {"adc.per_core=16", "digital.lanes=32", "buffer.access_bits=512", "host.bits=128"}},
        // 8 outputs on one lane behind a pipeline of 100.
        LimitCase{"Digital",
                  {"array.read_time=1 ns", "adc.period=0.1 ns", "digital.lanes=1", "digital.cycles=100"},
                  "digital",
                  kPositions * 107,
                  "digital.cycles=50",
                  kPositions * 57,
                  {"bus.bits=768", "adc.per_core=16", "host.bits=128"}}),
    [](const auto& info) { return info.param.name; });

// --- rooms ---

class Credits : public SimulationTest {};

TEST_F(Credits, RoomForOneImageStallsTheProducerRoomForTwoDoesNot) {
  // Reads so short that the way of a credit and of the next image takes longer.
  const auto build = [](int slots) {
    return std::make_unique<Model>(denseNetwork({20, 8, 4}),
                                   smallHardware({"array.read_time=1 ns", "adc.period=0.1 ns",
                                                  "buffer.input_slots=" + std::to_string(slots)}),
                                   12);
  };
  const auto one = build(1), two = build(2);
  Machine narrow(*one, TimingMode::cycle, "narrow"), wide(*two, TimingMode::cycle, "wide");
  narrow.run();
  ASSERT_TRUE(narrow.driver.done());
  ASSERT_TRUE(wide.driver.done());
  EXPECT_EQ(narrow.driver.results(), one->expected());
  EXPECT_EQ(wide.driver.results(), two->expected());
  EXPECT_GT(narrow.period(), wide.period());
  EXPECT_GT(narrow.tile(0).creditStallCycles(), 0U)
      << "the second stage's room is what the first one waits for";
}

TEST_F(Credits, ALostCreditEndsInAReportOfWhoWaitsForWhom) {
  const Model model(denseNetwork({20, 8, 4}), smallHardware({"buffer.input_slots=1"}), 3);
  Machine machine(model);
  // The second stage's first credit turns into a write of nothing.
  int credits = 0;
  const int second = model.program.stages[1].tiles[0];
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind != PacketKind::credit || packet.source != second || credits++ > 0) return;
    packet.kind = PacketKind::programme;
    packet.address = address::kProgram;
  });
  machine.run();  // returns: nothing more happens
  EXPECT_EQ(credits, 1);
  EXPECT_FALSE(machine.driver.done());
  EXPECT_EQ(machine.chip.host.resultCycles().size(), 1U);
  const auto lines = machine.chip.waiting();
  EXPECT_THAT(lines, Contains(HasSubstr("host: 1 of 3 results have come")));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr(machine.tile(0).name()),
                                    HasSubstr("wait for room at node " + std::to_string(second)))));
}

TEST_F(Credits, AQuietChipWaitsForNothing) {
  const Model model(denseNetwork({20, 8, 4}), smallHardware(), 3);
  Machine machine(model);
  machine.run();
  EXPECT_TRUE(machine.driver.done());
  EXPECT_THAT(machine.chip.waiting(), IsEmpty());
}

// --- kernel work ---

class KernelEvents : public SimulationTest {};

// Window, bus, register free, cores done, bus, digital unit: ten. An input packet: two.
TEST_F(KernelEvents, AnMvmTakesAtMostTenAndAnInputPacketTwo) {
  const Model model(convolutionalNetwork(), smallHardware({"chip.mesh_rows=2"}), 4);
  Machine machine(model);
  std::map<int, std::uint64_t> packets;
  machine.chip.mesh.setTap([&](Packet& packet) {
    if (packet.kind == PacketKind::activation) ++packets[packet.destination];
  });
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  for (const Stage& stage : model.program.stages) {
    const int node = stage.tiles.at(0);
    const Tile& tile = *machine.chip.tiles.at(static_cast<std::size_t>(node));
    std::uint64_t mvms = 0;
    for (const auto& core : tile.cores) mvms += core->statistics().mvms;
    const std::uint64_t events =
        tile.clockwork().wakes() - machine.wakesBefore.at(static_cast<std::size_t>(node));
    EXPECT_LE(events, 10 * mvms + 2 * packets[node]) << stage.name;
    RecordProperty("events_per_mvm_" + stage.name,
                   std::to_string(static_cast<double>(events) / static_cast<double>(mvms)));
  }
}

// docs/validation.md: three dense layers, 8 planes of 100 ns reads, conversions of 2 ns.
//   8 outputs: 33 columns on one ADC, 66 ns: the read limits, 8 x 100 ns
//   16 outputs: 2 arrays, 66 columns, 132 ns: the ADC limits, 8 x 132 ns; on two ADCs 66 ns again
//   4 outputs: 17 columns, 34 ns
class PipelineByHand : public SimulationTest {
 protected:
  static std::uint64_t periodWith(int adcs) {
    const Hardware hardware = smallHardware({"adc.period=2ns", "adc.per_core=" + std::to_string(adcs)});
    const Model model(denseNetwork({20, 8, 16, 4}), hardware, 8);
    Machine machine(model);
    machine.run();
    return machine.period();
  }
};
TEST_F(PipelineByHand, TheConvertersOfTheWidestLayerSetThePeriod) {
  EXPECT_EQ(periodWith(1), 8 * 132U);
}
TEST_F(PipelineByHand, WithTwoTheReadsDo) {
  EXPECT_EQ(periodWith(2), 8 * 100U);
}

}  // namespace
}  // namespace crosstile::testing
