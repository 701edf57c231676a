// SPDX-License-Identifier: Apache-2.0
// --dump host: a run as a testbench sees it, as text for $readmemh.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "models/base/error.h"
#include "platform/app/dump.h"
#include "platform/chip/host_sequence.h"
#include "platform/record/whole_file.h"
#include "platform/tile/wire.h"

namespace crosstile::app {
namespace {

/// Host memory and register writes, as a sequence makes them.
struct Recorder {
  std::vector<std::uint8_t> memory;
  std::string registers;  // a line a write: offset and value, 8 digits each
  int writes = 0;

  void write(std::uint64_t address, const void* data, std::size_t size) {
    if (address < kMemoryBase) {
      std::uint32_t value = 0;
      std::memcpy(&value, data, 4);
      registers += fmt::format("{:08x}{:08x}\n", address, value);
      ++writes;
      return;
    }
    const auto at = static_cast<std::size_t>(address - kMemoryBase);
    if (memory.size() < at + size) memory.resize((at + size + 7) / 8 * 8);
    std::memcpy(memory.data() + at, data, size);
  }
};

/// A value of `width` bytes a line, little-endian in memory.
std::string memText(const std::vector<std::uint8_t>& bytes, std::size_t width) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    for (std::size_t i = width; i-- > 0;) text += fmt::format("{:02x}", bytes[at + i]);
    text += '\n';
  }
  return text;
}

/// The bytes of a result, as the chip writes them into host memory.
std::vector<std::uint8_t> resultBytes(const ChipImage& image, const std::int64_t* codes) {
  std::vector<std::uint8_t> bytes(image.resultBytes);
  const auto width = static_cast<std::size_t>(image.outputBytesPerCode);
  for (std::size_t i = 0; i < image.outputElement.size(); ++i) {
    wire::encode(codes[i], image.outputBytesPerCode,
                 bytes.data() + static_cast<std::size_t>(image.outputElement[i]) * width);
  }
  return bytes;
}

}  // namespace

bool dumpsHost(const std::string& what) {
  return what == "all" || what == "host";
}

void writeHostDump(const Session& session, const std::vector<AdcTrim>& trims, int images,
                   const std::vector<std::int64_t>& outputs, const std::string& folder) {
  Recorder recorder;
  HostSequence sequence(
      makeChipImage(session.program, trims, session.hardware, session.options().seed, 0), session.hardware,
      [&](std::uint64_t address, void* data, std::size_t size) { recorder.write(address, data, size); });
  sequence.load();
  const std::string load = std::exchange(recorder.registers, {});
  const int loadWrites = std::exchange(recorder.writes, 0);
  sequence.configure(static_cast<std::size_t>(images));
  const std::vector<std::uint8_t> memory = recorder.memory;
  std::vector<std::uint8_t> inputs, expected;
  const auto classes = static_cast<std::size_t>(session.classes());
  for (std::size_t i = 0; i < static_cast<std::size_t>(images); ++i) {
    const std::vector<std::uint8_t> in = sequence.encode(session.codes[i]);
    const std::vector<std::uint8_t> out = resultBytes(sequence.image(), outputs.data() + i * classes);
    inputs.insert(inputs.end(), in.begin(), in.end());
    expected.insert(expected.end(), out.begin(), out.end());
  }
  const std::string at = folder + "/dump/host";
  prepareOutputFolder(at);
  writeWhole(at + "/memory.mem", memText(memory, 8));
  writeWhole(at + "/load.mem", load);
  writeWhole(at + "/run.mem", recorder.registers);
  writeWhole(at + "/images.mem", memText(inputs, 1));
  writeWhole(at + "/expected.mem", memText(expected, 1));
  writeWhole(at + "/testbench.svh",
             fmt::format("// Sizes of the vectors beside this file (written by crosstile run --dump).\n"
                         "localparam int MEMORY_WORDS = {};  // of 64 bits, from the base of host memory on\n"
                         "localparam int LOAD_WRITES = {};  // registers that load the chip\n"
                         "localparam int RUN_WRITES = {};  // registers that say where inputs and results go\n"
                         "localparam int IMAGES = {};\n"
                         "localparam int IMAGE_BYTES = {};\n"
                         "localparam int IMAGES_AT = {};  // first free place in host memory, bytes\n"
                         "localparam int OUTPUT_BYTES = {};\n"
                         "localparam int OUTPUT_CODE_BYTES = {};\n"
                         "localparam int RESULTS_AT = {};  // in host memory, bytes\n",
                         memory.size() / 8, loadWrites, recorder.writes, images, sequence.image().inputBytes,
                         sequence.memoryUsed(), sequence.image().resultBytes, sequence.image().outputBytesPerCode,
                         sequence.resultAddress()));
}

}  // namespace crosstile::app
