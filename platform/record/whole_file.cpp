// SPDX-License-Identifier: Apache-2.0
#include "platform/record/whole_file.h"

#include <filesystem>
#include <system_error>

#include "models/base/error.h"
#include "workloads/dataset/partial_file.h"

namespace crosstile {
namespace {

namespace fs = std::filesystem;

/// @throws BadInput when no file can be made in the folder
void probe(const std::string& folder) {
  // Never committed: the file goes away with the object.
  PartialFile((fs::path(folder) / "probe").string()).write("x");
}

/// The reason in an error's line "path: reason".
std::string reasonOf(const Error& error) {
  const std::string text = error.what();
  const std::size_t colon = text.rfind(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

}  // namespace

void prepareOutputFolder(const std::string& folder) {
  if (folder.empty()) throw BadInput("the output folder's name is empty");
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure && !fs::is_directory(folder)) failure = std::make_error_code(std::errc::not_a_directory);
  if (failure) throw BadInput("{}: can't make the output folder: {}", folder, failure.message());
  try {
    probe(folder);
  } catch (const BadInput& e) {
    throw BadInput("{}: can't write in the output folder: {}", folder, reasonOf(e));
  }
}

void checkOutputFile(const std::string& path) {
  const fs::path file(path);
  if (file.filename().empty()) throw BadInput("{}: names no file", path.empty() ? "\"\"" : path);
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code failure;
  if (!fs::is_directory(folder, failure))
    throw BadInput("{}: folder {} doesn't exist", path, folder.string());
  const fs::file_status status = fs::status(file, failure);
  if (fs::is_directory(status)) throw BadInput("{}: is a folder; a file's name is needed", path);
  if (fs::exists(status) && !fs::is_regular_file(status)) throw BadInput("{}: is not a plain file", path);
  try {
    probe(folder.string());
  } catch (const BadInput& e) {
    throw BadInput("{}: can't be written: {}", path, reasonOf(e));
  }
}

OutputFolder::OutputFolder(const std::string& folder) {
  std::error_code failure;
  for (fs::path at = fs::absolute(folder, failure).lexically_normal();
       !failure && !at.empty() && at != at.parent_path(); at = at.parent_path()) {
    if (at.filename().empty()) continue;  // a trailing slash
    if (fs::exists(at, failure)) break;
    made_.push_back(at.string());
  }
  // Removed in the order of the table from its end: parents first in, last out.
  for (auto folderMade = made_.rbegin(); folderMade != made_.rend(); ++folderMade) {
    onInterrupt_.push_back(std::make_unique<RemovedOnInterrupt>(*folderMade));
  }
  try {
    prepareOutputFolder(folder);
  } catch (const Error&) {
    removeEmpty();
    throw;
  }
}

OutputFolder::~OutputFolder() {
  removeEmpty();
}

void OutputFolder::removeEmpty() {
  for (const std::string& folder : made_) {
    std::error_code kept;  // one that holds results stays
    if (fs::is_directory(folder, kept)) fs::remove(folder, kept);
  }
}

void writeWhole(const std::string& path, std::string_view content) {
  try {
    PartialFile file(path);
    file.write(content);
    file.commit();
  } catch (const BadInput& e) {
    throw RunFailure("{}", e.what());  // not the user's mistake: the folder took files when the run began
  }
}

}  // namespace crosstile
