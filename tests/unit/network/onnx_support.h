// SPDX-License-Identifier: Apache-2.0
// ONNX models for tests: built node by node, and operator cases in ONNX's own test format
// (model.onnx, test_data_set_0/input_0.pb and output_0.pb).
#pragma once

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#ifndef ONNX_NAMESPACE
#define ONNX_NAMESPACE onnx
#endif
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "workloads/network/network.h"

namespace crosstile::test {

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

 private:
  std::filesystem::path path_;
};

std::string readFile(const std::string& path);

/// Builds a model that reads "x" and gives "y".
class ModelBuilder {
 public:
  using Attributes = std::vector<std::pair<std::string, onnx::AttributeProto>>;

  /// @param inputDims  of "x"; 0 is an open dimension
  explicit ModelBuilder(const std::vector<std::int64_t>& inputDims, int opset = 13);

  ModelBuilder& floats(const std::string& name, const std::vector<std::int64_t>& dims,
                       const std::vector<float>& values);
  ModelBuilder& integers(const std::string& name, const std::vector<std::int64_t>& values);
  /// An initialiser of that shape with values -1 to 1 that depend on its name.
  ModelBuilder& random(const std::string& name, const std::vector<std::int64_t>& dims);
  /// A node named like its output.
  ModelBuilder& node(const std::string& type, const std::vector<std::string>& inputs,
                     const std::string& output, const Attributes& attributes = {});
  ModelBuilder& metadata(const std::string& key, const std::string& value);

  onnx::ModelProto& proto() { return model_; }
  std::string bytes() const { return model_.SerializeAsString(); }
  /// Saves and imports. @throws what importOnnx does
  Network import() const;

 private:
  onnx::ModelProto model_;
};

onnx::AttributeProto attribute(std::int64_t value);
onnx::AttributeProto attribute(float value);
onnx::AttributeProto attribute(const char* value);
onnx::AttributeProto attribute(const std::vector<std::int64_t>& values);

/// The kinds of a network's layers, in order.
std::vector<LayerKind> kinds(const Network& network);
/// Expects the float reference to give `expected` for `input`, to 1e-5.
void expectOutput(const Network& network, const std::vector<float>& input,
                  const std::vector<float>& expected);

/// Values -1 to 1 that depend on `seed`.
std::vector<float> randomValues(std::size_t count, unsigned seed);

/// The one line of the BadInput that importing gives, "" when it succeeds. Anything else thrown passes
/// through.
std::string importError(const std::string& path);
std::string importError(const ModelBuilder& builder);

/// The message that importing must give, and the float reference's outputs, for a case in ONNX's test format.
/// Graph inputs but the first become initialisers; the network runs image by image.
struct CaseResult {
  std::vector<float> expected;
  std::vector<float> computed;
  Network network;
};
/// @param model  path of the model when it isn't in the folder
CaseResult runCase(const std::string& folder, const std::string& model = "");

}  // namespace crosstile::test
