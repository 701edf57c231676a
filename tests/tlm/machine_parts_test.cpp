// SPDX-License-Identifier: Apache-2.0
// Buffer, bus and arbiter of a tile one by one: how long each access takes, and who goes first.
#include <gmock/gmock.h>

#include <algorithm>

#include "platform/tile/address_map.h"
#include "tests/tlm/machine_probe.h"

namespace crosstile::testing {
namespace {

using sc_core::SC_ZERO_TIME;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// --- buffer ---

TEST_F(TileParts, BufferAccessTouchesWholeLines) {
  TileBuffer::Config config;
  config.bytes = 256;
  config.accessBits = 256;  // lines of 32 B
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
  for (const Case& c : {Case{0, 1, 1},
                        {31, 1, 1},
                        {31, 2, 2},
                        {0, 32, 1},
                        {0, 33, 2},
                        {1, 32, 2},
                        {63, 66, 4},
                        {0, 256, 8}}) {
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
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, 225, bytes.data(), 32).second,
            tlm::TLM_ADDRESS_ERROR_RESPONSE);
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, ~0ULL, bytes.data(), 2).second,
            tlm::TLM_ADDRESS_ERROR_RESPONSE);
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

// --- bus ---

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
  for (const auto& [size, cycles] :
       {std::pair<std::size_t, double>{1, 1}, {48, 1}, {49, 2}, {96, 2}, {97, 3}}) {
    EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::select(1, 0), bytes.data(), size).first,
              ps(1000 * cycles))
        << size;
    EXPECT_EQ(
        probe.access(tlm::TLM_READ_COMMAND, address::select(2, address::kOutput), bytes.data(), size).first,
        ps(1000 * cycles));
    bits += 2 * 8 * size;
  }
  EXPECT_EQ(bus.bitsMoved(), bits);
}

TEST_F(BusTest, StartAndStatusTakeLinesOfTheirOwn) {
  devices[1].own = ps(70);
  EXPECT_EQ(probe.access(tlm::TLM_WRITE_COMMAND, address::select(2, address::kStart), bytes.data(), 16).first,
            ps(70));
  EXPECT_EQ(probe.access(tlm::TLM_READ_COMMAND, address::select(2, address::kStatus), bytes.data(), 8).first,
            ps(70));
  EXPECT_EQ(bus.bitsMoved(), 0U);
}

TEST_F(BusTest, MulticastIsOneTransferAndAsSlowAsTheSlowest) {
  devices[0].own = ps(100);
  devices[2].own = ps(300);
  const auto [delay, status] =
      probe.access(tlm::TLM_WRITE_COMMAND, address::select(5, 0x20000), bytes.data(), 96);
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

// --- resource ---

class ResourceTest : public SimulationTest {
 protected:
  void request(std::uint64_t cycle, int who, std::uint64_t cycles) {
    stimulus.at(ps(1000.0 * static_cast<double>(cycle)), [=] { acquire(cycle, who, cycles); });
  }
  void acquire(std::uint64_t cycle, int who, std::uint64_t cycles) {
    resource.acquire(
        who, cycle,
        [=] {
          decided.push_back(sc_core::sc_time_stamp());
          return cycles;
        },
        [=](std::uint64_t end) {
          EXPECT_EQ(sc_core::sc_time_stamp(), clockwork.clock().edge(end)) << "done is called at its edge";
          done.push_back({who, end});
        });
  }
  using Ends = std::vector<std::pair<int, std::uint64_t>>;  ///< who, first cycle after it
  Ends finish() {
    sc_core::sc_start();
    return done;
  }
  Clockwork clockwork{"clockwork", ps(1000), TimingMode::cycle};
  Resource resource{"thing", {{"a"}, {"b"}, {"c"}}, clockwork};
  Stimulus stimulus{"stimulus"};
  std::vector<sc_core::sc_time> decided;
  Ends done;
};

TEST_F(ResourceTest, AnIdleResourceIsGivenAwayInTheMiddleOfTheCycle) {
  request(10, 1, 3);
  EXPECT_EQ(finish(), (Ends{{1, 14}}));  // decided in the middle of cycle 10, held from 11 to 13
  EXPECT_EQ(decided.at(0), ps(10500));
  EXPECT_EQ(resource.statistics().busyCycles, 3U);
  EXPECT_EQ(resource.statistics().waitCycles, 0U);
}

TEST_F(ResourceTest, WaitingRequestsFollowWithoutAnIdleCycle) {
  request(10, 0, 3);
  request(12, 1, 2);  // waits
  request(13, 2, 1);  // waits too
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
  EXPECT_EQ(finish(),
            (Ends{{0, 13}, {1, 15}, {2, 17}, {0, 19}, {1, 21}, {2, 23}, {0, 25}, {1, 27}, {2, 29}}));
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

}  // namespace
}  // namespace crosstile::testing
