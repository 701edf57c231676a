// SPDX-License-Identifier: Apache-2.0
#include "tests/tlm/machine_bench.h"

namespace crosstile::testing {

Hardware smallHardware(const std::vector<std::string>& settings) {
  std::vector<std::string> all{"chip.mesh_columns=2", "chip.mesh_rows=1",      "chip.concentration=2",
                               "tile.cores=2",        "core.arrays=2",         "array.rows=32",
                               "array.columns=32",    "encoding.input_bits=8", "encoding.weight_bits=8",
                               "clock.period=1 ns"};
  all.insert(all.end(), settings.begin(), settings.end());
  return loadHardware("isaac", all);
}

Model::Model(Network net, const Hardware& machine, int count, std::uint64_t imageSeed)
    : hardware(machine), network(std::move(net)) {
  Dice dice(imageSeed);
  const std::vector<float> pixels = test::randomImages(network, count, false, dice);
  integer = quantise(network, hardware.encoding, pixels.data(), count);
  MappingRequest request;
  request.network = &integer;
  request.encoding = hardware.encoding;
  request.array = hardware.array;
  request.chip = hardware.chip;
  request.inputSlots = hardware.timing.inputSlots;
  request.mapping = hardware.mapping;
  request.bufferAccessBits = hardware.timing.bufferAccessBits;
  program = mapNetwork(request);
  const auto size = static_cast<std::size_t>(elementCount(network.inputShape));
  for (int i = 0; i < count; ++i) {
    Codes codes(size);
    quantiseInput(integer.input, pixels.data() + static_cast<std::size_t>(i) * size, codes.data(), size);
    images.push_back(std::move(codes));
  }
  store = std::make_shared<ArrayStore>(analogConfig(hardware));
  engine = std::make_unique<ValueEngine>(program, *store, StreamOwner{kSeed, 0, 0, 0, 0}, images);
}

Codes Model::expected(std::size_t i) const {
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> unused;
  Codes output;
  engine->run(images[i].data(), i, scratch, unused, output);
  return output;
}

std::vector<Codes> Model::expected() const {
  std::vector<Codes> all;
  for (std::size_t i = 0; i < images.size(); ++i) all.push_back(expected(i));
  return all;
}

std::vector<ReadFacts> Model::facts() const {
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> facts;
  Codes output;
  for (std::size_t i = 0; i < images.size(); ++i) engine->run(images[i].data(), i, scratch, facts, output);
  return facts;
}

Codes Model::expectedWith(const std::function<void(ChipProgram&)>& change, std::size_t i) const {
  ChipProgram other = program;
  change(other);
  const ValueEngine changed(other, *store, StreamOwner{kSeed, 0, 0, 0, 0}, images);
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> unused;
  Codes output;
  changed.run(images[i].data(), i, scratch, unused, output);
  return output;
}

Machine::Machine(const Model& m, TimingMode mode, const std::string& name, ChipParts parts)
    : model(m),
      chip(name.c_str(), m.hardware, mode, m.store, binder, std::move(parts)),
      driver((name + "_driver").c_str(), chip, m.chipImage(), m.images, {}, &binder) {
  driver.onProgrammed([this] {
    programmedAt = cycleNow();
    chip.clearStatistics();
    chip.path.clear();
    for (const auto& tile : chip.tiles) wakesBefore.push_back(tile->clockwork().wakes());
  });
}

void Machine::runTo(std::uint64_t cycle) {
  const sc_core::sc_time edge = chip.mesh.clock().edge(cycle);
  // One step beyond the edge, so that all delta cycles of the edge are over.
  sc_core::sc_start(edge + sc_core::sc_get_time_resolution() - sc_core::sc_time_stamp());
}

std::uint64_t Machine::period() const {
  const auto& cycles = chip.host.resultCycles();
  return cycles.at(cycles.size() - 2) - cycles.at(cycles.size() - 3);
}

Tile& Machine::tile(int stage, int place) {
  const auto& tiles = model.program.stages.at(static_cast<std::size_t>(stage)).tiles;
  return *chip.tiles.at(static_cast<std::size_t>(tiles.at(static_cast<std::size_t>(place))));
}

Network denseNetwork(const std::vector<int>& sizes, std::uint64_t seed) {
  Dice dice(seed);
  NetworkBuilder b({sizes.front()});
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    b.dense(sizes[i], dice);
    if (i + 1 < sizes.size()) b.add(LayerKind::relu, b.shape());
  }
  return b.build();
}

Network convolutionalNetwork(std::uint64_t seed) {
  Dice dice(seed);
  NetworkBuilder b({1, 12, 12});
  Window three;
  three.kernelH = three.kernelW = 3;
  Window two;
  two.kernelH = two.kernelW = two.strideH = two.strideW = 2;
  b.conv(4, three, 1, dice);
  b.add(LayerKind::relu, b.shape());
  b.pool(LayerKind::maxPool, two, false);
  b.conv(6, three, 1, dice);
  b.add(LayerKind::relu, b.shape());
  b.dense(5, dice);
  return b.build();
}

Network transposedNetwork(std::uint64_t seed) {
  Dice dice(seed);
  NetworkBuilder b({2, 4, 6});
  b.transpose({1, 2, 0});
  b.add(LayerKind::relu, b.shape());
  b.dense(5, dice);
  return b.build();
}

}  // namespace crosstile::testing
