// SPDX-License-Identifier: Apache-2.0
// What an ADC costs: published models, and how a stated cost scales with the resolution.
#pragma once

#include <string>
#include <vector>

#include "models/base/quantity.h"

namespace crosstile {

/// What the cost of an ADC depends on.
struct AdcDesign {
  int bits = 8;              ///< taken as effective bits where a model asks for those
  Hertz rate{1.28e9};        ///< conversions a second
  double technologyNm = 32;  ///< feature size, nm
  Volts supply{0.9};
  int rows = 128;  ///< of the array whose bit lines it converts
};

struct AdcCost {
  Joules energy{};      ///< a conversion
  SquareMetres area{};  ///< of one ADC
  Seconds latency{};    ///< of a conversion, where the model knows it; else 0
  std::string source;
  Watts power(Hertz rate) const { return Watts{energy.value * rate.value}; }
};

/// Names of the models that adcCost() knows:
///
/// table_isaac: 32 nm SAR ADCs of ISAAC's design space, by bits (rate, node and supply are in the numbers):
///     bits   4    5    6    7    8    9    10
///     pJ    0.79 0.99 1.20 1.42 1.67 1.97 2.38      um2  361 477 627 845 1200 1828 3002
///   Between and beyond, the logarithm continues linearly through the two nearest entries (beyond the table:
///   assumed).
///
/// survey_regression: best of published ADCs, a regression on Murmann's survey (Andrulis et al., arXiv
/// 2404.06553; coefficients of the Accelergy ADC plug-in). f in Hz, L in nm, E in pJ, A in um2, b from 4:
///     SNDR = 6.0206 b + 1.7609                                                      [dB]
///     FOMS = min(213.7807 - 2.87190 ln f, 128.3068 + 3.22051 b)                     [dB]
///     E = 10^((SNDR - FOMS)/10)/2 x exp(26.04962 + 1.880037 ln L - 2.829126 ln b - 1.470202)
///     A = exp(1.346192 + 0.9932795 ln L + 0.1807154 ln f + 0.2991243 ln E)
///   up to 10 GS/s. 8 bits at 32 nm: 1.71 pJ up to some 100 MS/s, 1.93 pJ at 1.28 GS/s.
///
/// sar_28nm: SAR ADCs of 28 nm analog in-memory computing (ZigZag-IMC, fitted to three chips):
///     E = (100 b + 0.001 4^b) fF V^2     t = b (0.00653 rows + 0.64) ns     A = 10^(1.206 - 0.0369 b) 2^b
///     um2
const std::vector<std::string>& adcCostModels();

/// @throws BadInput for an unknown model, or a design outside of the model's range
AdcCost adcCost(const std::string& model, const AdcDesign& design);

/// Ratios of the table above: the hardware file states the cost at one resolution and these scale it to
/// another.
struct AdcScaling {
  double energy = 1.0;  ///< also of power, at the same rate of conversions
  double area = 1.0;
};

/// Cost of a `bits`-bit ADC over that of a `referenceBits`-bit one. Both from 1 to 16.
AdcScaling adcScaling(int bits, int referenceBits);

}  // namespace crosstile
