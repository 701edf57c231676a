// SPDX-License-Identifier: Apache-2.0
// Files that are written whole or not at all, and the folder they go to.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crosstile {

class RemovedOnInterrupt;

/// Makes the folder (and its parents) and makes sure that files can be written in it; called before a run
/// starts.
/// @throws BadInput naming the folder and the reason
void prepareOutputFolder(const std::string& folder);

/// Makes sure that a file can be written under that name; called before a run starts. The folder must exist,
/// and what is there already must be a plain file: it is going to be replaced.
/// @throws BadInput naming the file and the reason
void checkOutputFile(const std::string& path);

/// The folder of a run's results. Folders that it made and that are still empty in the end, because the run
/// was refused, failed or was interrupted, are removed again.
class OutputFolder {
 public:
  /// @throws BadInput as prepareOutputFolder
  explicit OutputFolder(const std::string& folder);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  void removeEmpty();
  std::vector<std::string> made_;  ///< from the innermost
  std::vector<std::unique_ptr<RemovedOnInterrupt>> onInterrupt_;
};

/// Writes `content` to a temporary file beside `path`, then renames it to `path`: readers see the old file or
/// the new one. @throws RunFailure naming the file and the reason (disk full, ...); the temporary file is
/// removed
void writeWhole(const std::string& path, std::string_view content);

}  // namespace crosstile
