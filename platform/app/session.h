// SPDX-License-Identifier: Apache-2.0
// What run, map and explain have in common: hardware, network, images, and the chip program made of them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/app/commands.h"
#include "platform/hardware/hardware.h"
#include "workloads/dataset/dataset.h"
#include "workloads/execution/functional.h"
#include "workloads/mapping/mapper.h"

namespace crosstile::app {

/// The options of design and data, as given.
struct SessionOptions {
  std::string network;
  std::string weights = "file";  ///< or "random": drawn where the file declares shapes alone
  std::string hardware = "isaac";
  std::vector<std::string> settings;
  std::string images, labels;
  int count = 0;         ///< 0: as many as defaultCount
  int defaultCount = 0;  ///< 0: all
  std::optional<float> inputScale;
  std::vector<float> inputMean, inputStd;
  std::string inputLayout = "nchw";
  std::uint64_t seed = 1;
  int threads = 0;     ///< 0: all of the machine's
  bool force = false;  ///< run a network on another device than it was trained for

  /// @param withImages  images and labels are options
  void addTo(CLI::App& command, bool withImages);
  /// All but network and hardware; images and labels may be left out.
  void addDesignTo(CLI::App& command);
  void addDataTo(CLI::App& command);
};

/// Everything loaded and mapped. Members refer to one another: not copied, not moved.
class Session {
 public:
  /// @throws BadInput on anything wrong with the files, or when the network doesn't fit
  explicit Session(const SessionOptions& options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const SessionOptions& options() const { return options_; }
  Hardware hardware;
  Network network;
  IntegerNetwork integer;  ///< scales and formats; its weights are in the program
  ChipProgram program;
  std::vector<float> inputs;                     ///< [image][element], CHW, preprocessed
  std::vector<std::vector<std::int64_t>> codes;  ///< [image][element], CHW
  std::vector<int> labels;

  int count() const { return static_cast<int>(codes.size()); }
  std::size_t inputSize() const { return static_cast<std::size_t>(elementCount(network.inputShape)); }
  int classes() const { return static_cast<int>(program.outputElement.size()); }
  /// Codes of the images that calibrate the ADCs.
  std::vector<std::vector<std::int64_t>> calibrationCodes() const;
  /// Right answers of the network in float.
  CorrectCount floatReference() const;
  /// Multiply-accumulates of one image.
  std::int64_t multiplyAccumulates() const;

 private:
  void checkDevice() const;
  void loadImages();
  void quantiseAndMap();
  SessionOptions options_;
};

/// The threads that --threads asks for; 0: all that the machine has.
int effectiveThreads(int asked);

}  // namespace crosstile::app
