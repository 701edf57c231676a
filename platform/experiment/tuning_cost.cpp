// SPDX-License-Identifier: Apache-2.0
#include "platform/experiment/tuning_cost.h"

#include <algorithm>

namespace crosstile {
namespace {

/// Of one verifying read, J.
struct ReadCost {
  double reference, line, sample, conversion;
};

ReadCost readCostOf(const Hardware& h) {
  const learning::TuningDevice device{h.device, h.array, h.programming};
  const double volt = h.array.readVoltage.value;
  return {device.reference() * volt * volt * h.array.readTime.value,
          h.cost[Component::dac].energy.value / h.array.rows, h.cost[Component::sampleHold].energy.value,
          h.cost[Component::adc].energy.value};
}

/// What the controller takes for initial resets beyond one pulse each: they are so many times as long.
double longResetJ(const ArrayReport& layer, const Hardware& h) {
  if (!h.programming.initialReset) return 0.0;
  const double times = h.programming.initialResetTime.value / h.device.writeTime.value;
  return h.cost[Component::programming].energy.value * static_cast<double>(layer.cells.size()) *
         std::max(times - 1.0, 0.0);
}

}  // namespace

TuningEnergy& TuningEnergy::operator+=(const TuningEnergy& o) {
  devices += o.devices, series += o.series, switches += o.switches, limiters += o.limiters;
  readDevices += o.readDevices, readReferences += o.readReferences, converters += o.converters;
  controller += o.controller;
  return *this;
}

TuningEnergy energyOf(const learning::TuningDraw& draw, const Hardware& h) {
  const ReadCost read = readCostOf(h);
  TuningEnergy sum;
  for (const ArrayReport* layer : {&draw.first, &draw.second}) {
    const PulseEnergy& pulses = layer->write.selected;
    const auto reads = static_cast<double>(layer->reads);
    sum += {pulses.device + layer->write.unselected,
            pulses.series,
            pulses.accessSwitch,
            pulses.limiter,
            layer->readJ,
            reads * read.reference,
            reads * (read.line + read.sample + read.conversion),
            static_cast<double>(layer->pulses) * h.cost[Component::programming].energy.value +
                longResetJ(*layer, h)};
  }
  return sum;
}

Ledger bookTuning(const learning::TuningDraw& draw, const Hardware& h) {
  const ReadCost read = readCostOf(h);
  Ledger ledger(2);
  for (int l = 0; l < 2; ++l) {
    const ArrayReport& layer = l == 0 ? draw.first : draw.second;
    const Phase phase = Phase::programming;
    const auto reads = static_cast<double>(layer.reads);
    ledger.count(h.cost, Component::programming, l, phase, layer.pulses);
    ledger.addFact(Component::programming, l, phase,
                   Joules{layer.write.selected.total() + layer.write.unselected + longResetJ(layer, h)});
    ledger.addFact(Component::array, l, phase, Joules{layer.readJ + reads * read.reference});
    ledger.addFact(Component::dac, l, phase, Joules{reads * read.line});
    ledger.count(h.cost, Component::sampleHold, l, phase, layer.reads);
    ledger.count(h.cost, Component::adc, l, phase, layer.reads);
  }
  const auto lines =
      static_cast<double>(draw.first.cells.size() / draw.second.cells.size() + draw.second.cells.size());
  ledger.addFact(Component::array, kShared, Phase::inference, Joules{draw.inferenceJ + draw.referenceJ});
  ledger.addFact(Component::dac, kShared, Phase::inference, Joules{lines * read.line});
  ledger.addFact(Component::adc, kShared, Phase::inference, Joules{draw.comparatorJ});
  return ledger;
}

}  // namespace crosstile
