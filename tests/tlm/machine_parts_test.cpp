// SPDX-License-Identifier: Apache-2.0
// The parts of a tile one by one: how long each access takes, and who goes first.
#include <gmock/gmock.h>

#include <deque>
#include <functional>

#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"
#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using sc_core::SC_ZERO_TIME;

/// An initiator to call by hand.
class Probe : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Probe> out{"out"};
  explicit Probe(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {}

  /// @return delay and response of one blocking transaction
  std::pair<sc_core::sc_time, tlm::tlm_response_status> access(tlm::tlm_command command, std::uint64_t address, void* data,
                                                               std::size_t size, sc_core::sc_time delay = SC_ZERO_TIME) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(static_cast<unsigned int>(size));
    payload.set_streaming_width(static_cast<unsigned int>(size));
    out->b_transport(payload, delay);
    EXPECT_EQ(payload.get_address(), address) << "the address must come back as it was sent";
    return {delay, payload.get_response_status()};
  }
};

class TileParts : public SimulationTest {
 protected:
  Probe probe{"probe"};
  CheckedBinder binder;
};

// --- buffer -----------------------------------------------------------------------------------------------------------

TEST_F(TileParts, BufferAccessTouchesWholeLines) {
  TileBuffer::Config config;
  config.bytes = 256;
  config.accessBits = 256;   // lines of 32 B
  config.accessCycles = 3;
  config.period = ps(1000);
  TileBuffer buffer("buffer", config);
  binder.bind(probe.out, buffer.fromTile);
  sc_core::sc_start(SC_ZERO_TIME);
  struct Case {
    std::uint64_t address;
    std::size_t size;
    std::uint64_t lines;
  };
  std::vector<std::uint8_t> bytes(256, 7);
  std::uint64_t reads = 0, writes = 0;
  for (const Case& c : {Case{0, 1, 1}, {31, 1, 1}, {31, 2, 2}, {0, 32, 1}, {0, 33, 2}, {1, 32, 2}, {63, 66, 4}, {0, 256, 8}}) {
    for (const auto command : {tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND}) {
      const auto [delay, status] = probe.access(command, c.address, bytes.data(), c.size, ps(500));
      EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
      EXPECT_EQ(delay, ps(500 + 3000.0 * static_cast<double>(c.lines))) << c.size << " B at " << c.address;
    }
    reads += c.lines;
    writes += c.lines;
  }
  EXPECT_EQ(buffer.readAccesses(), reads);
  EXPECT_EQ(buffer.writeAccesses(), writes);
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, 225, bytes.data(), 32).second, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, ~0ULL, bytes.data(), 2).second, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(buffer.readAccesses(), reads) << "a refused access costs nothing";
  EXPECT_THAT(binder.violations(), IsEmpty());
}

TEST_F(TileParts, BufferKeepsItsBytesAndDebugCostsNothing) {
  TileBuffer::Config config;
  config.bytes = 64;
  config.period = ps(1000);
  TileBuffer buffer("buffer", config);
  binder.bind(probe.out, buffer.fromTile);
  sc_core::sc_start(SC_ZERO_TIME);
  std::uint8_t in[4] = {1, 2, 3, 4}, out[4] = {};
  probe.access(tlm::TLM_WRITE_COMMAND, 10, in, 4);
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(11);
  payload.set_data_ptr(out);
  payload.set_data_length(3);
  EXPECT_EQ(probe.out->transport_dbg(payload), 3U);
  EXPECT_THAT(out, ElementsAre(2, 3, 4, 0));
  EXPECT_EQ(buffer.readAccesses(), 0U);
  buffer.clear();
  probe.access(tlm::TLM_READ_COMMAND, 10, out, 4);
  EXPECT_THAT(out, ElementsAre(0, 0, 0, 0));
}

// --- bus --------------------------------------------------------------------------------------------------------------

/// A device on the bus that takes `own` time.
class Device : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Device> in{"in"};
  explicit Device(const sc_core::sc_module_name& moduleName) : sc_module(moduleName) {
    in.register_b_transport(this, &Device::transport);
  }
  sc_core::sc_time own;
  std::vector<std::uint64_t> addresses;

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    addresses.push_back(payload.get_address());
    delay += own;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

