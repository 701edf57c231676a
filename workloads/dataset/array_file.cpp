// SPDX-License-Identifier: Apache-2.0
#include "workloads/dataset/array_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "models/base/error.h"

namespace crosstile {

namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

template <typename T>
double decode(const unsigned char* bytes, bool bigEndian) {
  unsigned char ordered[sizeof(T)];
  std::memcpy(ordered, bytes, sizeof(T));
  if (bigEndian) std::reverse(ordered, ordered + sizeof(T));
  T value;
  std::memcpy(&value, ordered, sizeof(T));
  return static_cast<double>(value);
}

struct Decoder {
  std::size_t bytes;
  double (*decode)(const unsigned char*, bool);
};

Decoder decoderOf(NumberType type) {
  switch (type) {
    case NumberType::u1:
      return {1, decode<std::uint8_t>};
    case NumberType::i1:
      return {1, decode<std::int8_t>};
    case NumberType::u2:
      return {2, decode<std::uint16_t>};
    case NumberType::i2:
      return {2, decode<std::int16_t>};
    case NumberType::u4:
      return {4, decode<std::uint32_t>};
    case NumberType::i4:
      return {4, decode<std::int32_t>};
    case NumberType::u8:
      return {8, decode<std::uint64_t>};
    case NumberType::i8:
      return {8, decode<std::int64_t>};
    case NumberType::f4:
      return {4, decode<float>};
    case NumberType::f8:
      return {8, decode<double>};
  }
  throw RunFailure("number type {} has no decoder", static_cast<int>(type));
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Appends the comma-separated numbers of a line. @return how many
std::int64_t parseLine(std::string_view line, const std::string& path, int number,
                       std::vector<double>& values) {
  std::int64_t count = 0;
  for (;;) {
    const std::size_t comma = line.find(',');
    const std::string_view field = trimmed(line.substr(0, comma));
    double value = 0;
    const char* first = field.data() + (!field.empty() && field.front() == '+' ? 1 : 0);
    const auto [end, error] = std::from_chars(first, field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size()) {
      throw BadInput("{}:{}: \"{}\" is not a number", path, number, field.substr(0, 40));
    }
    values.push_back(value);
    ++count;
    if (comma == std::string_view::npos) return count;
    line.remove_prefix(comma + 1);
  }
}

bool looksLikeText(const std::string& start) {
  return !start.empty() && std::all_of(start.begin(), start.end(), [](char c) {
    return c == '\n' || c == '\r' || c == '\t' || (c >= 0x20 && c < 0x7F);
  });
}

}  // namespace

NumberArray readNumbers(ByteReader& file, std::vector<std::int64_t> dims, NumberType type, bool bigEndian,
                        int limit) {
  NumberArray array;
  array.dims = std::move(dims);
  if (array.dims.empty()) throw BadInput("{}: holds one number: a list is needed", file.path());
  if (limit > 0) array.dims[0] = std::min<std::int64_t>(array.dims[0], limit);
  std::int64_t count = 1;
  for (const std::int64_t d : array.dims) {
    if (d < 0 || d > kMaxElements || count * std::min<std::int64_t>(d, 1 << 20) > kMaxElements ||
        count * d > kMaxElements) {
      throw BadInput("{}: not a file of images or labels: its dimensions are {}", file.path(),
                     fmt::join(array.dims, "x"));
    }
    count *= d;
  }
  const Decoder decoder = decoderOf(type);
  const std::vector<unsigned char> bytes = file.read(static_cast<std::size_t>(count) * decoder.bytes);
  array.values.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = decoder.decode(bytes.data() + i * decoder.bytes, bigEndian);
  }
  return array;
}

NumberArray readIdx(ByteReader& file, int limit) {
  const std::vector<unsigned char> magic = file.read(4);
  NumberType type{};
  switch (magic[2]) {
    case 0x08:
      type = NumberType::u1;
      break;
    case 0x09:
      type = NumberType::i1;
      break;
    case 0x0B:
      type = NumberType::i2;
      break;
    case 0x0C:
      type = NumberType::i4;
      break;
    case 0x0D:
      type = NumberType::f4;
      break;
    case 0x0E:
      type = NumberType::f8;
      break;
    default:
      throw BadInput("{}: IDX type 0x{:02x}: allowed are 0x08, 0x09, 0x0b to 0x0e", file.path(), magic[2]);
  }
  std::vector<std::int64_t> dims;
  for (int i = 0; i < magic[3]; ++i) {
    dims.push_back(static_cast<std::int64_t>(decode<std::uint32_t>(file.read(4).data(), true)));
  }
  return readNumbers(file, std::move(dims), type, true, limit);
}

NumberArray readCsv(ByteReader& file, int limit) {
  const std::string text = file.readAll();
  NumberArray array;
  std::int64_t rows = 0, columns = 0;
  int number = 0;
  for (std::size_t start = 0; start < text.size() && (limit == 0 || rows < limit);) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trimmed(std::string_view(text).substr(start, end - start));
    start = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::int64_t count = parseLine(line, file.path(), number, array.values);
    if (rows > 0 && count != columns) {
      throw BadInput("{}:{}: {} values: the lines before have {}", file.path(), number, count, columns);
    }
    columns = count;
    ++rows;
  }
  array.dims = {rows, columns};
  return array;
}

NumberArray readArray(const std::string& path, int limit) {
  ByteReader file(path);
  const std::string start = file.peek(64);
  if (start.empty()) throw BadInput("{}: is empty", path);
  if (start.compare(0, 6, "\x93NUMPY") == 0) return readNpy(file, limit);
  if (start.size() >= 4 && start[0] == 0 && start[1] == 0 && start[3] > 0) return readIdx(file, limit);
  if (looksLikeText(start)) return readCsv(file, limit);
  throw BadInput("{}: not an IDX, NPY or CSV file", path);
}

}  // namespace crosstile
