// SPDX-License-Identifier: Apache-2.0
// NPY, NumPy's array file: magic, version, length of a header in Python's syntax, header, values.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>

#include "models/base/error.h"
#include "workloads/dataset/array_file.h"
#include "workloads/dataset/dataset.h"
#include "workloads/dataset/partial_file.h"

namespace crosstile {

namespace {

/// What follows 'key': in the header, without leading blanks. @throws BadInput when the key is missing
std::string_view headerValue(std::string_view header, std::string_view key, const std::string& path) {
  const std::string quoted = "'" + std::string(key) + "'";
  std::size_t at = header.find(quoted);
  if (at != std::string_view::npos) at = header.find(':', at + quoted.size());
  if (at != std::string_view::npos) at = header.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos) throw BadInput("{}: damaged NPY header: no {}", path, key);
  return header.substr(at);
}

std::vector<std::int64_t> parseShape(std::string_view text, const std::string& path) {
  const std::size_t close = text.find(')');
  if (text.empty() || text.front() != '(' || close == std::string_view::npos) {
    throw BadInput("{}: damaged NPY header: shape is no tuple", path);
  }
  std::vector<std::int64_t> shape;
  const char* at = text.data() + 1;
  const char* const end = text.data() + close;
  while (at != end) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::int64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc()) throw BadInput("{}: damaged NPY header: shape holds no integers", path);
    shape.push_back(value);
    at = next;
  }
  return shape;
}

NumberType parseType(std::string_view text, const std::string& path, bool& bigEndian) {
  static const std::map<std::string, NumberType, std::less<>> kTypes{
      {"u1", NumberType::u1}, {"b1", NumberType::u1}, {"i1", NumberType::i1}, {"u2", NumberType::u2},
      {"i2", NumberType::i2}, {"u4", NumberType::u4}, {"i4", NumberType::i4}, {"u8", NumberType::u8},
      {"i8", NumberType::i8}, {"f4", NumberType::f4}, {"f8", NumberType::f8}};
  const std::string_view given = text.size() >= 5 ? text.substr(1, 3) : std::string_view{};
  const auto found = given.empty() ? kTypes.end() : kTypes.find(given.substr(1));
  const bool quoted = text.size() >= 5 && text[4] == text[0] && (text[0] == '\'' || text[0] == '"');
  if (found == kTypes.end() || !quoted) {
    throw BadInput("{}: NPY type {}: allowed are 1 to 8 byte integers, f4 and f8", path,
                   text.substr(0, std::min<std::size_t>(text.find(','), 20)));
  }
  bigEndian = given.front() == '>';
  return found->second;
}

template <typename T>
constexpr const char* typeName() {
  if constexpr (std::is_same_v<T, float>) return "<f4";
  if constexpr (std::is_same_v<T, std::int64_t>) return "<i8";
  if constexpr (std::is_same_v<T, std::int32_t>) return "<i4";
  if constexpr (std::is_same_v<T, std::uint16_t>) return "<u2";
}

/// Magic, version 1.0 and a header padded so that the values begin at a multiple of 64 bytes.
std::string headerFor(const char* type, const std::vector<std::size_t>& shape) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type,
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr std::size_t kPrefix = 10;
  header.append((64 - (kPrefix + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xFFU);
  out += static_cast<char>(header.size() >> 8);
  return out + header;
}

}  // namespace

NumberArray readNpy(ByteReader& file, int limit) {
  const std::vector<unsigned char> prefix = file.read(8);
  const std::size_t lengthBytes = prefix[6] == 1 ? 2 : 4;
  if (prefix[6] < 1 || prefix[6] > 3)
    throw BadInput("{}: NPY version {}: allowed are 1 to 3", file.path(), prefix[6]);
  const std::vector<unsigned char> length = file.read(lengthBytes);
  std::size_t headerBytes = 0;
  for (std::size_t i = lengthBytes; i-- > 0;) headerBytes = headerBytes << 8 | length[i];
  if (headerBytes > 1 << 16) throw BadInput("{}: damaged NPY header: {} bytes", file.path(), headerBytes);
  const std::vector<unsigned char> raw = file.read(headerBytes);
  const std::string header(raw.begin(), raw.end());
  bool bigEndian = false;
  const NumberType type = parseType(headerValue(header, "descr", file.path()), file.path(), bigEndian);
  if (headerValue(header, "fortran_order", file.path()).substr(0, 5) != "False") {
    throw BadInput("{}: is in column-major order: save it with numpy.ascontiguousarray", file.path());
  }
  std::vector<std::int64_t> shape = parseShape(headerValue(header, "shape", file.path()), file.path());
  return readNumbers(file, std::move(shape), type, bigEndian, limit);
}

template <typename T>
void writeNpy(const std::string& path, const std::vector<std::size_t>& shape, const T* values) {
  std::size_t count = 1;
  for (const std::size_t d : shape) count *= d;
  const std::string header = headerFor(typeName<T>(), shape);
  PartialFile file(path);
  file.write(header);
  file.write(values, count * sizeof(T));
  file.commit();
}

template void writeNpy(const std::string&, const std::vector<std::size_t>&, const float*);
template void writeNpy(const std::string&, const std::vector<std::size_t>&, const std::int64_t*);
template void writeNpy(const std::string&, const std::vector<std::size_t>&, const std::int32_t*);
template void writeNpy(const std::string&, const std::vector<std::size_t>&, const std::uint16_t*);

}  // namespace crosstile
