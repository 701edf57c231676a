// SPDX-License-Identifier: Apache-2.0
// How the cost of an ADC grows with its resolution.
#pragma once

namespace crosstile {

/// Energy a conversion and area of a 32 nm SAR ADC against bits (the table that goes with ISAAC's design
/// space):
///     bits   4    5    6    7    8    9    10
///     pJ    0.79 0.99 1.20 1.42 1.67 1.97 2.38      um2  361 477 627 845 1200 1828 3002
/// Between and beyond, the logarithm continues linearly through the two nearest entries (beyond the table:
/// assumed). Only ratios are used: the hardware file states the cost at one resolution and these scale it to
/// another.
struct AdcScaling {
  double energy = 1.0;  ///< also of power, at the same rate of conversions
  double area = 1.0;
};

/// Cost of a `bits`-bit ADC over that of a `referenceBits`-bit one. Both from 1 to 16.
AdcScaling adcScaling(int bits, int referenceBits);

}  // namespace crosstile
