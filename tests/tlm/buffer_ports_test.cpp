// SPDX-License-Identifier: Apache-2.0
// Banks and ports of a tile's buffer: when each transfer is done, alone, in each other's way, and against a
// simulation that goes through every cycle, bank and port.
#include "platform/tile/buffer_ports.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>

#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {
namespace {

/// A transfer asked for in a cycle: requester 0 writes, the others read.
struct Wish {
  std::uint64_t cycle;
  int who;
  std::uint64_t address, bytes;
};
using Ends = std::vector<std::uint64_t>;  ///< first cycle after each transfer

class BufferPortsTest : public SimulationTest {
 protected:
  void build(const BufferPorts::Config& config, std::size_t readers = 3) {
    ports_ = std::make_unique<BufferPorts>(config, clockwork_);
    ports_->setReaders(readers);
  }
  /// @param order  of the calls: indices into `wishes`, cycles ascending
  Ends run(const std::vector<Wish>& wishes, const std::vector<std::size_t>& order) {
    Ends ends(wishes.size(), 0);
    works_.assign(wishes.size(), 0);
    for (const std::size_t i : order) {
      stimulus_.at(ps(1000.0 * static_cast<double>(wishes[i].cycle)),
                   [this, &wishes, &ends, i] { ask(wishes[i], i, ends[i]); });
    }
    sc_core::sc_start();
    return ends;
  }
  Ends run(const std::vector<Wish>& wishes) {
    std::vector<std::size_t> order(wishes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    return run(wishes, order);
  }
  void ask(const Wish& wish, std::size_t i, std::uint64_t& end) {
    BufferPorts::Lines lines;
    if (ports_->banked()) ports_->addLines(lines, wish.address, wish.bytes);
    const std::uint64_t line = 32, touched = (wish.address + wish.bytes - 1) / line - wish.address / line + 1;
    ports_->acquire(
        wish.who, wish.cycle, lines,
        [this, i, touched] {
          ++works_[i];
          return touched * accessCycles_;
        },
        [this, &end](std::uint64_t cycle) {
          EXPECT_EQ(sc_core::sc_time_stamp(), clockwork_.clock().edge(cycle)) << "done is called at its edge";
          end = cycle;
        },
        0);
  }
  Clockwork clockwork_{"clockwork", ps(1000), TimingMode::cycle};
  Stimulus stimulus_{"stimulus"};
  std::unique_ptr<BufferPorts> ports_;
  std::vector<int> works_;  // how often each transfer's data were moved
  std::uint64_t accessCycles_ = 1;
};

BufferPorts::Config banks(int count) {
  BufferPorts::Config config;
  config.banks = count;
  return config;
}
BufferPorts::Config ports(int both, int reads, int writes) {
  BufferPorts::Config config;
  config.readWritePorts = both;
  config.readPorts = reads;
  config.writePorts = writes;
  return config;
}

TEST_F(BufferPortsTest, LinesOfATransferAreServedByTheirBanksAtTheSameTime) {
  build(banks(4));
  // Lines 1 to 8: two in every bank.
  EXPECT_EQ(run({{10, 1, 32, 256}}), (Ends{11 + 2}));
  EXPECT_EQ(ports_->conflictCycles(), 0U);
  EXPECT_EQ(works_.at(0), 1);
}

TEST_F(BufferPortsTest, TransfersInOtherBanksDontWait) {
  build(banks(2));
  EXPECT_EQ(run({{10, 0, 0, 32}, {10, 1, 32, 32}}), (Ends{12, 12}));
}

TEST_F(BufferPortsTest, TransfersInTheSameBankDo) {
  build(banks(2));
  EXPECT_EQ(run({{10, 0, 0, 32}, {10, 1, 64, 32}}), (Ends{12, 13}));
  EXPECT_EQ(ports_->banks()[0]->statistics().waitCycles, 1U);
}

TEST_F(BufferPortsTest, ABankConflictIsWhatATransferTakesBeyondEvenLinesOnIdleBanks) {
  build(banks(2));
  // The write holds bank 0 from 11 to 14 (lines 0, 2, 4 in it; 1, 3 in bank 1). The window has line 0 and 1:
  // bank 1 serves it at 13, bank 0 at 14.
  EXPECT_EQ(run({{10, 0, 0, 160}, {11, 1, 0, 64}}), (Ends{14, 15}));
  EXPECT_EQ(ports_->conflictCycles(), 1U);
}

TEST_F(BufferPortsTest, AReadAndAWritePortServeOneEach) {
  build(ports(0, 1, 1));
  EXPECT_EQ(run({{10, 0, 0, 64}, {10, 0, 0, 64}, {10, 1, 0, 64}, {10, 2, 0, 64}}), (Ends{13, 15, 13, 15}));
}

TEST_F(BufferPortsTest, TwoPortsForBothServeWhoeverComes) {
  build(ports(2, 0, 0));
  EXPECT_EQ(run({{10, 0, 0, 64}, {10, 1, 0, 64}, {10, 2, 0, 64}}), (Ends{13, 13, 15}));
}

TEST_F(BufferPortsTest, AReadNeedNotWaitUntilTheWritePortOfAWaitingWriteIsFree) {
  build(ports(0, 1, 1));
  // The second write waits for edge 21; the read that comes meanwhile is served at once.
  EXPECT_EQ(run({{10, 0, 0, 320}, {11, 0, 0, 32}, {13, 1, 0, 32}}), (Ends{21, 22, 15}));
}

TEST_F(BufferPortsTest, OneBankWithOnePortTakesTwoEventsATransfer) {
  build(banks(1));
  run({{10, 0, 0, 32}, {20, 1, 0, 32}, {30, 2, 0, 32}});
  EXPECT_EQ(clockwork_.wakes(), 6U);
}

// --- against every cycle, bank and port ---

/// Goes through all cycles: in each, each free port of each bank takes the next part that it may serve.
class EveryCycle {
 public:
  EveryCycle(const BufferPorts::Config& config, std::size_t requesters) : config_(config) {
    for (int b = 0; b < config.banks; ++b) {
      banks_.emplace_back();
      banks_.back().queues.resize(requesters);
      for (int p = 0; p < config.readPorts; ++p) banks_.back().ports.push_back({true, false, 0});
      for (int p = 0; p < config.writePorts; ++p) banks_.back().ports.push_back({false, true, 0});
      for (int p = 0; p < config.readWritePorts; ++p) banks_.back().ports.push_back({true, true, 0});
    }
  }
  Ends run(const std::vector<Wish>& wishes) {
    Ends ends(wishes.size(), 0);
    for (std::uint64_t cycle = 0; cycle < 20000; ++cycle) {
      for (std::size_t i = 0; i < wishes.size(); ++i) {
        if (wishes[i].cycle == cycle) ask(wishes[i], i);
      }
      for (Bank& bank : banks_) {
        for (Port& port : bank.ports) serve(bank, port, cycle, ends);
      }
    }
    return ends;
  }

