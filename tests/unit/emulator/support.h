// SPDX-License-Identifier: Apache-2.0
// The reference technology in small, and networks without training.
#pragma once

#include <random>

#include "models/crossbar/residual_sums.h"
#include "models/emulator/draws.h"

namespace crosstile::test {

inline EmulatorTechnology technology(int rows, int columns, double voltage = 0.5) {
  EmulatorTechnology t;
  t.device.law = "sinh";
  t.device.gOn = Siemens{1e-5};
  t.device.gOff = Siemens{1e-5 / 6.0};
  t.device.sinhB = 2.0;
  t.wires = {2.5, 2.5, 500.0, 100.0};
  t.rows = rows;
  t.columns = columns;
  t.voltage = voltage;
  return t;
}

inline ArrayConfig configOf(const EmulatorTechnology& t) {
  ArrayConfig c;
  c.rows = t.rows;
  c.columns = t.columns;
  c.rWord = Ohms{t.wires.rWord};
  c.rBit = Ohms{t.wires.rBit};
  c.rSource = Ohms{t.wires.rSource};
  c.rSink = Ohms{t.wires.rSink};
  return c;
}

/// Random weights around f_R = 1.2 (geniex) or eta = 0 (residual).
inline std::shared_ptr<Emulator> untrained(EmulatorKind kind, const EmulatorTechnology& t) {
  auto e = std::make_shared<Emulator>();
  e->kind = kind;
  e->technology = t;
  const auto rows = static_cast<std::size_t>(t.rows), columns = static_cast<std::size_t>(t.columns);
  e->network = TwoLayerNetwork(kind == EmulatorKind::geniex
                                   ? TwoLayerNetwork::Shape{rows * columns, rows, 37, columns}
                                   : TwoLayerNetwork::Shape{0, ResidualSums::kFeatures, 11, 1});
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 0.02F);
  TwoLayerNetwork& n = e->network;
  const auto fill = [&](std::size_t offset, std::size_t count, std::size_t width, std::size_t stride) {
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t c = 0; c < width; ++c) n.at(offset)[r * stride + c] = normal(random);
    }
  };
  const TwoLayerNetwork::Shape& s = n.shape();
  fill(0, s.matrixInputs + s.inputs + 1, s.hidden, n.hiddenStride());
  fill(n.outputWeights(), s.hidden + 1, s.outputs, n.outputStride());
  for (std::size_t o = 0; o < s.outputs && kind == EmulatorKind::geniex; ++o) n.at(n.outputBias())[o] += 1.2F;
  return e;
}

inline std::vector<EmulatorSample> solvedSamples(const EmulatorTechnology& t, DrawSet set, int matrices,
                                                 int vectors, std::uint64_t seed = 1) {
  DrawPlan plan;
  plan.technology = t;
  plan.set = set;
  plan.vectors = vectors;
  plan.seed = seed;
  std::vector<EmulatorSample> samples;
  for (int m = 0; m < matrices; ++m) {
    samples.push_back(drawSample(plan, static_cast<std::uint32_t>(m)));
    solveSample(t, exactCircuit(t, 1e-9), samples.back());
  }
  return samples;
}

}  // namespace crosstile::test
