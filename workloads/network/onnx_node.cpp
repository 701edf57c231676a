// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/onnx_node.h"

namespace crosstile {

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  if (text.size() > limit) out += "...";
  return out;
}

std::string dimensionsText(const std::vector<std::int64_t>& dims) {
  if (dims.empty()) return "scalar";
  return fmt::format("{}", fmt::join(dims, "x"));
}

OnnxNode::OnnxNode(const onnx::NodeProto& proto, std::string file, std::int64_t opset)
    : proto_(proto), file_(std::move(file)), opset_(opset) {
  name_ = proto.name();
  if (name_.empty()) name_ = proto.op_type() + (proto.output_size() > 0 ? "_" + proto.output(0) : "");
  name_ = printable(name_);
}

void OnnxNode::throwBadInput(const std::string& message) const {
  throw BadInput("{}: node \"{}\" ({}): {}", file_, name_, printable(type()), message);
}

const std::string& OnnxNode::input(int i) const {
  if (!hasInput(i)) fail("has no input {}", i);
  return proto_.input(i);
}

const std::string& OnnxNode::output() const {
  if (proto_.output_size() == 0 || proto_.output(0).empty()) fail("has no output");
  return proto_.output(0);
}

const onnx::AttributeProto* OnnxNode::find(std::string_view attribute) const {
  for (const onnx::AttributeProto& a : proto_.attribute()) {
    if (a.name() == attribute) return &a;
  }
  return nullptr;
}

const onnx::AttributeProto* OnnxNode::find(std::string_view attribute,
                                           onnx::AttributeProto::AttributeType type) const {
  const onnx::AttributeProto* a = find(attribute);
  if (a != nullptr && a->type() != type) fail("attribute {} is of the wrong type", attribute);
  return a;
}

std::int64_t OnnxNode::integer(std::string_view attribute, std::int64_t fallback) const {
  const onnx::AttributeProto* a = find(attribute, onnx::AttributeProto::INT);
  return a != nullptr ? a->i() : fallback;
}

float OnnxNode::number(std::string_view attribute, float fallback) const {
  const onnx::AttributeProto* a = find(attribute, onnx::AttributeProto::FLOAT);
  return a != nullptr ? a->f() : fallback;
}

std::string OnnxNode::text(std::string_view attribute, std::string_view fallback) const {
  const onnx::AttributeProto* a = find(attribute, onnx::AttributeProto::STRING);
  return a != nullptr ? a->s() : std::string(fallback);
}

std::vector<std::int64_t> OnnxNode::integers(std::string_view attribute) const {
  const onnx::AttributeProto* a = find(attribute, onnx::AttributeProto::INTS);
  if (a == nullptr) return {};
  return {a->ints().begin(), a->ints().end()};
}

std::vector<float> OnnxNode::numbers(std::string_view attribute) const {
  const onnx::AttributeProto* a = find(attribute, onnx::AttributeProto::FLOATS);
  if (a == nullptr) return {};
  return {a->floats().begin(), a->floats().end()};
}

const onnx::TensorProto* OnnxNode::tensor(std::string_view attribute) const {
  const onnx::AttributeProto* a = find(attribute, onnx::AttributeProto::TENSOR);
  return a != nullptr ? &a->t() : nullptr;
}

int OnnxNode::axis(std::int64_t value, std::size_t rank) const {
  const auto r = static_cast<std::int64_t>(rank);
  if (value < -r || value >= r) fail("axis {} of a tensor of {} dimensions", value, rank);
  return static_cast<int>(value < 0 ? value + r : value);
}

}  // namespace crosstile
