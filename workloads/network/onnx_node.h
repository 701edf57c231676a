// SPDX-License-Identifier: Apache-2.0
// One node of an ONNX graph: typed access to its attributes, and errors that name it.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"

namespace crosstile {

/// Text from a file as it may stand in a one-line message: control characters replaced, at most `limit`
/// bytes.
std::string printable(std::string_view text, std::size_t limit = 80);
/// "1x28x28".
std::string dimensionsText(const std::vector<std::int64_t>& dims);

class OnnxNode {
 public:
  /// @param proto  outlives this  @param opset  version of the default operator set that the model uses
  OnnxNode(const onnx::NodeProto& proto, std::string file, std::int64_t opset);

  const std::string& type() const { return proto_.op_type(); }
  /// The node's name or, unnamed, its operator and first output.
  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }
  std::int64_t opset() const { return opset_; }

  int inputCount() const { return proto_.input_size(); }
  bool hasInput(int i) const { return i < proto_.input_size() && !proto_.input(i).empty(); }
  /// @throws BadInput when the node has no such input
  const std::string& input(int i) const;
  const std::string& output() const;

  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  /// Attributes by type, `fallback` (or nothing) when absent. @throws BadInput when of another type
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  float number(std::string_view attribute, float fallback) const;
  std::string text(std::string_view attribute, std::string_view fallback) const;
  std::vector<std::int64_t> integers(std::string_view attribute) const;
  std::vector<float> numbers(std::string_view attribute) const;
  const onnx::TensorProto* tensor(std::string_view attribute) const;

  /// Throws BadInput: file, node, operator, then the message.
  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    throwBadInput(fmt::format(format, std::forward<Args>(args)...));
  }
  /// An axis of a tensor of `rank` dimensions, negative ones counted from the end. @throws BadInput when
  /// outside
  int axis(std::int64_t value, std::size_t rank) const;

 private:
  const onnx::AttributeProto* find(std::string_view attribute) const;
  const onnx::AttributeProto* find(std::string_view attribute,
                                   onnx::AttributeProto::AttributeType type) const;
  [[noreturn]] void throwBadInput(const std::string& message) const;

  const onnx::NodeProto& proto_;
  std::string file_;
  std::string name_;
  std::int64_t opset_;
};

}  // namespace crosstile
