// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>
#include <stdexcept>

namespace crosstile::test {

namespace fs = std::filesystem;

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (fs::temp_directory_path() / "crosstile-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string ScratchFolder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(file(name), std::ios::binary) << bytes;
  return file(name);
}

std::vector<std::string> ScratchFolder::entries() const {
  std::vector<std::string> names;
  // A running program renames and removes files meanwhile: paths are made lexically, a folder that is gone ends the list.
  std::error_code gone;
  for (fs::recursive_directory_iterator at(path_), end; at != end; at.increment(gone))
    names.push_back(at->path().lexically_relative(path_).string());
  if (gone && gone != std::errc::no_such_file_or_directory) throw fs::filesystem_error("entries", path_, gone);
  std::sort(names.begin(), names.end());
  return names;
}

std::string readBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": can't be opened");
  return {std::istreambuf_iterator<char>(file), {}};
}

Program::Program(const Arguments& arguments) {
  std::vector<std::string> words{CROSSTILE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string out = streams_.file("out"), err = streams_.file("err");
  child_ = ::fork();
  if (child_ < 0) throw std::runtime_error("can't fork");
  if (child_ > 0) return;
  // Between fork and exec: system calls only.
  const int none = ::open("/dev/null", O_RDONLY);
  const int outFile = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int errFile = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(none, 0), ::dup2(outFile, 1), ::dup2(errFile, 2);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

Program::~Program() {
  if (!running()) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, &status_, 0);
}

bool Program::running() {
  if (!ended_) ended_ = ::waitpid(child_, &status_, WNOHANG) == child_;
  return !ended_;
}

void Program::signal(int number) {
  if (running()) ::kill(child_, number);
}

Outcome Program::wait() {
  if (!ended_) ::waitpid(child_, &status_, 0);
  ended_ = true;
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : -1, readBytes(streams_.file("out")),
          readBytes(streams_.file("err"))};
}

Outcome runProgram(const Arguments& arguments) {
  return Program(arguments).wait();
}

Digits makeDigits(int count) {
  // Segments a to g: top, top right, bottom right, bottom, bottom left, top left, middle.
  struct Bar {
    int x, y, width, height;
  };
  constexpr std::array<Bar, 7> kBars{{{8, 4, 12, 3},
                                      {17, 4, 3, 10},
                                      {17, 14, 3, 10},
                                      {8, 21, 12, 3},
                                      {8, 14, 3, 10},
                                      {8, 4, 3, 10},
                                      {8, 12, 12, 3}}};
  constexpr std::array<unsigned, 10> kLit{0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};
  std::mt19937 random(5);
  Digits digits;
  digits.count = count;
  digits.pixels.assign(static_cast<std::size_t>(count) * 28 * 28, 0);
  for (int i = 0; i < count; ++i) {
    const int label = i * 7 % 10;
    const int dx = static_cast<int>(random() % 5) - 2, dy = static_cast<int>(random() % 5) - 2;
    std::uint8_t* image = digits.pixels.data() + static_cast<std::size_t>(i) * 28 * 28;
    for (std::size_t segment = 0; segment < kBars.size(); ++segment) {
      if ((kLit[static_cast<std::size_t>(label)] >> segment & 1U) == 0) continue;
      const Bar& bar = kBars[segment];
      for (int p = 0; p < bar.width * bar.height; ++p) {
        const int x = bar.x + dx + p % bar.width, y = bar.y + dy + p / bar.width;
        image[y * 28 + x] = static_cast<std::uint8_t>(160 + random() % 96);
      }
    }
    image[0] = 255;  // every image spans the whole range
    digits.labels.push_back(label);
  }
  return digits;
}

std::string idxBytes(const std::vector<std::uint32_t>& dims, const std::vector<std::uint8_t>& values) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(dims.size())};
  for (const std::uint32_t d : dims) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(d >> shift & 0xFFU);
  }
  bytes.append(values.begin(), values.end());
  return bytes;
}

std::string idxImages(const Digits& digits) {
  return idxBytes({static_cast<std::uint32_t>(digits.count), 28, 28}, digits.pixels);
}

std::string idxLabels(const std::vector<int>& labels) {
  return idxBytes({static_cast<std::uint32_t>(labels.size())}, {labels.begin(), labels.end()});
}

Npy readNpyFile(const std::string& path) {
  const std::string bytes = readBytes(path);
  if (bytes.substr(0, 6) != "\x93NUMPY") throw std::runtime_error(path + ": not NPY");
  const std::size_t length =
      static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  const std::string header = bytes.substr(10, length);
  Npy npy;
  npy.data = bytes.substr(10 + length);
  std::smatch found;
  std::regex_search(header, found, std::regex("'descr': '([^']*)'"));
  npy.type = found[1];
  std::regex_search(header, found, std::regex(R"('shape': \(([^)]*)\))"));
  const std::string shape = found[1];
  const std::regex number("[0-9]+");
  for (std::sregex_iterator d(shape.begin(), shape.end(), number), end; d != end; ++d) {
    npy.shape.push_back(std::stoul(d->str()));
  }
  return npy;
}

std::string npyFloats(const std::vector<std::size_t>& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const std::size_t d : shape) header += std::to_string(d) + ", ";
  header += "), }\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  return bytes + header +
         std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

std::string sourceFile(const std::string& name) {
  return std::string(CROSSTILE_SOURCE_DIR) + "/" + name;
}

std::string realData(const std::string& folder, const std::string& what) {
  return sourceFile("data/" + folder + "/t10k-" + what + "-ubyte.gz");
}

RunTest::RunTest(int images)
    : digits_(makeDigits(images)),
      images_(scratch_.write("images.idx", idxImages(digits_))),
      labels_(scratch_.write("labels.idx", idxLabels(digits_.labels))) {}

Arguments RunTest::arguments(const std::string& name) const {
  return {"run",
          "--network",
          network_,
          "--images",
          images_,
          "--labels",
          labels_,
          "--out",
          out(name),
          "--set",
          "encoding.input_bits=8",
          "--set",
          "encoding.weight_bits=8"};
}

nlohmann::json RunTest::report(const Arguments& more, const std::string& name) {
  last_ = runProgram(arguments(name) + more);
  EXPECT_EQ(last_.code, 0) << last_.err;
  if (last_.code != 0) return {};
  EXPECT_EQ(last_.err, "");
  return nlohmann::json::parse(readBytes(out(name) + "/report.json"));
}

std::vector<float> RunTest::outputs(const Arguments& more, const std::string& name) {
  const std::string file = scratch_.file(name + ".npy");
  last_ = runProgram(arguments(name) + Arguments{"--outputs", file} + more);
  EXPECT_EQ(last_.code, 0) << last_.err;
  return last_.code == 0 ? readNpyFile(file).as<float>() : std::vector<float>{};
}

void RunTest::expectRefused(const Arguments& all, const std::vector<std::string>& what) {
  SCOPED_TRACE(testing::PrintToString(all));
  const std::vector<std::string> before = scratch_.entries();
  const Outcome found = runProgram(all);
  EXPECT_EQ(found.code, 2) << found.err;
  for (const std::string& text : what) EXPECT_THAT(found.err, testing::HasSubstr(text));
  EXPECT_EQ(std::count(found.err.begin(), found.err.end(), '\n'), 1) << found.err;
  EXPECT_LT(found.err.size(), 400U) << found.err;
  EXPECT_EQ(found.out, "");
  EXPECT_EQ(scratch_.entries(), before) << "something was written";
}

}  // namespace crosstile::test
