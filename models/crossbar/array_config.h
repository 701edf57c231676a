// SPDX-License-Identifier: Apache-2.0
// What describes one crossbar array in a hardware file, sections [array], [device] and [nonideality].
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "models/base/quantity.h"

namespace crosstile {

struct Emulator;
struct YieldMap;

/// Section [access]: the device between each cell and its bit line (models/device/access_device.h). Only
/// circuits with every cell's own law see it.
struct AccessConfig {
  std::string kind = "none";    ///< none | transistor (1T1R) | selector (1S1R)
  double kp = 2e-4;             ///< transistor: transconductance parameter mu C_ox, A/V^2
  double widthOverLength = 10;  ///< transistor: W/L; beta = kp W/L
  Volts threshold{0.5};         ///< transistor: V_th, without body effect
  double lambda = 0.05;         ///< transistor: channel-length modulation, 1/V
  Volts gateVoltage{1.8};       ///< transistor: gate of the cells that are read, against 0 V
  Amperes selectorI0{1e-10};    ///< selector: I = I0 sinh(V/V0)
  Volts selectorV0{0.05};       ///< selector: 2.3 V0 for a decade of current
};

/// Section [array]: geometry, wires and read conditions. Word lines are rows (driven), bit lines columns
/// (read).
struct ArrayConfig {
  int rows = 128;              ///< word lines
  int columns = 128;           ///< data bit lines; offset and reference columns come on top of them
  Ohms rWord{0.0};             ///< one word-line segment
  Ohms rBit{0.0};              ///< one bit-line segment
  Ohms rSource{0.0};           ///< driver, in series with the first word-line segment
  Ohms rSink{0.0};             ///< sense input, in series with the last bit-line segment
  bool driveBothEnds = false;  ///< word lines are driven at both ends (readout circuit)
  bool floatIdleRows =
      false;  ///< word lines at digit 0 are unconnected, not driven with 0 V (readout circuit)
  double circuitError =
      0.0;  ///< readout circuit: bound of a current's error over the largest; 0: circuitTolerance counts
  double circuitTolerance = 1e-9;  ///< readout circuit: L1 norm of the residual over the largest current
  Farads cSegment{0.0};            ///< one wire segment to its surroundings; 0: not given
  Farads cCell{0.0};               ///< one cell's, on both of its lines; 0: not given
  Volts readVoltage{0.2};          ///< voltage of the largest input digit
  Seconds readTime{100e-9};        ///< one pulse: DAC, settling, array, sample
  bool referenceColumn = true;  ///< a column of cells at G_off whose current is subtracted from every other's
  std::string unusedCells =
      "off";  ///< cells that hold no weight: off (at G_off) | absent (never formed, G = 0)
  AccessConfig access;
  std::string emulator;                             ///< file of the readout `emulator`; empty: none ...
  std::shared_ptr<const Emulator> trainedEmulator;  ///< ... and what was read from it
};

/// Keys mms_* of section [device]: the mean metastable switch (models/device/metastable_switch.h).
struct MetastableSwitchConfig {
  Ohms rOn{500.0};           ///< all switches on
  Ohms rOff{1500.0};         ///< all switches off
  Volts vOn{0.27};           ///< half of the switches go on at this voltage ...
  Volts vOff{0.27};          ///< ... and off at minus this one
  Seconds tau{1e-4};         ///< time constant of the switches
  Volts vT{0.0};             ///< width of the thresholds; 0: kT/e
  double phi = 1.0;          ///< ohmic share; the rest is Schottky barriers
  Amperes forwardCurrent{};  ///< a_f of a_f (exp(b_f V) - 1)
  Amperes reverseCurrent{};  ///< a_r of a_r (exp(-b_r V) - 1)
  double forwardB = 1.0;     ///< b_f, 1/V
  double reverseB = 1.0;     ///< b_r, 1/V
  Volts holdBelow{};         ///< the state is frozen while |V| is below this; 0: never
  int switches = 0;          ///< N of the stochastic model; 0: so many that their mean is what happens
  double d2dROn = 0.0;       ///< standard deviation of ln R_on from device to device, median kept ...
  double d2dROff = 0.0;      ///< ... of ln R_off ...
  double d2dTau = 0.0;       ///< ... of ln tau ...
  Volts d2dThreshold{};      ///< ... and of V_on and of V_off
  double c2cTau = 0.0;       ///< standard deviation of ln tau from pulse to pulse ...
  Volts c2cThreshold{};      ///< ... and of the shift of both thresholds
};

/// Section [device]: the cell and its conductance range.
struct DeviceConfig {
  std::string law =
      "linear";          ///< linear | sinh | poole_frenkel | log_linear | tabulated | mean_metastable_switch
  Siemens gOff{0.1e-6};  ///< lowest programmed conductance
  Siemens gOn{10e-6};    ///< highest programmed conductance
  double sinhB = 2.0;    ///< sinh: I = G sinh(B V)/B, 1/V
  /// poole_frenkel: ln c = slope[0] ln R + intercept[0] + x1, ln d_eps = slope[1] ln R + intercept[1] + x2,
  /// (x1, x2) ~ N(0, covariance): Joksas et al. 2022.
  std::array<double, 2> pfSlope{0.0, 0.0};
  std::array<double, 2> pfIntercept{0.0, 0.0};
  std::array<double, 3> pfCovariance{0.0, 0.0, 0.0};  ///< {Sigma11, Sigma12, Sigma22}
  double logLinearN = 2.132;       ///< log_linear: factor of current when the voltage doubles, mean ...
  double logLinearNSigma = 0.095;  ///< ... and standard deviation over cells, truncated at 2
  Volts logLinearReference{0.25};  ///< log_linear: where a cell's I/V is its G
  std::string table;               ///< tabulated: file of the curve, absolute
  std::vector<double> tableVoltage, tableCurrent;  ///< tabulated: what it holds, V and A
  Volts tableReadVoltage{0.0};  ///< tabulated: where a cell's G is read; 0: the slope at 0 V
  MetastableSwitchConfig mms;
  Kelvin temperature{293.15};
  Kelvin referenceTemperature{293.15};  ///< at which conductances and times are stated
  double temperatureCoefficient = 0.0;  ///< alpha of G(T) = G (1 + alpha (T - T_ref)), 1/K
  Seconds writeTime{100e-9};            ///< one programming pulse
  Volts writeVoltage{1.0};              ///< one programming pulse
  Volts ratedVoltage{};                 ///< largest pulse that the cell stands; 0: not stated
  double endurance = 0.0;               ///< pulses until a cell no longer moves, median; 0: without end
  double enduranceSigma = 0.0;          ///< standard deviation of ln endurance over the cells
};

/// Section [nonideality]: what programming and reading do to the targets; all off by default.
/// Order of application: levels, programming error, stuck, yield map, D2D, drift, retention, read disturb,
/// temperature, 1/f noise, I-V with residual, wires, read noise, RTN, thermal and shot noise.
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
  bool lawResidual = true;  ///< draw the I-V law's residuals (Poole-Frenkel, log-linear)
  /// programming: one draw a programming of the chip | batch: everything that programming draws is drawn anew
  /// for every `drawImages` consecutive images, as Joksas et al. 2022 test their networks.
  std::string draw = "programming";
  int drawImages = 100;