 private:
  struct Port {
    bool reads, writes;
    std::uint64_t free;
  };
  struct Part {
    std::size_t wish;
    std::uint64_t cycles;
  };
  struct Bank {
    std::vector<Port> ports;
    std::vector<std::deque<Part>> queues;
    std::size_t turn = 0;
  };
  void ask(const Wish& wish, std::size_t i) {
    const auto line = static_cast<std::uint64_t>(config_.lineBytes);
    std::vector<std::uint64_t> count(banks_.size(), 0);
    for (std::uint64_t l = wish.address / line; l * line < wish.address + wish.bytes; ++l)
      ++count[l % banks_.size()];
    for (std::size_t b = 0; b < banks_.size(); ++b) {
      if (count[b] > 0)
        banks_[b].queues[static_cast<std::size_t>(wish.who)].push_back(
            {i, count[b] * static_cast<std::uint64_t>(config_.accessCycles)});
    }
  }
  static void serve(Bank& bank, Port& port, std::uint64_t cycle, Ends& ends) {
    if (port.free > cycle + 1) return;
    for (std::size_t k = 0; k < bank.queues.size(); ++k) {
      const std::size_t who = (bank.turn + k) % bank.queues.size();
      if (bank.queues[who].empty() || !(who == 0 ? port.writes : port.reads)) continue;
      const Part part = bank.queues[who].front();
      bank.queues[who].pop_front();
      bank.turn = (who + 1) % bank.queues.size();
      port.free = cycle + 1 + part.cycles;
      ends[part.wish] = std::max(ends[part.wish], port.free);
      return;
    }
  }
  BufferPorts::Config config_;
  std::vector<Bank> banks_;
};

class RandomTransfers : public BufferPortsTest, public ::testing::WithParamInterface<int> {};

TEST_P(RandomTransfers, EndWhenASimulationOfEveryCycleSays) {
  Dice dice(static_cast<std::uint64_t>(GetParam()));
  BufferPorts::Config config;
  config.banks = dice.oneOf<int>({1, 2, 3, 4, 8});
  config.readWritePorts = dice.between(0, 2);
  config.readPorts = dice.between(config.readWritePorts == 0 ? 1 : 0, 2);
  config.writePorts = dice.between(config.readWritePorts == 0 ? 1 : 0, 2);
  config.accessCycles = dice.between(1, 3);
  accessCycles_ = static_cast<std::uint64_t>(config.accessCycles);
  const int readers = dice.between(1, 4);
  build(config, static_cast<std::size_t>(readers));
  std::vector<Wish> wishes;
  std::uint64_t cycle = 0;
  for (int i = 0; i < 200; ++i) {
    cycle += static_cast<std::uint64_t>(dice.chance(0.5) ? 0 : dice.between(1, 12));
    wishes.push_back({cycle, dice.between(0, readers), static_cast<std::uint64_t>(dice.between(0, 1000)),
                      static_cast<std::uint64_t>(dice.between(1, 300))});
  }
  // Within a cycle, calls of different requesters come in any order.
  std::vector<std::size_t> order(wishes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(wishes[a].cycle, -wishes[a].who) < std::pair(wishes[b].cycle, -wishes[b].who);
  });
  EXPECT_EQ(run(wishes, order), EveryCycle(config, static_cast<std::size_t>(readers) + 1).run(wishes));
  for (const int moved : works_) EXPECT_EQ(moved, 1);
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomTransfers, ::testing::Range(0, 40));

// --- in the machine ---

class BankedMachines : public SimulationTest {};

/// A convolution whose buffer is slow enough to set the period.
Network slowBufferNetwork() {
  Dice dice(11);
  NetworkBuilder b({4, 8, 8});
  Window three;
  three.kernelH = three.kernelW = 3;
  b.conv(8, three, 1, dice);
  return b.build();
}

TEST_F(BankedMachines, BanksShortenThePeriodThatTheBufferSetsAndChangeNoValue) {
  const auto build = [](const std::vector<std::string>& more) {
    std::vector<std::string> settings{"array.read_time=1 ns", "adc.period=0.1 ns", "buffer.access_cycles=40",
                                      "buffer.access_bits=64", "tile.cores=2"};
    settings.insert(settings.end(), more.begin(), more.end());
    return std::make_unique<Model>(slowBufferNetwork(), smallHardware(settings), 6);
  };
  const auto one = build({}), four = build({"buffer.banks=4"});
  const auto dual = build({"buffer.read_write_ports=0", "buffer.read_ports=1", "buffer.write_ports=1"});
  Machine slow(*one, TimingMode::cycle, "slow"), banked(*four, TimingMode::cycle, "banked");
  Machine ported(*dual, TimingMode::cycle, "ported");
  sc_core::sc_start();
  for (const Machine* m : {&slow, &banked, &ported}) {
    ASSERT_TRUE(m->driver.done());
    EXPECT_EQ(m->driver.results(), one->expected());
  }
  EXPECT_LT(2 * banked.period(), slow.period());
  EXPECT_LT(ported.period(), slow.period());  // windows don't wait for writes
  EXPECT_EQ(slow.tile(0).bufferPorts().conflictCycles(), 0U);
  EXPECT_GT(banked.tile(0).bufferPorts().conflictCycles(), 0U);
}

// One image of 20 codes: in the buffer from the end of its write to the end of the window's read, which is
// asked for at once, granted a cycle later, and takes a line.
TEST_F(BankedMachines, OccupancyOfOneDenseImageByHand) {
  const Model model(denseNetwork({20, 8}), smallHardware(), 1);
  Machine machine(model);
  machine.run();
  ASSERT_TRUE(machine.driver.done());
  const Occupancy& occupancy = machine.tile(0).occupancy();
  EXPECT_EQ(occupancy.peakBytes(), 20);
  EXPECT_EQ(occupancy.byteCycles(machine.result()), 20 * 2);
}

TEST(OccupancyTest, KeepsThePeakAndTheIntegral) {
  Occupancy o;
  o.change(100, 10);
  o.change(-40, 20);
  o.change(30, 25);
  EXPECT_EQ(o.peakBytes(), 100);
  EXPECT_EQ(o.byteCycles(30), 100 * 10 + 60 * 5 + 90 * 5);
  o.clearStatistics(30);
  EXPECT_EQ(o.peakBytes(), 90);
  EXPECT_EQ(o.byteCycles(32), 180);
}

}  // namespace
}  // namespace crosstile::testing