class BusTest : public TileParts {
 protected:
  BusTest() {
    binder.bind(probe.out, bus.fromTile);
    for (std::size_t c = 0; c < 3; ++c) binder.bind(*bus.toCores[c], devices[c].in);
    binder.bind(bus.toDigital, devices[3].in);
    sc_core::sc_start(SC_ZERO_TIME);
  }
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(256, 1);
  Bus bus{"bus", 3, 384, ps(1000)};
  Device devices[4] = {Device("device0"), Device("device1"), Device("device2"), Device("digital")};
};

TEST_F(BusTest, MovesItsWidthACycle) {
  std::uint64_t bits = 0;
  for (const auto& [size, cycles] : {std::pair<std::size_t, double>{1, 1}, {48, 1}, {49, 2}, {96, 2}, {97, 3}}) {
    EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::select(1, 0), bytes.data(), size).first, ps(1000 * cycles)) << size;
    EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::select(2, address::kOutput), bytes.data(), size).first, ps(1000 * cycles));
    bits += 2 * 8 * size;
  }
  EXPECT_EQ(bus.bitsMoved(), bits);
}

TEST_F(BusTest, StartAndStatusTakeLinesOfTheirOwn) {
  devices[1].own = ps(70);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::select(2, address::kStart), bytes.data(), 16).first, ps(70));
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::select(2, address::kStatus), bytes.data(), 8).first, ps(70));
  EXPECT_EQ(bus.bitsMoved(), 0U);
}

TEST_F(BusTest, MulticastIsOneTransferAndAsSlowAsTheSlowest) {
  devices[0].own = ps(100);
  devices[2].own = ps(300);
  const auto [delay, status] = probe.access(tlm::TLM_WRITE_COMMAND, address::select(5, 0x20000), bytes.data(), 96);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(delay, ps(2300));
  EXPECT_EQ(bus.bitsMoved(), 768U);
  EXPECT_THAT(devices[0].addresses, ElementsAre(0x20000));
  EXPECT_THAT(devices[1].addresses, IsEmpty());
  EXPECT_THAT(devices[2].addresses, ElementsAre(0x20000));
  EXPECT_THAT(binder.violations(), IsEmpty());
}

