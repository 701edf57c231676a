// SPDX-License-Identifier: Apache-2.0
// What on-chip learning is configured by: reads, update rule, network, training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/device/step_device.h"

namespace crosstile::learning {

/// Converters and noise of a learning array's reads. Inputs are in units of the DAC's full scale (1), weights
/// in units of the device's, outputs in their product.
struct ReadConfig {
  int inputBits = 0;           ///< DAC, levels from -1 to 1; 0: continuous
  int outputBits = 0;          ///< ADC, levels from -bound to bound; 0: continuous
  double outputBound = 0.0;    ///< ADC full scale; 0: none (then output_bits must be 0)
  double transferBound = 0.0;  ///< ADC full scale when a fast array's line is read; 0: as outputBound
  double outputNoise = 0.0;    ///< of every read, standard deviation at the ADC
  double inputNoise = 0.0;     ///< in training only: of every input that isn't 0
  double weightNoise = 0.0;    ///< in training only: of every cell, fresh for each read
  /// Inputs are scaled to the DAC's full scale by their largest magnitude, outputs scaled back (Gokmen et
  /// al., Front. Neurosci. 2017): small errors of a backward read don't drown in noise and quantisation.
  bool noiseManagement = false;
  /// Largest number of times that a read is repeated with halved inputs while an output is at the bound (the
  /// same source).
  int boundManagement = 0;
};

struct RuleConfig {
  std::string name = "outer_product";  ///< one of ruleNames()
  double rate = 0.01;                  ///< learning rate: wanted change = rate x delta
  double rateDecay = 1.0;              ///< the rate's factor from epoch to epoch
  int trainLength = 31;                ///< stochastic pulses: slots of a train (BL), at most 32
  bool updateManagement = true;        ///< outer_product, Tiki-Taka: both sides' probabilities made alike
  bool lengthManagement = true;        ///< ... then trains no longer than the largest change asks for
  int mostPulses = 31;                 ///< delta: of a cell and sample
  bool stochasticRounding = false;  ///< delta: wanted pulses are rounded at random instead of to the nearest
  double inputThreshold = 0.0;      ///< sign: inputs and errors of less magnitude give no pulse
  double errorThreshold = 0.0;
  double fastShare = 0.0;   ///< Tiki-Taka: gamma, share of the fast array in what is read
  double fastRate = 0.01;   ///< Tiki-Taka: learning rate of the fast array; `rate` is that of the transfer
  int transferEvery = 1;    ///< Tiki-Taka: samples from one transferred line to the next
  bool zeroShifted = true;  ///< Tiki-Taka: the fast array is read relative to its symmetry points ...
  double referenceError = 0.0;  ///< ... with such a deviation
  int refreshEvery = 100;       ///< one-sided devices: samples between looks for pairs that are used up
  double fullness = 0.75;       ///< one-sided devices: a pair is rewritten beyond this share of the range
};

enum class Activation { sigmoid, tanh, relu };

struct NetworkConfig {
  std::vector<int>
      sizes;  ///< inputs, hidden layers, outputs; each layer has a bias line of its own beside its inputs
  Activation activation = Activation::sigmoid;
  double initialRange = 0.0;  ///< weights start uniform within +- it; 0: 1/sqrt(inputs)
};

struct LearningConfig {
  NetworkConfig network;
  StepDevice device;      ///< of the arrays that are read
  StepDevice fastDevice;  ///< Tiki-Taka: of the fast array
  RuleConfig rule;
  ReadConfig read;
  int epochs = 10;
  std::uint64_t seed = 1;
};

/// @throws BadInput naming what doesn't fit: layers, converters, rule, ranges
void checkLearning(const LearningConfig& config);

}  // namespace crosstile::learning
