// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "platform/sweep/points.h"
#include "platform/sweep/sweep_file.h"

namespace crosstile::test {

/// A sweep file whose base takes six lines, with the data that it names beside it.
class SweepText {
 public:
  explicit SweepText(const std::string& rest, const std::string& data = "weights") {
    std::filesystem::create_directories(folder_);
    for (const char* name : {"net.onnx", "x.idx", "y.idx"}) std::ofstream(folder_ + "/" + name) << data;
    std::ofstream(path_) << "[base]\nhardware = \"isaac\"\nnetwork = \"net.onnx\"\nimages = \"x.idx\"\n"
                         << "labels = \"y.idx\"\nset.readout = \"ohmic\"\n"
                         << rest;
  }
  ~SweepText() { std::filesystem::remove_all(folder_); }
  SweepText(const SweepText&) = delete;
  SweepText& operator=(const SweepText&) = delete;
  const std::string& folder() const { return folder_; }
  SweepFile read() const { return readSweep(path_); }
  std::vector<SweepPoint> points() const { return sweepPoints(read()); }

 private:
  std::string folder_ = testing::TempDir() + "sweep-" + std::to_string(::getpid());  // tests run side by side
  std::string path_ = folder_ + "/sweep.toml";
};

}  // namespace crosstile::test