TEST_F(BusTest, RefusesWhatIsNotThere) {
  const auto status = [&](tlm::tlm_command command, std::uint32_t devicesSelected) {
    return probe.access(command, address::select(devicesSelected, 0), bytes.data(), 8).second;
  };
  EXPECT_EQ(status(tlm::TLM_WRITE_COMMAND, 0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(status(tlm::TLM_WRITE_COMMAND, 1U << 3), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(status(tlm::TLM_READ_COMMAND, 3), tlm::TLM_ADDRESS_ERROR_RESPONSE) << "two can't answer one read";
  EXPECT_EQ(status(tlm::TLM_WRITE_COMMAND, 1U << address::kDigitalBit), tlm::TLM_OK_RESPONSE);
}

// --- resource ---------------------------------------------------------------------------------------------------------

class ResourceTest : public SimulationTest {
 protected:
  void request(std::uint64_t cycle, int who, std::uint64_t cycles) {
    stimulus.at(ps(1000.0 * static_cast<double>(cycle)), [=] { acquire(cycle, who, cycles); });
  }
  void acquire(std::uint64_t cycle, int who, std::uint64_t cycles) {
    resource.acquire(who, cycle,
                     [=] {
                       decided.push_back(sc_core::sc_time_stamp());
                       return cycles;
                     },
                     [=](std::uint64_t end) {
                       EXPECT_EQ(sc_core::sc_time_stamp(), clockwork.clock().edge(end)) << "done is called at its edge";
                       done.push_back({who, end});
                     });
  }
  using Ends = std::vector<std::pair<int, std::uint64_t>>;   ///< who, first cycle after it
  Ends finish() {
    sc_core::sc_start();
    return done;
  }
  Clockwork clockwork{"clockwork", ps(1000), TimingMode::cycle};
  Resource resource{"thing", {"a", "b", "c"}, clockwork};
  Stimulus stimulus{"stimulus"};
  std::vector<sc_core::sc_time> decided;
  Ends done;
};

TEST_F(ResourceTest, AnIdleResourceIsGivenAwayInTheMiddleOfTheCycle) {
  request(10, 1, 3);
  EXPECT_EQ(finish(), (Ends{{1, 14}}));   // decided in the middle of cycle 10, held from 11 to 13
  EXPECT_EQ(decided.at(0), ps(10500));
  EXPECT_EQ(resource.statistics().busyCycles, 3U);
  EXPECT_EQ(resource.statistics().waitCycles, 0U);
}

TEST_F(ResourceTest, WaitingRequestsFollowWithoutAnIdleCycle) {
  request(10, 0, 3);
  request(12, 1, 2);   // waits
  request(13, 2, 1);   // waits too
  EXPECT_EQ(finish(), (Ends{{0, 14}, {1, 16}, {2, 17}}));
  EXPECT_EQ(decided.at(1), ps(13500));
  EXPECT_EQ(decided.at(2), ps(15500));
  EXPECT_EQ(resource.statistics().waitCycles, 1U + 2U);
}

TEST_F(ResourceTest, ARequestInTheLastBusyCycleStartsAtOnceOneLaterDoesNot) {
  request(10, 0, 3);
  request(13, 1, 1);
  EXPECT_EQ(finish(), (Ends{{0, 14}, {1, 15}}));
}

TEST_F(ResourceTest, ARequestAfterItBecameFreeIsDecidedAnew) {
  request(10, 0, 3);
  request(14, 1, 1);
  EXPECT_EQ(finish(), (Ends{{0, 14}, {1, 16}}));
}

TEST_F(ResourceTest, WorkTakesAtLeastACycle) {
  request(10, 0, 0);
  EXPECT_EQ(finish(), (Ends{{0, 12}}));
}

TEST_F(ResourceTest, RoundRobinIsFair) {
  for (int k = 0; k < 3; ++k) {
    for (int who = 0; who < 3; ++who) request(10, who, 2);
  }
  EXPECT_EQ(finish(), (Ends{{0, 13}, {1, 15}, {2, 17}, {0, 19}, {1, 21}, {2, 23}, {0, 25}, {1, 27}, {2, 29}}));
}

TEST_F(ResourceTest, TheOneServedLastComesLast) {
  request(10, 1, 1);
  request(20, 0, 1);
  request(20, 1, 1);
  request(20, 2, 1);
  EXPECT_EQ(finish(), (Ends{{1, 12}, {2, 22}, {0, 23}, {1, 24}}));
}

class ResourceOrder : public ResourceTest, public ::testing::WithParamInterface<int> {};

TEST_P(ResourceOrder, OfCallsWithinACycleDecidesNothing) {
  std::vector<int> order{0, 1, 2};
  for (int k = 0; k < GetParam(); ++k) std::next_permutation(order.begin(), order.end());
  for (const int who : order) request(10, who, static_cast<std::uint64_t>(who) + 1);
  EXPECT_EQ(finish(), (Ends{{0, 12}, {1, 14}, {2, 17}}));
}
INSTANTIATE_TEST_SUITE_P(Permutations, ResourceOrder, ::testing::Range(0, 6));

// --- core -------------------------------------------------------------------------------------------------------------

/// One dense layer of 20 inputs and 8 outputs: one array with 32 data columns and an offset column, 33 conversions.
class CoreTest : public TileParts {
 protected:
  CoreTest() : model(denseNetwork({20, 8}), smallHardware({"clock.period=833 ps"}), 2), image(model.chipImage()) {
    config.period = ps(833);
    config.readTime = ps(100000);
    config.adcPeriod = ps(775);
    config.adcs = 1;
    config.arrays = 2;
  }
  void build() {
    core = std::make_unique<Core>("core", config, *model.store);
    binder.bind(probe.out, core->fromBus);
    sc_core::sc_start(SC_ZERO_TIME);
    ArrayBlock block = *image.tiles.at(0).blocks.at(0);
    ASSERT_EQ(block.conversions(), 33);
    write(address::kCoreLevels, block.levels.data(), block.levels.size());
    core->configure(image.tiles.at(0).program, 0);
    for (const std::int64_t code : model.images.at(0)) input.push_back(static_cast<std::uint8_t>(code));
  }
  void write(std::uint64_t at, void* data, std::size_t size) {
    ASSERT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, at, data, size).second, tlm::TLM_OK_RESPONSE);
  }
  /// Starts the next vector at an edge. @return when its sums are in the output register, ps
  std::uint64_t start(std::uint64_t edge) {
    std::uint8_t command[16] = {};
    const auto now = ps(833.0 * static_cast<double>(edge));
    const auto [delay, status] = probe.access(tlm::TLM_WRITE_COMMAND, address::kStart, command, 16, now);
    EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
    return delay.value();
  }
  std::uint64_t inputFree() {
    std::uint64_t time = 0;
    EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::kStatus, &time, 8).second, tlm::TLM_OK_RESPONSE);
    return time;
  }
  Model model;
  ChipImage image;
  Core::Config config;
  std::unique_ptr<Core> core;
  std::vector<std::uint8_t> input;
};

