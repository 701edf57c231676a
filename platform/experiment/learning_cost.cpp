// SPDX-License-Identifier: Apache-2.0
#include "platform/experiment/learning_cost.h"

namespace crosstile {

LearningTime timeOf(const learning::Activity& a, std::size_t inputs, std::size_t outputs,
                    const LearningCost& cost) {
  const auto reads = [&](std::uint64_t count, std::size_t lines) {
    const auto adcs = static_cast<std::size_t>(cost.adcs);
    const auto conversions = static_cast<double>((lines + adcs - 1) / adcs);
    return (cost.readTime + cost.conversionTime * conversions) * static_cast<double>(count);
  };
  LearningTime time;
  time.forward = reads(a.forwardReads, outputs);
  time.backward = reads(a.backwardReads, inputs + 1);
  time.transfer = reads(a.transferReads, outputs);
  time.update = cost.pulseTime * static_cast<double>(a.pulseSlots);
  return time;
}

Ledger bookLearning(const std::vector<learning::Activity>& layers, const LearningCost& cost) {
  Ledger ledger(static_cast<int>(layers.size()));
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const learning::Activity& a = layers[l];
    const int layer = static_cast<int>(l);
    ledger.add(Component::array, layer, Phase::inference, a.drivenCells, cost.cellReadEnergy);
    ledger.add(Component::dac, layer, Phase::inference, a.drivenLines, cost.lineReadEnergy);
    ledger.add(Component::adc, layer, Phase::inference, a.conversions, cost.conversionEnergy);
    ledger.add(Component::digital, layer, Phase::inference, a.conversions + a.digitalWrites,
               cost.digitalEnergy);
    ledger.add(Component::array, layer, Phase::programming, a.weights.total() + a.fast.total(),
               cost.cellPulseEnergy);
    ledger.add(Component::programming, layer, Phase::programming, a.linePulses, cost.linePulseEnergy);
  }
  return ledger;
}

}  // namespace crosstile
