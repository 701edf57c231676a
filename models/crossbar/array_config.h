// SPDX-License-Identifier: Apache-2.0
// What describes one crossbar array in a hardware file, sections [array], [device] and [nonideality].
#pragma once

#include <array>
#include <memory>
#include <string>

#include "models/base/quantity.h"

namespace crosstile {

struct Emulator;

/// Section [array]: geometry, wires and read conditions. Word lines are rows (driven), bit lines columns
/// (read).
struct ArrayConfig {
  int rows = 128;               ///< word lines
  int columns = 128;            ///< data bit lines; offset and reference columns come on top of them
  Ohms rWord{0.0};              ///< one word-line segment
  Ohms rBit{0.0};               ///< one bit-line segment
  Ohms rSource{0.0};            ///< driver, in series with the first word-line segment
  Ohms rSink{0.0};              ///< sense input, in series with the last bit-line segment
  Volts readVoltage{0.2};       ///< voltage of the largest input digit
  Seconds readTime{100e-9};     ///< one pulse: DAC, settling, array, sample
  bool referenceColumn = true;  ///< a column of cells at G_off whose current is subtracted from every other's
  std::string emulator;         ///< file of the readout `emulator`; empty: none ...
  std::shared_ptr<const Emulator> trainedEmulator;  ///< ... and what was read from it
};

/// Section [device]: the cell and its conductance range.
struct DeviceConfig {
  std::string law = "linear";  ///< linear | sinh | poole_frenkel
  Siemens gOff{0.1e-6};        ///< lowest programmed conductance
  Siemens gOn{10e-6};          ///< highest programmed conductance
  double sinhB = 2.0;          ///< sinh: I = G sinh(B V)/B, 1/V
  /// poole_frenkel: ln c = slope[0] ln R + intercept[0] + x1, ln d_eps = slope[1] ln R + intercept[1] + x2,
  /// (x1, x2) ~ N(0, covariance): Joksas et al. 2022.
  std::array<double, 2> pfSlope{0.0, 0.0};
  std::array<double, 2> pfIntercept{0.0, 0.0};
  std::array<double, 3> pfCovariance{0.0, 0.0, 0.0};  ///< {Sigma11, Sigma12, Sigma22}
  Kelvin temperature{293.15};
  Seconds writeTime{100e-9};  ///< one programming pulse
  Volts writeVoltage{1.0};    ///< one programming pulse
};

/// Section [nonideality]: what programming and reading do to the targets; all off by default.
/// Order of application: programming error, stuck, D2D, drift, I-V with residual, wires, read noise.
struct NonidealityConfig {
  double programmingErrorOfG = 0.0;      ///< standard deviation as a fraction of each cell's G
  double programmingErrorOfRange = 0.0;  ///< standard deviation as a fraction of G_on - G_off
  double d2dSigmaOn = 0.0;               ///< lognormal sigma of ln R at R_on ...
  double d2dSigmaOff = 0.0;              ///< ... and at R_off, linear in R between; E[R'] = R
  double stuckOff = 0.0;                 ///< probability that a cell is stuck at G_off
  double stuckOn = 0.0;                  ///< probability that a cell is stuck at G_on
  int levels = 0;                        ///< programmable levels between G_off and G_on; 0: continuous
  double readNoiseOfG = 0.0;             ///< standard deviation of each read as a fraction of each cell's G
  double readNoiseOfRange = 0.0;         ///< standard deviation of each read as a fraction of G_on - G_off
  double driftNu = 0.0;                  ///< G(t) = G (t/t0)^-nu, mean of nu over cells
  double driftNuSigma = 0.0;             ///< standard deviation of nu over cells
  Seconds driftT0{20.0};
  Seconds age{0.0};         ///< time since programming
  bool lawResidual = true;  ///< draw the I-V law's residuals (Poole-Frenkel)
};

}  // namespace crosstile
