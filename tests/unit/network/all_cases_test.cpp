// SPDX-License-Identifier: Apache-2.0
// Every case of libonnx-testdata whose operators are all supported: it either gives the expected outputs or
// is refused in one line.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "models/base/error.h"
#include "onnx_support.h"
#include "workloads/network/onnx_operators.h"

namespace crosstile::test {
namespace {

namespace fs = std::filesystem;

const char* const kData = "/usr/share/libonnx-testdata/data";

/// Whether a case is one that the importer should say something of: known operators, one input and output of
/// floats.
bool concerns(const fs::path& folder) {
  onnx::ModelProto model;
  if (!fs::exists(folder / "model.onnx") ||
      !model.ParseFromString(readFile((folder / "model.onnx").string())))
    return false;
  const auto isFloat = [](const onnx::ValueInfoProto& v) {
    return v.type().tensor_type().elem_type() == onnx::TensorProto::FLOAT;
  };
  const onnx::GraphProto& graph = model.graph();
  if (graph.input_size() == 0 || graph.output_size() == 0) return false;
  if (!isFloat(graph.input(0)) || !isFloat(graph.output(0))) return false;
  return std::all_of(graph.node().begin(), graph.node().end(), [](const onnx::NodeProto& n) {
    return n.domain().empty() && findOperator(n.op_type()) != nullptr;
  });
}

bool matches(const CaseResult& result) {
  return std::equal(result.computed.begin(), result.computed.end(), result.expected.begin(),
                    result.expected.end(),
                    [](float a, float b) { return std::abs(a - b) <= 1e-5F * std::max(1.0F, std::abs(b)); });
}

TEST(LibonnxCases, everySupportedOneMatchesOrIsRefused) {
  if (!fs::exists(kData)) GTEST_SKIP() << "libonnx-testdata is not installed";
  int matched = 0;
  std::map<std::string, std::string> refused;
  std::set<std::string> wrong;
  for (const char* group : {"node", "pytorch-converted", "pytorch-operator", "simple"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(kData) / group)) {
      if (!concerns(entry.path())) continue;
      const std::string name = std::string(group) + "/" + entry.path().filename().string();
      try {
        matches(runCase(entry.path().string())) ? void(++matched) : void(wrong.insert(name));
      } catch (const BadInput& error) {
        refused[name] = error.what();
      }
    }
  }
  for (const auto& [name, message] : refused) {
    EXPECT_EQ(message.find('\n'), std::string::npos) << name;
    EXPECT_THAT(message, testing::HasSubstr("model.onnx: ")) << name;
  }
  std::printf("libonnx-testdata: %d cases match, %zu are refused\n", matched, refused.size());
  EXPECT_THAT(wrong, testing::IsEmpty());
  EXPECT_GE(matched, 119);
}

}  // namespace
}  // namespace crosstile::test
