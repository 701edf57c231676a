// SPDX-License-Identifier: Apache-2.0
#include "workloads/learning/threshold_circuit.h"

namespace crosstile::learning {

ThresholdCircuit::ThresholdCircuit(const MeanMetastableSwitchLaw& law, const CircuitSupply& supply,
                                   Span<const double> first, Span<const double> second)
    : law_(law), supply_(supply) {
  const auto tabulate = [&](Span<const double> conductance, std::vector<Cell>& cells) {
    for (const double g : conductance) {
      const auto at = [&](double volt) { return g > 0.0 ? law.at(g, volt).current : 0.0; };
      cells.push_back({g, at(supply.readVolt), at(-supply.readVolt)});
    }
  };
  tabulate(first, first_);
  tabulate(second, second_);
}

/// Outputs of the hidden comparators. @param current  of a cell on an input line, the reference's taken off
template <typename Current>
std::vector<char> ThresholdCircuit::hiddenOf(Current current) const {
  std::vector<char> high(second_.size());
  for (std::size_t j = 0; j < high.size(); ++j) {
    double sum = -supply_.threshold * supply_.readVolt;
    for (std::size_t i = 0; i < kPixels; ++i) sum += current(first_[i * high.size() + j], i);
    high[j] = sum > 0.0 ? 1 : 0;
  }
  return high;
}

bool ThresholdCircuit::output(const std::vector<char>& high) const {
  const double reference = supply_.reference * supply_.readVolt;
  double sum = 0.0;
  for (std::size_t j = 0; j < high.size(); ++j)
    sum += second_[j].at(high[j] != 0) - (high[j] != 0 ? reference : -reference);
  return sum > 0.0;
}

double ThresholdCircuit::decide(unsigned image) const {
  const double reference = supply_.reference * supply_.readVolt;
  return output(hiddenOf([&](const Cell& cell, std::size_t i) {
    const double x = pixelOf(image, static_cast<int>(i));
    return cell.at(x > 0.0) - x * reference;
  }));
}

double ThresholdCircuit::decide(const std::array<double, kPixels>& x) const {
  return output(hiddenOf([&](const Cell& cell, std::size_t i) {
    const double volt = x[i] * supply_.readVolt;
    return (cell.conductance > 0.0 ? law_.at(cell.conductance, volt).current : 0.0) -
           supply_.reference * volt;
  }));
}

ThresholdCircuit::Energy ThresholdCircuit::energy(const ImageOdds& odds) const {
  const double charge = supply_.readVolt * supply_.readSecond;  // V s
  const auto hidden = second_.size();
  const auto taken = [&](const Cell& cell, bool high) { return (high ? cell.plus : -cell.minus) * charge; };
  Energy sum;
  for (unsigned image = 0; image < kImages; ++image) {
    const double p = odds.first[image] + odds.second[image];
    if (p == 0.0) continue;
    const double reference = supply_.reference * supply_.readVolt;
    const auto high = hiddenOf([&](const Cell& cell, std::size_t i) {
      const double x = pixelOf(image, static_cast<int>(i));
      sum.cells += p * taken(cell, x > 0.0);
      return cell.at(x > 0.0) - x * reference;
    });
    for (std::size_t j = 0; j < hidden; ++j) sum.cells += p * taken(second_[j], high[j] != 0);
  }
  sum.references = (supply_.reference * static_cast<double>(kPixels + hidden) +
                    supply_.threshold * static_cast<double>(hidden)) *
                   supply_.readVolt * charge;
  return sum;
}

}  // namespace crosstile::learning
