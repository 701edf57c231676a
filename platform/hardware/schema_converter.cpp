// SPDX-License-Identifier: Apache-2.0
// Keys of the converters and of the encoding.
#include "platform/hardware/schema.h"

namespace crosstile::hardware {
namespace {

void addConverters(std::vector<Key>& keys) {
  Section<DacConfig> dac(keys, "dac", [](Hardware& h) -> DacConfig& { return h.dac; });
  dac.number("inl", &DacConfig::inl, -16, 16, "LSB", "Peak integral nonlinearity, a parabolic bow");
  Section<SampleHoldConfig> hold(keys, "sample_hold",
                                 [](Hardware& h) -> SampleHoldConfig& { return h.sampleHold; });
  hold.number("gain", &SampleHoldConfig::gain, 0.01, 100, "", "Held over sampled");
  hold.number("noise_lsb", &SampleHoldConfig::noiseLsb, 0, 1e4, "LSB of the ADC",
              "Noise, standard deviation");
  hold.number(
      "amplifier_noise", &SampleHoldConfig::amplifierNoise, 0, 1e-3, "A/sqrt(Hz)",
      "Input-referred current noise of a column's amplifier, over the bandwidth 1/(2 array.read_time)");
  hold.quantity("amplifier_offset", &SampleHoldConfig::amplifierOffset, 0, 1,
                "Input-referred offset current of a column's amplifier, standard deviation over columns");
}

void addAdc(std::vector<Key>& keys) {
  Section<AdcConfig> s(keys, "adc", [](Hardware& h) -> AdcConfig& { return h.adc; });
  s.integer("bits", &AdcConfig::bits, 1, 16, "bits", "Resolution");
  s.text("range", &AdcConfig::range, {"full", "fixed", "calibrated"},
         "full: the largest possible current of the array; fixed: fixed_lsb; calibrated: on a few inputs, by "
         "layer");
  s.text("column_correction", &AdcConfig::columnCorrection, {"gain", "gain_offset", "none"},
         "calibrated range: gain: each column's sums are scaled to the nominal ones by a gain found on the "
         "calibration inputs; gain_offset: by a gain and an offset; none: currents count as they are");
  s.text("calibrated_at", &AdcConfig::calibratedAt, {"programming", "age"},
         "calibrated range: on the chip just after programming, which then ages, or on the chip at "
         "nonideality.age");
  s.number("fixed_lsb", &AdcConfig::fixedLsb, 1e-6, 1e9, "unit currents",
           "fixed range: one LSB, in currents of one cell level at one input digit");
  s.text(
      "unit", &AdcConfig::unit, {"law", "ohmic"},
      "Unit current, of one cell level at one input digit: by the cell's own law (readouts device, circuit, "
      "emulator), or by G V whatever the law");
  s.number("noise_lsb", &AdcConfig::noiseLsb, 0, 1e4, "LSB", "Noise of a conversion, standard deviation");
  s.number("reference_noise", &AdcConfig::referenceNoise, 0, 1, "of the reference",
           "Noise of the reference at a conversion, standard deviation: multiplies the sample");
  s.number("inl_lsb", &AdcConfig::inlLsb, -1e4, 1e4, "LSB",
           "Peak integral nonlinearity, a bow over the range");
  s.number("dnl_lsb", &AdcConfig::dnlLsb, 0, 10, "LSB",
           "Standard deviation of the codes' widths, drawn once an ADC");
  s.quantity("period", &AdcConfig::period, 1e-12, 1, "One conversion");
  s.integer("per_core", &AdcConfig::perCore, 1, 65535, "ADCs",
            "ADCs of a core; the columns of its arrays are spread over them");
  s.flag("skip_unused_columns", &AdcConfig::skipUnusedColumns,
         "Columns that hold no weights aren't converted");
}

void addEncoding(std::vector<Key>& keys) {
  Section<EncodingConfig> s(keys, "encoding", [](Hardware& h) -> EncodingConfig& { return h.encoding; });
  s.integer("input_bits", &EncodingConfig::inputBits, 1, 16, "bits", "Activations");
  s.integer("weight_bits", &EncodingConfig::weightBits, 2, 16, "bits", "Weights, sign included");
  s.integer("pulse_bits", &EncodingConfig::pulseBits, 1, 8, "bits", "Input bits a pulse (bit-streaming)");
  s.integer("cell_bits", &EncodingConfig::cellBits, 1, 8, "bits", "Weight bits a cell (bit-slicing)");
  s.text("scheme", &EncodingConfig::scheme, {"offset", "differential", "average"},
         "offset: w + 2^(weight_bits-1), taken away by the sum of the inputs; differential: pairs of cells, "
         "one of them at "
         "level 0; "
         "average: pairs around the middle level");
  s.text(
      "slice_placement", &EncodingConfig::slicePlacement, {"columns", "arrays"},
      "columns: the slices of a weight are neighbouring columns of an array; arrays: each slice has an array "
      "of its own, as in PUMA");
  s.text("input_sum", &EncodingConfig::inputSum, {"column", "digital"},
         "Sum of the inputs, for offset weights and flipped columns: column: measured by one more column of "
         "each "
         "array; digital: added up from the codes");
  s.flag("bias_row", &EncodingConfig::biasRow,
         "The bias of a layer is one more row of cells, with input 1; else it is added digitally");
  s.flag("flipped_columns", &EncodingConfig::flippedColumns,
         "Store a column inverted when its worst-case sum would exceed half of the range");
  s.flag("stuck_compensation", &EncodingConfig::stuckCompensation,
         "Program around stuck cells: the other cells of the weight make up for what they get wrong");
  s.integer("calibration_images", &EncodingConfig::calibrationImages, 1, 1'000'000, "images",
            "Images that set activation ranges and calibrated ADC ranges");
  s.number("activation_percentile", &EncodingConfig::activationPercentile, 50, 100, "%",
           "Of |x| over the calibration images, sets the activation ranges; 100: the maximum");
}

}  // namespace

void addConverterKeys(std::vector<Key>& keys) {
  addConverters(keys);
  addAdc(keys);
  addEncoding(keys);
}

}  // namespace crosstile::hardware
