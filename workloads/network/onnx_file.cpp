// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/onnx_file.h"

#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "workloads/network/onnx_node.h"

namespace crosstile {

namespace {

constexpr std::int64_t kOldestOpset = 1;

std::string readBytes(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw BadInput("{}: is a folder, not an ONNX file", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw BadInput("{}: can't be opened: {}", path, std::strerror(errno));
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) throw BadInput("{}: can't be read", path);
  return bytes;
}

std::uint64_t fnv1a(const std::string& bytes) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

/// The first line of libonnx's message.
std::string firstLine(const char* what) {
  const std::string_view text(what);
  return printable(text.substr(0, text.find('\n')), 300);
}

/// Gives outputs without a shape some shape while it lives: the checker wants one, though inference can do
/// without.
class OutputShapes {
 public:
  explicit OutputShapes(onnx::ModelProto& model) {
    for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output()) {
      if (!output.type().has_tensor_type() || output.type().tensor_type().has_shape()) continue;
      added_.push_back(output.mutable_type()->mutable_tensor_type());
      added_.back()->mutable_shape();
    }
  }
  ~OutputShapes() {
    for (onnx::TypeProto::Tensor* type : added_) type->clear_shape();
  }
  OutputShapes(const OutputShapes&) = delete;
  OutputShapes& operator=(const OutputShapes&) = delete;

 private:
  std::vector<onnx::TypeProto::Tensor*> added_;
};

/// A finite number. @throws BadInput naming the metadata's key
float parseNumber(std::string_view text, const std::string& path, const std::string& key) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw BadInput("{}: metadata {} = \"{}\": must be a number", path, key, printable(text));
  }
  return value;
}

std::vector<float> parseNumbers(std::string_view text, const std::string& path, const std::string& key) {
  std::vector<float> numbers;
  for (;;) {
    const std::size_t comma = text.find(',');
    numbers.push_back(parseNumber(text.substr(0, comma), path, key));
    if (comma == std::string_view::npos) return numbers;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

OnnxFile readOnnx(const std::string& path) {
  const std::string bytes = readBytes(path);
  OnnxFile file;
  file.hash = fnv1a(bytes);
  const google::protobuf::LogSilencer quiet;  // what is wrong is said here, not on standard error
  if (bytes.empty() || !file.model.ParseFromString(bytes)) {
    throw BadInput("{}: not an ONNX model, or a truncated one ({} bytes)", path, bytes.size());
  }
  if (!file.model.has_graph() || file.model.graph().node_size() == 0) {
    throw BadInput("{}: not an ONNX model: it has no graph of nodes", path);
  }
  return file;
}

std::int64_t opsetOf(const onnx::ModelProto& model, const std::string& path) {
  for (const onnx::OperatorSetIdProto& set : model.opset_import()) {
    if (!set.domain().empty() && set.domain() != "ai.onnx") continue;
    if (set.version() < kOldestOpset) {
      throw BadInput("{}: opset {}: allowed are {} and later", path, set.version(), kOldestOpset);
    }
    return set.version();
  }
  throw BadInput("{}: does not say which ONNX operator set it uses", path);
}

void checkOnnx(onnx::ModelProto& model, const std::string& path) {
  // Files of a later format than libonnx knows: what they add (types, annotations) isn't used here, and what
  // is not supported is found operator by operator.
  if (model.ir_version() > onnx::IR_VERSION) model.set_ir_version(onnx::IR_VERSION);
  const google::protobuf::LogSilencer quiet;
  try {
    const OutputShapes shapes(model);
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    throw BadInput("{}: not a valid ONNX model: {}", path, firstLine(error.what()));
  }
  try {
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {true, 1, false});
  } catch (const std::exception& error) {
    throw BadInput("{}: its shapes can't be inferred: {}", path, firstLine(error.what()));
  }
}

void readPreprocessing(const onnx::ModelProto& model, const std::string& path, Network& network) {
  Preprocessing& p = network.preprocessing;
  for (const onnx::StringStringEntryProto& entry : model.metadata_props()) {
    const std::string& key = entry.key();
    if (key == "input_scale") {
      p.scale = parseNumber(entry.value(), path, key);
      if (p.scale == 0) throw BadInput("{}: metadata input_scale = 0: must not be 0", path);
    } else if (key == "input_mean") {
      p.mean = parseNumbers(entry.value(), path, key);
    } else if (key == "input_std") {
      p.std = parseNumbers(entry.value(), path, key);
      for (const float s : p.std) {
        if (!(s > 0))
          throw BadInput("{}: metadata input_std = \"{}\": must be above 0", path, printable(entry.value()));
      }
    } else {
      continue;
    }
    network.preprocessingFromFile = true;
  }
}

}  // namespace crosstile
