// SPDX-License-Identifier: Apache-2.0
// The program from outside: child processes, scratch folders, generated data, and what a run wrote.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace crosstile::test {

using Arguments = std::vector<std::string>;
Arguments operator+(Arguments a, const Arguments& b);

/// A folder that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& bytes) const;
  /// Names of everything below, relative, sorted.
  std::vector<std::string> entries() const;

 private:
  std::filesystem::path path_;
};

std::string readBytes(const std::string& path);

/// How a child process ended.
struct Outcome {
  int code = -1;  ///< exit code; -1: ended by a signal
  std::string out, err;
};

/// The program `crosstile` in a child process; its streams go to files, so that nothing can block.
class Program {
 public:
  explicit Program(const Arguments& arguments);
  ~Program();  ///< ends a child that still runs
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  bool running();
  void signal(int number);
  pid_t process() const { return child_; }
  Outcome wait();

 private:
  ScratchFolder streams_;
  pid_t child_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

Outcome runProgram(const Arguments& arguments);

/// Images of 28x28 pixels that look like digits on a display of seven segments, shifted and shaded at random.
struct Digits {
  int count = 0;
  std::vector<std::uint8_t> pixels;  ///< [image][28][28]
  std::vector<int> labels;
};
Digits makeDigits(int count);

/// IDX as MNIST has it: magic, dimensions (big-endian), bytes.
std::string idxBytes(const std::vector<std::uint32_t>& dims, const std::vector<std::uint8_t>& values);
std::string idxImages(const Digits& digits);
std::string idxLabels(const std::vector<int>& labels);

/// An NPY file, as far as its header needs to be understood here.
struct Npy {
  std::string type;  ///< "<f4", "<i8", ...
  std::vector<std::size_t> shape;
  std::string data;
  template <typename T>
  std::vector<T> as() const {
    std::vector<T> values(data.size() / sizeof(T));
    std::copy(data.begin(), data.end(), reinterpret_cast<char*>(values.data()));
    return values;
  }
};
Npy readNpyFile(const std::string& path);
/// NPY of float32.
std::string npyFloats(const std::vector<std::size_t>& shape, const std::vector<float>& values);

std::string sourceFile(const std::string& name);  ///< of the project
/// Path of the project's data/FOLDER/t10k-WHAT-ubyte.gz.
std::string realData(const std::string& folder, const std::string& what);

/// Runs of LeNet-5 on generated digits, 8-bit operands.
class RunTest : public testing::Test {
 protected:
  explicit RunTest(int images = 12);

  /// `run` with the network, the data and 8-bit operands; --out is out(name).
  Arguments arguments(const std::string& name = "out") const;
  std::string out(const std::string& name = "out") const { return scratch_.file(name); }
  /// Runs successfully, or fails the test. Returns report.json.
  nlohmann::json report(const Arguments& more = {}, const std::string& name = "out");
  /// Runs with --outputs and returns its values, [image][class].
  std::vector<float> outputs(const Arguments& more = {}, const std::string& name = "out");
  /// Exit 2, one line on standard error that holds every string of `what`, nothing written.
  void expectRefused(const Arguments& all, const std::vector<std::string>& what);

  ScratchFolder scratch_;
  Digits digits_;
  std::string images_, labels_;
  std::string network_ = sourceFile("workloads/zoo/lenet5-mnist.onnx");
  Outcome last_;
};

}  // namespace crosstile::test
