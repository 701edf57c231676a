// SPDX-License-Identifier: Apache-2.0
#include "workloads/dataset/byte_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "models/base/error.h"

namespace crosstile {

namespace {
constexpr std::size_t kChunk = std::size_t{1} << 20;
}

ByteReader::ByteReader(std::string path) : path_(std::move(path)) {
  std::error_code error;
  if (std::filesystem::is_directory(path_, error)) throw BadInput("{}: is a folder, not a file", path_);
  errno = 0;
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (!file_)
    throw BadInput("{}: can't be opened: {}", path_, errno != 0 ? std::strerror(errno) : "out of memory");
  gzbuffer(file_.get(), 1 << 17);
}

std::size_t ByteReader::fill(std::size_t count) {
  const std::size_t before = ahead_.size();
  ahead_.resize(before + count);
  const int got = gzread(file_.get(), ahead_.data() + before, static_cast<unsigned>(count));
  int code = Z_OK;
  const char* message = gzerror(file_.get(), &code);
  if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    if (code == Z_BUF_ERROR) throw BadInput("{}: truncated: its gzip stream ends early", path_);
    throw BadInput("{}: can't be read: {}", path_, code == Z_ERRNO ? std::strerror(errno) : message);
  }
  ahead_.resize(before + got);
  return static_cast<std::size_t>(got);
}

std::string ByteReader::peek(std::size_t count) {
  while (ahead_.size() < count && fill(count - ahead_.size()) > 0) {
  }
  return ahead_.substr(0, count);
}

std::vector<unsigned char> ByteReader::read(std::size_t count) {
  // Chunk by chunk: a header that promises more than the file holds must not make us reserve it.
  std::vector<unsigned char> bytes;
  while (bytes.size() < count) {
    if (ahead_.empty() && fill(std::min(kChunk, count - bytes.size())) == 0) {
      throw BadInput("{}: truncated: {} of {} bytes missing", path_, count - bytes.size(), count);
    }
    const std::size_t taken = std::min(ahead_.size(), count - bytes.size());
    bytes.insert(bytes.end(), ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(taken));
    ahead_.erase(0, taken);
  }
  return bytes;
}

std::string ByteReader::readAll() {
  while (fill(kChunk) > 0) {
  }
  return std::move(ahead_);
}

}  // namespace crosstile
