// SPDX-License-Identifier: Apache-2.0
#include "models/cost/adc_cost.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr double kPico = 1e-12, kSquareMicrometre = 1e-12;

constexpr int kFirstBits = 4;
constexpr std::array<double, 7> kTablePicojoule{0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38};
constexpr std::array<double, 7> kTableArea{361, 477, 627, 845, 1200, 1828, 3002};  // um2

/// Log-linear through the entries around (or nearest to) `bits`.
double at(const std::array<double, 7>& table, int bits) {
  const int i = std::clamp(bits - kFirstBits, 0, static_cast<int>(table.size()) - 2);
  const auto low = static_cast<std::size_t>(i);
  const double steps = bits - kFirstBits - i;
  return table[low] * std::pow(table[low + 1] / table[low], steps);
}

AdcCost tableIsaac(const AdcDesign& d) {
  const bool inside = d.bits >= kFirstBits && d.bits < kFirstBits + static_cast<int>(kTableArea.size());
  return {Joules{at(kTablePicojoule, d.bits) * kPico},
          SquareMetres{at(kTableArea, d.bits) * kSquareMicrometre},
          {},
          fmt::format("ISAAC's table of 32 nm SAR ADCs, {} bits{}", d.bits,
                      inside ? "" : " (extrapolated: assumed)")};
}

AdcCost surveyRegression(const AdcDesign& d) {
  constexpr double kFastest = 1e10;
  if (d.bits < 4 || !(d.rate.value <= kFastest)) {
    throw BadInput(
        "survey_regression covers ADCs from 4 bits, up to 10 GS/s; this one has {} bits at {:.4g} GS/s",
        d.bits, d.rate.value * 1e-9);
  }
  const double b = d.bits, node = std::log(d.technologyNm), rate = std::log(d.rate.value);
  const double sndr = 20.0 * std::log10(2.0) * b + 10.0 * std::log10(1.5);
  // The envelope of the best ADCs: noise limits the slow ones, speed the fast ones.
  const double bestByRate = 213.7806687348118 - 2.8719030399529957 * rate;
  const double bestByBits = 128.3068287398817 + 3.2205115109775 * b;
  const double foms = std::min(bestByRate, bestByBits);
  const double correction =
      26.0496215686518 + 1.8800369206815004 * node - 2.8291256050594527 * std::log(b) - 1.4702022133784405;
  const double picojoule = 0.5 * std::pow(10.0, (sndr - foms) / 10.0) * std::exp(correction);
  const double area = std::exp(1.3461916439910742 + 0.9932794744745022 * node + 0.18071538424508238 * rate +
                               0.29912426192653485 * std::log(picojoule));
  return {
      Joules{picojoule * kPico},
      SquareMetres{area * kSquareMicrometre},
      {},
      fmt::format("regression on Murmann's ADC survey (arXiv 2404.06553): {} bits, {:.4g} GS/s, {:.4g} nm",
                  d.bits, d.rate.value * 1e-9, d.technologyNm)};
}

AdcCost sar28nm(const AdcDesign& d) {
  const double b = d.bits;
  const double capacitance = (100.0 * b + 0.001 * std::pow(4.0, b)) * 1e-15;  // farad
  return {Joules{capacitance * d.supply.value * d.supply.value},
          SquareMetres{std::pow(10.0, 1.206 - 0.0369 * b) * std::pow(2.0, b) * kSquareMicrometre},
          Seconds{b * (0.00653 * d.rows + 0.64) * 1e-9},
          fmt::format("ZigZag-IMC, 28 nm SAR: {} bits, {:.4g} V", d.bits, d.supply.value)};
}

struct Model {
  const char* name;
  AdcCost (*cost)(const AdcDesign&);
};
constexpr std::array<Model, 3> kModels{
    {{"table_isaac", tableIsaac}, {"survey_regression", surveyRegression}, {"sar_28nm", sar28nm}}};

}  // namespace

const std::vector<std::string>& adcCostModels() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Model& m : kModels) all.emplace_back(m.name);
    return all;
  }();
  return names;
}

AdcCost adcCost(const std::string& model, const AdcDesign& design) {
  for (const Model& m : kModels) {
    if (m.name == model) return m.cost(design);
  }
  throw BadInput("unknown cost model \"{}\" of an ADC: must be one of {}", model,
                 fmt::join(adcCostModels(), ", "));
}

AdcScaling adcScaling(int bits, int referenceBits) {
  if (bits == referenceBits) return {};
  return {at(kTablePicojoule, bits) / at(kTablePicojoule, referenceBits),
          at(kTableArea, bits) / at(kTableArea, referenceBits)};
}

}  // namespace crosstile
