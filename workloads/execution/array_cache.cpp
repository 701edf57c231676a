// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/array_cache.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "models/base/content_hash.h"
#include "models/base/error.h"
#include "models/base/version.h"
#include "workloads/dataset/partial_file.h"

namespace crosstile {
namespace {

/// Of the file format and of what the numbers mean; a change of either is a new version.
constexpr std::string_view kMagic = "crosstile array 1\n";
constexpr std::size_t kHashDigits = 32;

/// The members of a file, in order, written by one visitor and read by another: they can't fall apart.
template <typename Visitor, typename Table>
void visitTable(Visitor& visit, Table& table) {
  visit(table.rows);
  visit(table.columns);
  visit(table.stride);
  visit(table.terms);
  visit(table.current);
  visit(table.variance);
  visit(table.columnVariance);
  visit(table.rowEnergy);
  visit.lists(table.digits);
}

template <typename Visitor, typename Array>
void visitArray(Visitor& visit, Array& array) {
  visit(array.rows);
  visit(array.columns);
  visit(array.conductance);
  visit(array.cellParameters);
  visit(array.pulses);
  visit(array.programmingTimeS);
  visit(array.programmingEnergyJ);
  visit(array.detail);
  visit(array.hash);
  visit(array.owner);
}

class Writer {
 public:
  template <typename T>
  void operator()(const T& value) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else {  // a vector of numbers
      (*this)(std::uint64_t{value.size()});
      bytes.append(reinterpret_cast<const char*>(value.data()), value.size() * sizeof(*value.data()));
    }
  }
  template <typename Lists>
  void lists(const Lists& all) {
    (*this)(std::uint64_t{all.size()});
    for (const auto& list : all) (*this)(list);
  }
  std::string bytes;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <typename T>
  void operator()(T& value) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      take(&value, sizeof value);
    } else {
      value.resize(count(sizeof(*value.data())));
      take(value.data(), value.size() * sizeof(*value.data()));
    }
  }
  template <typename Lists>
  void lists(Lists& all) {
    all.resize(count(1));
    for (auto& list : all) (*this)(list);
  }
  /// Was everything there, and nothing else?
  bool exact() const { return fine_ && left_.empty(); }

 private:
  std::size_t count(std::size_t itemBytes) {
    std::uint64_t n = 0;
    take(&n, sizeof n);
    fine_ = fine_ && n <= left_.size() / itemBytes;
    return fine_ ? static_cast<std::size_t>(n) : 0;
  }
  void take(void* to, std::size_t size) {
    fine_ = fine_ && size <= left_.size();
    if (!fine_ || size == 0) return;
    std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
  }
  std::string_view left_;
  bool fine_ = true;
};

std::string checksum(std::string_view bytes) {
  return ContentHash().bytes(bytes.data(), bytes.size()).hex();
}

std::string readAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  std::string bytes(static_cast<std::size_t>(std::max<std::streamoff>(0, in.tellg())), '\0');
  in.seekg(0);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return in ? bytes : std::string();
}

}  // namespace

ArrayCache::ArrayCache(std::string folder, Identity identity)
    : folder_(std::move(folder)), identity_(std::move(identity)) {
  std::error_code failure;
  std::filesystem::create_directories(folder_, failure);
  if (failure || !std::filesystem::is_directory(folder_, failure))
    throw BadInput("{}: can't make the folder of the cache{}{}", folder_, failure ? ": " : "",
                   failure ? failure.message() : "");
}

std::string ArrayCache::name(const std::string& identity, const ArrayBlock& block, const Levels& levels,
                             const StreamOwner& owner) {
  ContentHash hash;
  hash.text(kMagic).text(kVersion).text(identity).values(*levels);
  hash.value(owner.seed).value(owner.draw).value(owner.array).value(owner.replica).value(owner.epoch);
  hash.value(block.rowCount).value(block.offsetColumn).value(block.referenceColumn).value(block.physicalColumns);
  for (const ColumnCode& c : block.columns)
    hash.value(c.column).value(c.output).value(c.shift).value(c.sign).value(c.flipped);
  return hash.hex();
}

std::optional<SolvedArray> ArrayCache::load(const std::string& name, const DeviceConfig& device) const {
  const std::string file = readAll(folder_ + "/" + name);
  const std::string_view whole = file;
  if (whole.size() < kMagic.size() + kHashDigits || whole.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  const std::string_view content = whole.substr(kMagic.size(), whole.size() - kMagic.size() - kHashDigits);
  if (checksum(content) != whole.substr(whole.size() - kHashDigits)) return std::nullopt;
  Reader read(content);
  auto array = std::make_shared<ProgrammedArray>();
  SolvedArray solved;
  bool telegraph = false;
  visitArray(read, *array);
  visitTable(read, solved.table);
  read(telegraph);
  if (telegraph) visitTable(read, solved.telegraphCurrents.emplace());
  if (!read.exact()) return std::nullopt;
  array->law = makeDeviceLaw(device);
  solved.programmed = std::move(array);
  return solved;
}

void ArrayCache::save(const std::string& name, const SolvedArray& solved) const {
  Writer write;
  visitArray(write, *solved.programmed);
  visitTable(write, solved.table);
  write(solved.telegraphCurrents.has_value());
  if (solved.telegraphCurrents) visitTable(write, *solved.telegraphCurrents);
  try {
    PartialFile file(folder_ + "/" + name);
    file.write(kMagic);
    file.write(write.bytes);
    file.write(checksum(write.bytes));
    file.commit();
  } catch (const Error&) {
    // See the header: the run goes on without.
  }
}

}  // namespace crosstile