// 8 planes of 100 ns; 33 conversions of 775 ps on one ADC (25,575 ps) are hidden behind the next read:
// 10 edges + DAC: 9,163; last read ends 809,163; converted 834,738, at the edge 835,499 (1003); shift-add: edge 1004.
TEST_F(CoreTest, AnMvmIsReadyExactlyWhenItsLastConversionIsAdded) {
  build();
  write(address::kInput, input.data(), input.size());
  EXPECT_EQ(start(10), 1004U * 833U);
  EXPECT_EQ(inputFree(), 809163U);
  EXPECT_EQ(core->statistics().busy, 800000U);
}

TEST_F(CoreTest, TheNextMvmWaitsForTheArrays) {
  build();
  write(address::kInput, input.data(), input.size());
  write(address::kInput, input.data(), input.size());
  start(10);
  // Its reads begin when those before end: 809,163; the last ends at 1,609,163; converted 1,634,738 -> edge 1963; + 1.
  EXPECT_EQ(start(200), 1964U * 833U);
  EXPECT_EQ(inputFree(), 1609163U);
}

TEST_F(CoreTest, AnMvmAfterThatFindsThemFree) {
  build();
  write(address::kInput, input.data(), input.size());
  write(address::kInput, input.data(), input.size());
  start(10);
  // Edge 971 + DAC = 809,676 > 809,163.
  EXPECT_EQ(start(971), (809676U + 800000U + 25575U + 832U) / 833U * 833U + 833U);
}

// 4 ns a conversion: 132 ns a plane, longer than a read.
TEST_F(CoreTest, SlowAdcsSetThePace) {
  config.adcPeriod = ps(4000);
  build();
  write(address::kInput, input.data(), input.size());
  const std::uint64_t lastRead = 9163 + 7 * 132000 + 100000;
  EXPECT_EQ(start(10), (lastRead + 132000 + 832) / 833 * 833 + 833);
  EXPECT_EQ(inputFree(), lastRead);
  EXPECT_EQ(core->statistics().busy, 8U * 132000U);
  write(address::kInput, input.data(), input.size());
  EXPECT_EQ(start(11), (9163 + 8 * 132000 + 7 * 132000 + 100000 + 132000 + 832U) / 833 * 833 + 833);
}

TEST_F(CoreTest, EveryParameterCounts) {
  config.adcs = 4;   // 9 conversions on the busiest
  config.dacCycles = 5;
  config.shiftAddCycles = 3;
  config.readTime = ps(6000);
  build();
  write(address::kInput, input.data(), input.size());
  // plane: max(6,000, 6,975) ps
  const std::uint64_t lastRead = 15 * 833 + 7 * 6975 + 6000;
  EXPECT_EQ(start(10), (lastRead + 6975 + 832) / 833 * 833 + 3 * 833);
}

TEST_F(CoreTest, AllColumnsAreConvertedWhenUnusedOnesAreNotSkipped) {
  config.skipUnusedColumns = false;
  config.dataColumns = 128;
  build();
  write(address::kInput, input.data(), input.size());
  EXPECT_EQ(start(10), (809163U + 129U * 775U + 832U) / 833U * 833U + 833U);
}

