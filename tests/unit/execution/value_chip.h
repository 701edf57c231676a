// SPDX-License-Identifier: Apache-2.0
// A network quantised, mapped and programmed, for tests of values.
#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "tests/unit/mapping/random_network.h"
#include "workloads/encoding/quantise.h"
#include "workloads/execution/functional.h"
#include "workloads/execution/value_engine.h"
#include "workloads/mapping/mapper.h"

namespace crosstile::test {

using Codes = std::vector<std::int64_t>;

/// ISAAC's arrays: 128x128 of 2-bit cells, 1-bit pulses, offset encoding with flipped columns, 8-bit ADC.
inline AnalogConfig isaacConfig(int operandBits, const std::string& readout) {
  AnalogConfig c;
  c.readout = readout;
  c.encoding.inputBits = c.encoding.weightBits = operandBits;
  c.array.rWord = c.array.rBit = Ohms{1.0};
  c.device.gOn = Siemens{10e-6};
  c.device.gOff = Siemens{10e-6 / 15.0};
  return c;
}

/// ADC bits that the full range needs so that one code is one unit.
inline int enoughAdcBits(AnalogConfig config) {
  for (config.adc.bits = 1; nominalLsb(config) > 1.0; ++config.adc.bits) {
  }
  return config.adc.bits;
}

/// All that stands between a network and its values. Not movable: its parts point at each other.
struct ValueChip {
  Network network;
  IntegerNetwork integer;
  ChipProgram program;
  std::unique_ptr<ArrayStore> store;
  std::unique_ptr<ValueEngine> engine;

  /// @param images  floats that set the ranges (CHW), some of which calibrate ADCs too
  ValueChip(Network net, const AnalogConfig& config, const std::vector<float>& images, std::uint64_t seed = 1,
            const ChipShape& chip = largeChip())
      : network(std::move(net)) {
    const auto size = static_cast<std::size_t>(elementCount(network.inputShape));
    const int count = static_cast<int>(images.size() / size);
    integer = quantise(network, config.encoding, images.data(), count);
    MappingRequest request;
    request.network = &integer;
    request.encoding = config.encoding;
    request.array = config.array;
    request.chip = chip;
    program = mapNetwork(request);
    store = std::make_unique<ArrayStore>(config);
    std::vector<Codes> calibration;
    for (int i = 0; i < count; ++i)
      calibration.push_back(codesOf(images.data() + static_cast<std::size_t>(i) * size));
    StreamOwner owner;
    owner.seed = seed;
    engine = std::make_unique<ValueEngine>(program, *store, owner, calibration);
  }
  ValueChip(const ValueChip&) = delete;
  ValueChip& operator=(const ValueChip&) = delete;

  static ChipShape largeChip() {
    ChipShape chip;
    chip.meshColumns = chip.meshRows = 12;
    return chip;
  }
  Codes codesOf(const float* image) const {
    Codes codes(static_cast<std::size_t>(elementCount(network.inputShape)));
    quantiseInput(integer.input, image, codes.data(), codes.size());
    return codes;
  }
  Codes run(const Codes& input, std::uint64_t image = 0) const {
    ValueEngine::Scratch scratch;
    std::vector<ReadFacts> facts;
    Codes output;
    engine->run(input.data(), image, scratch, facts, output);
    return output;
  }
  /// Any codes of the input's format, its extremes among them.
  Codes randomCodes(Dice& dice) const {
    Codes codes(static_cast<std::size_t>(elementCount(network.inputShape)));
    const auto low = static_cast<int>(integer.input.low());
    const auto high = static_cast<int>(integer.input.high());
    const int mode = dice.between(0, 3);
    for (auto& c : codes) c = mode == 0 ? high : mode == 1 ? low : dice.between(low, high);
    return codes;
  }
};

/// Signal over error of a chip's outputs against the integer reference, in decibel.
inline double sqnr(const ValueChip& chip, const std::vector<float>& images) {
  const auto size = static_cast<std::size_t>(elementCount(chip.network.inputShape));
  double signal = 0.0, error = 0.0;
  for (std::size_t i = 0; i * size < images.size(); ++i) {
    const Codes codes = chip.codesOf(images.data() + i * size);
    const Codes exact = runIntegerAllLayers(chip.integer, codes.data()).back();
    const Codes got = chip.run(codes, i);
    for (std::size_t k = 0; k < exact.size(); ++k) {
      signal += std::pow(static_cast<double>(exact[k]), 2);
      error += std::pow(static_cast<double>(got[k] - exact[k]), 2);
    }
  }
  return 10.0 * std::log10(signal / error);
}

/// An LSB whose square over 12 is nothing beside noise, unit currents.
constexpr double kFineLsb = 1.0 / 64.0;

/// Currents of one image on the first stage of a chip with ADCs of kFineLsb: [plane][physical column].
inline std::vector<double> currentsOf(const ValueChip& chip, const Codes& input, std::uint64_t image) {
  ValueDump dump;
  dump[0];
  ValueEngine::Scratch scratch;
  std::vector<ReadFacts> facts;
  Codes output;
  chip.engine->run(input.data(), image, scratch, facts, output, &dump);
  std::vector<double> x(dump[0].adc.begin(), dump[0].adc.end());
  for (double& v : x) v *= kFineLsb;
  return x;
}

inline Network twoLayers(Dice& dice) {
  NetworkBuilder b({100});
  b.dense(30, dice);
  b.add(LayerKind::relu, b.shape());
  b.dense(10, dice);
  return b.build();
}

}  // namespace crosstile::test
