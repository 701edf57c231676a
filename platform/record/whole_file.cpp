// SPDX-License-Identifier: Apache-2.0
#include "platform/record/whole_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// Beside the target, so that the rename stays on one file system; per process, so that two runs don't meet.
std::string temporaryOf(const std::string& path) {
  return path + ".partial-" + std::to_string(::getpid());
}

/// Writes and closes; 0 or the errno of what failed.
int writeAll(const std::string& path, std::string_view content) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return errno;
  int failure = 0;
  if (std::fwrite(content.data(), 1, content.size(), file) != content.size()) failure = errno;
  if (std::fflush(file) != 0 && failure == 0) failure = errno;
  if (std::fclose(file) != 0 && failure == 0) failure = errno;
  return failure;
}

}  // namespace

void prepareOutputFolder(const std::string& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!failure && !std::filesystem::is_directory(folder)) {
    failure = std::make_error_code(std::errc::not_a_directory);
  }
  if (failure) throw BadInput("{}: can't make the output folder: {}", folder, failure.message());
  const std::string probe = temporaryOf((std::filesystem::path(folder) / "probe").string());
  if (const int error = writeAll(probe, "x")) {
    std::remove(probe.c_str());
    throw BadInput("{}: can't write in the output folder: {}", folder, std::strerror(error));
  }
  std::remove(probe.c_str());
}

void writeWhole(const std::string& path, std::string_view content) {
  const std::string temporary = temporaryOf(path);
  int failure = writeAll(temporary, content);
  if (failure == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
  if (failure != 0) {
    std::remove(temporary.c_str());
    throw RunFailure("{}: can't be written: {}", path, std::strerror(failure));
  }
}

}  // namespace crosstile
