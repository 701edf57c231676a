// SPDX-License-Identifier: Apache-2.0
// Which codes stand for which activations: ranges from calibration images, one format a tensor.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "workloads/encoding/encoding_config.h"
#include "workloads/network/integer_network.h"

namespace crosstile {

/// Formats of a network's activations. New codes are made by weighted layers, adds, sigmoid and tanh (and,
/// for the input, by the host); every other layer moves codes on or picks among them, so that what it gives
/// has the format of what it reads. All inputs of a concat therefore share one format, which reaches back to
/// whatever made their codes: the scale of the largest range, signed when any of them goes below 0.
class ActivationFormats {
 public:
  /// @param images  `count` inputs of elementCount(network.inputShape) values
  /// @throws BadInput when a calibration value is not finite
  ActivationFormats(const Network& network, const EncodingConfig& encoding, const float* images, int count);

  /// Of the codes that layer i gives; -1: of the network's input. Not of exact sums, nor of what follows
  /// them.
  const CodeFormat& of(int i) const { return formats_.at(groupOf(i)); }

  /// True when nothing needs layer i's values as codes: its exact sums are the network's output.
  bool isExact(std::size_t i) const { return exact_.at(i); }

 private:
  /// What calibration learns of one tensor.
  struct Range {
    float largest = 0.0F;
    std::vector<float> magnitudes;  ///< of every value; only where a percentile below 100 needs them
    bool negative = false;
    void see(const float* x, std::size_t n, bool keepAll, const std::string& where);
    double percentile(double p);
  };

  const Layer& layer(std::size_t i) const { return network_.layers[i]; }
  void joinGroups();
  void findExact();
  void calibrate(const float* images, int count);
  void chooseFormats();
  std::size_t rangeLayer(std::size_t i) const;
  std::size_t groupOf(int i) const;

  const Network& network_;
  const EncodingConfig& encoding_;
  std::vector<std::vector<int>> readers_;
  std::vector<bool> exact_;
  mutable std::vector<std::size_t> parent_;  ///< union-find over the input (0) and the layers (i + 1)
  std::vector<Range> ranges_;                ///< the same order
  std::vector<CodeFormat> formats_;          ///< by group
};

}  // namespace crosstile
