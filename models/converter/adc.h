// SPDX-License-Identifier: Apache-2.0
// DAC, sample-and-hold and ADC of a core: sections [dac], [sample_hold] and [adc] of a hardware file.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/base/quantity.h"
#include "models/base/span.h"

namespace crosstile {

/// Section [dac]: one a word line; its bits are the input bits a pulse (encoding.pulse_bits).
struct DacConfig {
  double inl = 0.0;  ///< peak integral nonlinearity, LSB of the DAC (a parabolic bow)
};

/// Section [sample_hold].
struct SampleHoldConfig {
  double gain = 1.0;      ///< held over sampled
  double noiseLsb = 0.0;  ///< standard deviation, ADC LSB
  /// Of the amplifier at each bit line, referred to its input: white noise, A/sqrt(Hz) ...
  double amplifierNoise = 0.0;
  Amperes amplifierOffset{0.0};  ///< ... and offset, standard deviation over the columns; drawn once a column
};

/// Section [adc].
struct AdcConfig {
  int bits = 8;
  std::string range = "full";  ///< full | fixed | calibrated
  /// What a cell level at the full input digit is taken to carry: law (the cell's own current, as measured on
  /// a test structure) or ohmic (G V).
  std::string unit = "law";
  /// calibrated: a digital gain a column (gain), and an offset beside it (gain_offset), or none.
  std::string columnCorrection = "gain";
  /// calibrated: trimmed just after programming (programming), or at nonideality.age (age).
  std::string calibratedAt = "programming";
  double fixedLsb = 1.0;        ///< fixed: one LSB in unit currents (one cell level at one input digit)
  double noiseLsb = 0.0;        ///< standard deviation of a conversion, LSB
  double referenceNoise = 0.0;  ///< standard deviation of the reference at a conversion, of the reference
  double inlLsb = 0.0;          ///< peak integral nonlinearity, LSB (a bow over the range)
  double dnlLsb = 0.0;          ///< standard deviation of each code's width, LSB; drawn once an ADC
  Seconds period{775e-12};      ///< one conversion
  int perCore = 8;              ///< ADCs a core; the columns of its arrays are spread over them
  bool skipUnusedColumns = true;
};

/// Voltage of each digit 0 .. 2^bits - 1: uniform from 0 to `fullScale`, bent by the INL; digit 0 is exactly
/// 0 V.
std::vector<double> dacLevels(const DacConfig& config, int bits, Volts fullScale);

/// The transfer of one ADC (with its sample-and-hold): code = clamp(round(x/lsb + nonlinearity + noise), 0,
/// 2^bits - 1).
class Adc {
 public:
  /// @param lsb  current of one LSB, in the unit of the inputs of convert()   @param key  stream key for DNL
  Adc(const AdcConfig& config, const SampleHoldConfig& hold, double lsb, std::array<std::uint32_t, 2> key);

  double lsb() const { return lsb_; }
  /// Variance of a conversion's white noise (S&H and ADC), in squared LSB.
  double noiseVariance() const { return noiseVariance_; }
  /// Whether every whole number from 0 to `largest`, in the unit of the inputs, is converted to itself.
  bool isExact(double largest) const;
  /// Codes of `count` samples. @param x  currents   @param variance  read-noise variance of each, in the unit
  /// of x squared, or nullptr   @param normal  standard normals, or nullptr when there is no noise at all
  /// @param code  out. SIMD with run-time dispatch; a code depends on its own sample only.
  void convert(const float* x, const float* variance, const float* normal, std::int32_t* code,
               std::size_t count) const;

 private:
  double lsb_;
  double noiseVariance_;
  float inverseLsb_;
  std::int32_t maxCode_;
  std::vector<float> shift_;  ///< nonlinearity at each code, LSB; empty when linear
};

}  // namespace crosstile
