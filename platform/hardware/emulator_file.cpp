// SPDX-License-Identifier: Apache-2.0
#include "platform/hardware/emulator_file.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/error.h"
#include "models/crossbar/residual_sums.h"

namespace crosstile {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kMagic = "crosstile-emulator 1";
constexpr int kLargestSide = 65535;

/// Calls fn(offset, count) for the unpadded rows of a network's parameters, in order.
template <typename Function>
void forEachRow(const TwoLayerNetwork& n, Function fn) {
  const TwoLayerNetwork::Shape& s = n.shape();
  const std::size_t first = s.matrixInputs + s.inputs + 1;  // with the hidden bias
  for (std::size_t r = 0; r < first; ++r) fn(r * n.hiddenStride(), s.hidden);
  for (std::size_t r = 0; r < s.hidden + 1; ++r) fn(n.outputWeights() + r * n.outputStride(), s.outputs);
}

TwoLayerNetwork::Shape shapeOf(EmulatorKind kind, const EmulatorTechnology& t, std::size_t hidden) {
  const auto rows = static_cast<std::size_t>(t.rows), columns = static_cast<std::size_t>(t.columns);
  if (kind == EmulatorKind::geniex) return {rows * columns, rows, hidden, columns};
  return {0, ResidualSums::kFeatures, hidden, 1};
}

EmulatorTechnology technologyOf(const Json& json) {
  EmulatorTechnology t;
  const auto number = [&](const char* key, double low) {
    const double x = json.at(key).get<double>();
    if (!std::isfinite(x) || x < low) throw BadInput("technology.{} = {}", key, x);
    return x;
  };
  const auto side = [&](const char* key, int low) {
    const int n = json.at(key).get<int>();
    if (n < low || n > kLargestSide) throw BadInput("technology.{} = {}", key, n);
    return n;
  };
  t.rows = side("rows", 1);
  t.columns = side("columns", 1);
  t.referenceColumn = side("reference_column", -1);
  if (t.referenceColumn >= t.columns) throw BadInput("technology.reference_column = {}", t.referenceColumn);
  t.voltage = number("v_max", 1e-9);
  t.wires = {number("r_word", 0.0), number("r_bit", 0.0), number("r_source", 0.0), number("r_sink", 0.0)};
  t.device.law = json.at("law").get<std::string>();
  t.device.gOff = Siemens{number("g_off", 0.0)};
  t.device.gOn = Siemens{number("g_on", 1e-18)};
  if (!(t.device.gOn.value > t.device.gOff.value)) throw BadInput("technology.g_on is not above g_off");
  t.device.sinhB = number("sinh_b", 0.0);
  t.device.pfSlope = json.at("pf_slope").get<std::array<double, 2>>();
  t.device.pfIntercept = json.at("pf_intercept").get<std::array<double, 2>>();
  t.device.temperature = Kelvin{number("temperature", 1e-3)};
  makeDeviceLaw(t.device);
  return t;
}

/// The header, and where the parameters start.
struct Parts {
  Json header;
  std::string bytes;
  std::size_t payload = 0;
};

Parts split(const std::string& path) {
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, ignored)) throw BadInput("{}: can't be read", path);
  std::ostringstream text;
  text << file.rdbuf();
  Parts parts;
  parts.bytes = text.str();
  const std::size_t first = parts.bytes.find('\n');
  const std::size_t second = first == std::string::npos ? first : parts.bytes.find('\n', first + 1);
  if (second == std::string::npos || parts.bytes.compare(0, first, kMagic) != 0)
    throw BadInput("{}: not an emulator (its first line must be \"{}\")", path, kMagic);
  parts.header = Json::parse(parts.bytes.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                             parts.bytes.begin() + static_cast<std::ptrdiff_t>(second), nullptr, false);
  if (!parts.header.is_object()) throw BadInput("{}: line 2 is not a JSON object", path);
  parts.payload = second + 1;
  return parts;
}

std::shared_ptr<const Emulator> parse(const Parts& parts) {
  auto emulator = std::make_shared<Emulator>();
  emulator->kind = emulatorKind(parts.header.at("kind").get<std::string>());
  emulator->technology = technologyOf(parts.header.at("technology"));
  const int hidden = parts.header.at("hidden").get<int>();
  if (hidden < 1 || hidden > kLargestSide) throw BadInput("hidden = {}", hidden);
  const auto shape = shapeOf(emulator->kind, emulator->technology, static_cast<std::size_t>(hidden));
  const std::size_t rows = shape.matrixInputs + shape.inputs + 1;
  const std::size_t values = rows * shape.hidden + (shape.hidden + 1) * shape.outputs;
  if (parts.bytes.size() - parts.payload != values * sizeof(float)) {
    throw BadInput("{} bytes of parameters: must be {}", parts.bytes.size() - parts.payload,
                   values * sizeof(float));
  }
  emulator->network = TwoLayerNetwork(shape);
  const char* from = parts.bytes.data() + parts.payload;
  forEachRow(emulator->network, [&](std::size_t offset, std::size_t count) {
    std::memcpy(emulator->network.at(offset), from, count * sizeof(float));
    from += count * sizeof(float);
  });
  for (const float p : emulator->network.parameters()) {
    if (!std::isfinite(p)) throw BadInput("a parameter is not a finite number");
  }
  return emulator;
}

}  // namespace

nlohmann::ordered_json technologyJson(const EmulatorTechnology& t) {
  return {{"rows", t.rows},
          {"columns", t.columns},
          {"reference_column", t.referenceColumn},
          {"v_max", t.voltage},
          {"r_word", t.wires.rWord},
          {"r_bit", t.wires.rBit},
          {"r_source", t.wires.rSource},
          {"r_sink", t.wires.rSink},
          {"law", t.device.law},
          {"g_off", t.device.gOff.value},
          {"g_on", t.device.gOn.value},
          {"sinh_b", t.device.sinhB},
          {"pf_slope", t.device.pfSlope},
          {"pf_intercept", t.device.pfIntercept},
          {"temperature", t.device.temperature.value}};
}

std::string emulatorBytes(const Emulator& emulator, const nlohmann::ordered_json& provenance) {
  const Json header{{"kind", std::string(nameOf(emulator.kind))},
                    {"technology", technologyJson(emulator.technology)},
                    {"hidden", emulator.network.shape().hidden},
                    {"provenance", provenance}};
  std::string bytes = std::string(kMagic) + '\n' + header.dump() + '\n';
  forEachRow(emulator.network, [&](std::size_t offset, std::size_t count) {
    bytes.append(reinterpret_cast<const char*>(emulator.network.at(offset)), count * sizeof(float));
  });
  return bytes;
}

std::shared_ptr<const Emulator> readEmulator(const std::string& path) {
  const Parts parts = split(path);
  try {
    return parse(parts);
  } catch (const BadInput& e) {
    throw BadInput("{}: {}", path, e.what());
  } catch (const nlohmann::json::exception& e) {
    throw BadInput("{}: line 2: {}", path, e.what());
  }
}

nlohmann::ordered_json readEmulatorHeader(const std::string& path) {
  return split(path).header;
}

}  // namespace crosstile
