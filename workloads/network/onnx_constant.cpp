// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/onnx_constant.h"

#include <cstring>
#include <limits>

namespace crosstile {

namespace {

using onnx::TensorProto;

constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;

/// IEEE half precision to single.
float halfToFloat(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = half >> 10 & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  float magnitude = 0;
  if (exponent == 31) {
    magnitude =
        fraction != 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    magnitude = static_cast<float>(fraction) * 0x1p-24F;
  } else {
    const std::uint32_t bits = (exponent + 112) << 23 | fraction << 13;
    std::memcpy(&magnitude, &bits, sizeof bits);
  }
  return sign != 0 ? -magnitude : magnitude;
}

float bfloatToFloat(std::uint16_t value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof bits);
  return result;
}

/// The `count` values of type Stored that a tensor holds, raw (little-endian) or in the field for its type.
template <typename Stored, typename Out, typename Field, typename Convert>
void readValues(const TensorProto& tensor, const Field& field, std::size_t count, const std::string& where,
                std::vector<Out>& out, Convert convert) {
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    if (raw.size() != count * sizeof(Stored)) {
      throw BadInput("{}: holds {} bytes, {} expected", where, raw.size(), count * sizeof(Stored));
    }
    out.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      Stored value;
      std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));
      out[i] = convert(value);
    }
    return;
  }
  if (static_cast<std::size_t>(field.size()) != count) {
    throw BadInput("{}: holds {} values, {} expected", where, field.size(), count);
  }
  out.reserve(count);
  for (const auto value : field) out.push_back(convert(static_cast<Stored>(value)));
}

template <typename Stored>
void readIntegers(const TensorProto& tensor, std::size_t count, const std::string& where,
                  Constant& constant) {
  constant.isFloat = false;
  const auto convert = [](Stored v) { return static_cast<std::int64_t>(v); };
  if constexpr (std::is_same_v<Stored, std::int64_t>) {
    readValues<Stored>(tensor, tensor.int64_data(), count, where, constant.integers, convert);
  } else if constexpr (std::is_same_v<Stored, std::uint32_t>) {
    readValues<Stored>(tensor, tensor.uint64_data(), count, where, constant.integers, convert);
  } else {
    readValues<Stored>(tensor, tensor.int32_data(), count, where, constant.integers, convert);
  }
}

}  // namespace

std::vector<float> Constant::asFloats() const {
  if (isFloat) return floats;
  return {integers.begin(), integers.end()};
}

std::int64_t checkedCount(const std::vector<std::int64_t>& dims, const std::string& where) {
  std::int64_t count = 1;
  for (const std::int64_t d : dims) {
    if (d < 0) throw BadInput("{}: has a negative dimension ({})", where, d);
    if (d > kMaxElements || count * d > kMaxElements) {
      throw BadInput("{}: a tensor of {} is too large", where, dimensionsText(dims));
    }
    count *= d;
  }
  return count;
}

Constant readTensor(const TensorProto& tensor, const std::string& where) {
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    throw BadInput("{}: its data are in another file; save the model as a single file", where);
  }
  if (tensor.has_segment()) throw BadInput("{}: is split into segments: not supported", where);
  Constant constant;
  constant.dims.assign(tensor.dims().begin(), tensor.dims().end());
  const auto count = static_cast<std::size_t>(checkedCount(constant.dims, where));
  const auto narrow = [](auto v) { return static_cast<float>(v); };
  switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      readValues<float>(tensor, tensor.float_data(), count, where, constant.floats, narrow);
      break;
    case TensorProto::DOUBLE:
      readValues<double>(tensor, tensor.double_data(), count, where, constant.floats, narrow);
      break;
    case TensorProto::FLOAT16:
      readValues<std::uint16_t>(tensor, tensor.int32_data(), count, where, constant.floats, halfToFloat);
      break;
    case TensorProto::BFLOAT16:
      readValues<std::uint16_t>(tensor, tensor.int32_data(), count, where, constant.floats, bfloatToFloat);
      break;
    case TensorProto::INT64:
      readIntegers<std::int64_t>(tensor, count, where, constant);
      break;
    case TensorProto::UINT32:
      readIntegers<std::uint32_t>(tensor, count, where, constant);
      break;
    case TensorProto::INT32:
      readIntegers<std::int32_t>(tensor, count, where, constant);
      break;
    case TensorProto::INT16:
      readIntegers<std::int16_t>(tensor, count, where, constant);
      break;
    case TensorProto::UINT16:
      readIntegers<std::uint16_t>(tensor, count, where, constant);
      break;
    case TensorProto::INT8:
      readIntegers<std::int8_t>(tensor, count, where, constant);
      break;
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      readIntegers<std::uint8_t>(tensor, count, where, constant);
      break;
    default:
      throw BadInput("{}: ONNX data type {} is not supported: allowed are floating-point and integer types",
                     where, tensor.data_type());
  }
  return constant;
}

const std::vector<std::int64_t>& integersOf(const OnnxNode& node, const Constant& constant,
                                            const char* what) {
  if (constant.isFloat) node.fail("{} must be integers", what);
  return constant.integers;
}

}  // namespace crosstile
