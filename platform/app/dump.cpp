// SPDX-License-Identifier: Apache-2.0
#include "platform/app/dump.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "models/base/error.h"
#include "platform/record/whole_file.h"

namespace crosstile::app {
namespace {

std::string fileName(const std::string& layer) {
  std::string name;
  for (const char c : layer) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (plain)
      name += c;
    else if (!name.empty())
      name += '_';
  }
  return name.empty() ? "layer" : name;
}

/// One value a line, two's complement in hexadecimal of `digits` digits.
template <typename T>
std::string readmemh(const std::vector<T>& values, int digits) {
  std::string text;
  const std::uint64_t mask = digits == 16 ? ~std::uint64_t{0} : (std::uint64_t{1} << (4 * digits)) - 1;
  for (const T value : values)
    text +=
        fmt::format("{:0{}x}\n", static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) & mask, digits);
  return text;
}

}  // namespace

ValueDump dumpRequest(const Session& session, const std::string& what) {
  ValueDump dump;
  if (what.empty() || what == "host") return dump;
  std::string known;
  for (std::size_t s = 0; s < session.program.stages.size(); ++s) {
    const Stage& stage = session.program.stages[s];
    if (stage.layer < 0) continue;
    if (what == "all" || what == stage.name || what == fileName(stage.name)) dump[static_cast<int>(s)];
    known += (known.empty() ? "" : ", ") + stage.name;
  }
  if (dump.empty()) throw BadInput("--dump {}: no such layer; there are {}, \"host\" and \"all\"", what, known);
  return dump;
}

void writeDump(const Session& session, const ValueEngine& engine, const ValueDump& dump,
               const std::string& folder) {
  std::set<std::string> taken;
  for (const auto& [s, values] : dump) {
    const Stage& stage = session.program.stages[static_cast<std::size_t>(s)];
    std::string name = fileName(stage.name);
    if (!taken.insert(name).second) name += fmt::format("_{}", s);  // "/a/b" beside "a_b"
    const std::string at = folder + "/dump/" + name;
    prepareOutputFolder(at);
    const auto positions = static_cast<std::size_t>(stage.input.positions());
    const auto planes = stage.planes.size();
    const auto arrays = engine.analog(s)->arrays().size();
    const auto columns = static_cast<std::size_t>(stage.blocks.front().physicalColumns);
    writeNpy(at + "/dac.npy", {positions, planes, static_cast<std::size_t>(stage.input.rows())},
             values.dac.data());
    writeNpy(at + "/adc.npy", {positions, arrays, planes, columns}, values.adc.data());
    writeNpy(at + "/sums.npy", {positions, static_cast<std::size_t>(stage.outputs)}, values.sums.data());
    writeWhole(at + "/dac.mem", readmemh(values.dac, 4));
    writeWhole(at + "/adc.mem", readmemh(values.adc, 8));
    writeWhole(at + "/sums.mem", readmemh(values.sums, 16));
  }
}

}  // namespace crosstile::app