TEST_F(CoreTest, ReadsItsSumsInTheOrderOfTheStarts) {
  build();
  std::vector<std::uint8_t> zero(input.size(), 0);
  write(address::kInput, input.data(), input.size());
  write(address::kInput, zero.data(), zero.size());
  start(10);
  start(11);
  const IntegerLayer& layer = model.integer.layers.at(0);
  std::vector<std::int64_t> sums(8), expected(8, 0);
  for (std::size_t o = 0; o < 8; ++o) {
    for (std::size_t i = 0; i < 20; ++i) expected[o] += layer.weights[o * 20 + i] * model.images[0][i] * (1 << kGainBits);
  }
  probe.access(tlm::TLM_READ_COMMAND, address::kOutput, sums.data(), 64);
  EXPECT_EQ(sums, expected);
  probe.access(tlm::TLM_READ_COMMAND, address::kOutput, sums.data(), 64);
  EXPECT_EQ(sums, std::vector<std::int64_t>(8, 0));
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::kOutput, sums.data(), 64).second, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(core->statistics().inputBytes, 40U);
  EXPECT_EQ(core->statistics().outputBytes, 128U);
}

TEST_F(CoreTest, RefusesAStartWithoutAVectorAndARowBlockThatIsNotItsOwn) {
  build();
  std::uint8_t command[16] = {};
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kStart, command, 16).second, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kInput + address::kInputStride, input.data(), 20).second,
            tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

// --- digital unit -----------------------------------------------------------------------------------------------------

/// 8 outputs with a ReLU: 16 operations a position.
class DigitalTest : public TileParts, public ::testing::WithParamInterface<std::tuple<int, int, int>> {};

TEST_P(DigitalTest, APositionTakesTheDepthAndTheOperationsOverTheLanes) {
  const auto [lanes, depth, cycles] = GetParam();
  const Model model(denseNetwork({20, 8, 3}), smallHardware(), 1);
  const ChipImage image = model.chipImage();
  DigitalUnit::Config config;
  config.period = ps(1000);
  config.lanes = lanes;
  config.depth = depth;
  DigitalUnit unit("unit", config);
  Probe other("other");
  binder.bind(probe.out, unit.fromBus);
  binder.bind(other.out, unit.fromTile);
  sc_core::sc_start(SC_ZERO_TIME);
  unit.configure(image.tiles.at(0).program);
  // Partial sums of two cores, outputs 0 to 7 and 4 to 7.
  std::vector<std::int64_t> first{0, 0, 0}, second{0, 0, 4}, codes;
  for (int o = 0; o < 8; ++o) first.push_back((o - 3) * 4096 * 1000);
  for (int o = 0; o < 4; ++o) second.push_back(4096 * 500);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kSums, first.data(), 8 * first.size()).first, SC_ZERO_TIME);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::kSums, second.data(), 8 * second.size()).first, SC_ZERO_TIME);
  std::int64_t command[2] = {0, 0};
  const auto [delay, status] = other.access(tlm::TLM_WRITE_COMMAND, address::kFinish, command, 16);
  EXPECT_EQ(status, tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(delay, ps(1000.0 * cycles));
  EXPECT_THAT(unit.ready(), ElementsAre(0));
  EXPECT_EQ(unit.operations(), 8U + 4U + 16U);
  std::uint8_t result[8];
  EXPECT_EQ(other.access(tlm::TLM_READ_COMMAND, address::kResult, result, 8).second, tlm::TLM_OK_RESPONSE);
  const IntegerLayer& layer = model.integer.layers.at(0);
  for (std::size_t o = 0; o < 8; ++o) {
    const std::int64_t sum = (static_cast<std::int64_t>(o) - 3) * 1000 + (o >= 4 ? 500 : 0) + layer.bias[o];
    const Requantise& r = layer.requantise;
    const auto scaled = static_cast<std::int64_t>(
        (static_cast<__int128>(sum) * r.multiplier + (static_cast<__int128>(1) << (r.shift - 1))) >> r.shift);
    EXPECT_EQ(result[o], std::max<std::int64_t>(std::min(scaled, r.high), 0)) << o;
  }
  EXPECT_EQ(other.access(tlm::TLM_WRITE_COMMAND, address::kFinish, command, 16).second, tlm::TLM_ADDRESS_ERROR_RESPONSE)
      << "a position is finished once";
}
// lanes, depth, cycles = depth + ceil(16 / lanes) - 1
INSTANTIATE_TEST_SUITE_P(Shapes, DigitalTest,
                         ::testing::Values(std::tuple(16, 2, 2), std::tuple(15, 2, 3), std::tuple(4, 2, 5), std::tuple(1, 2, 17),
                                           std::tuple(32, 7, 7), std::tuple(5, 1, 4)));

}  // namespace
}  // namespace crosstile::testing
