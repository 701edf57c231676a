// SPDX-License-Identifier: Apache-2.0
// Small networks on small chips: everything from the float network to the running machine in one object.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/chip/accounting.h"
#include "platform/chip/chip.h"
#include "platform/chip/driver.h"
#include "platform/hardware/hardware.h"
#include "tests/tlm/simulation.h"
#include "tests/unit/mapping/random_network.h"
#include "workloads/encoding/quantise.h"
#include "workloads/execution/value_engine.h"
#include "workloads/mapping/mapper.h"

namespace crosstile::testing {

using test::Dice;
using test::NetworkBuilder;
using Codes = std::vector<std::int64_t>;

/// The isaac preset shrunk to 2 routers with 2 tiles each, 2 cores of 2 arrays of 32 x 32 cells, 8-bit
/// operands, 1 ns clock; `settings` on top.
Hardware smallHardware(const std::vector<std::string>& settings = {});

/// A network, quantised and mapped onto a hardware, with its functional engine and a few images.
class Model {
 public:
  static constexpr std::uint64_t kSeed = 42;
  Model(Network network, const Hardware& hardware, int images, std::uint64_t imageSeed = 1);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  /// What the functional engine answers to image i.
  Codes expected(std::size_t i) const;
  std::vector<Codes> expected() const;
  /// Facts of all images, by stage.
  std::vector<ReadFacts> facts() const;
  ChipImage chipImage() const { return makeChipImage(program, engine->trims(), hardware, kSeed, 0); }
  /// The same program with its levels changed by `change`, as an engine of its own answers to image i.
  Codes expectedWith(const std::function<void(ChipProgram&)>& change, std::size_t i) const;

  Hardware hardware;
  Network network;
  IntegerNetwork integer;
  ChipProgram program;
  std::shared_ptr<ArrayStore> store;
  std::unique_ptr<ValueEngine> engine;
  std::vector<Codes> images;
};

/// A chip and its driver; statistics and critical path start after programming.
class Machine {
 public:
  explicit Machine(const Model& model, TimingMode mode = TimingMode::cycle, const std::string& name = "chip",
                   ChipParts parts = {});

  /// Runs until nothing happens any more.
  void run() { sc_core::sc_start(); }
  std::uint64_t cycleNow() const { return chip.mesh.clock().cycleFrom(sc_core::sc_time_stamp()); }
  /// Runs to the edge of a cycle (what happens at that edge included).
  void runTo(std::uint64_t cycle);
  std::uint64_t submitted(std::size_t image = 0) const { return chip.host.submitCycles().at(image); }
  std::uint64_t result(std::size_t image = 0) const { return chip.host.resultCycles().at(image); }
  std::uint64_t latency() const { return result() - submitted(); }
  /// Cycles between results in the steady state; behind the last image nobody competes any more.
  std::uint64_t period() const;
  Tile& tile(int stage, int place = 0);
  std::vector<MeasuredStage> measured() const { return measureStages(chip, model.program); }

  const Model& model;
  CheckedBinder binder;
  Chip chip;
  Driver driver;
  std::uint64_t programmedAt = 0;          ///< cycle
  std::vector<std::uint64_t> wakesBefore;  ///< of every tile, when programmed
};

/// A dense network with ReLUs between its layers.
Network denseNetwork(const std::vector<int>& sizes, std::uint64_t seed = 7);
/// Convolution 3x3, ReLU, max pool 2x2, convolution 3x3, ReLU, dense: LeNet in small.
Network convolutionalNetwork(std::uint64_t seed = 7);
/// Transpose, ReLU (a stage without arrays that sees its input in another order than it comes), dense.
Network transposedNetwork(std::uint64_t seed = 7);

}  // namespace crosstile::testing