  std::string programmingModel = "none";  ///< none | pcm | rram_milo | rram_wan (programming_model.h)
  double stuckValueProbability = 0.0;     ///< probability that a cell is stuck at ...
  Siemens stuckValue{0.0};                ///< ... this conductance; 0: open
  double stuckDistributionProbability =
      0.0;                                ///< probability that a cell is stuck at a conductance drawn from
  std::string stuckDistribution;          ///< the density of measured ones: file, absolute ...
  std::vector<double> stuckConductances;  ///< ... and what it holds, S
  std::string yieldMap;                   ///< file of known faults, absolute; empty: none ...
  std::shared_ptr<const YieldMap> yieldCells;  ///< ... and what it holds (stuck.h)
  std::string driftModel = "constant";         ///< constant (driftNu) | pcm (nu of each cell's G)
  bool driftCompensation = false;              ///< one digital scale an array, from a read of all columns
  Seconds retentionTime{0.0};                  ///< tau at the reference temperature; 0: no relaxation
  Siemens retentionConductance{0.0};           ///< where cells relax to; 0: G_off
  double retentionActivationEnergy = 0.0;      ///< Arrhenius, of tau, eV
  double reads = 0.0;                          ///< earlier reads of every cell
  double readDisturbOfG = 0.0;                 ///< shift of G after 10^6 reads, of G
  double readDisturbExponent = 0.5;            ///< it goes with (reads/10^6)^exponent
  std::string readNoiseModel = "none";         ///< none | pcm: 1/f noise accumulated since programming
  double rtnAmplitudeOfG = 0.0;                ///< step of a cell's random telegraph noise, of G
  double rtnProbability = 1.0;                 ///< share of the cells that have it
  double rtnOccupancy = 0.5;                   ///< share of the time in the lower state
  bool thermalNoise = false;                   ///< 4 k T G of every cell over the read's bandwidth
  bool shotNoise = false;                      ///< 2 q |I| of every cell over the read's bandwidth
};

}  // namespace crosstile
