// SPDX-License-Identifier: Apache-2.0
// A file in the making: nobody sees it under its own name before it is whole.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace crosstile {

/// Something on disk that goes away when the process is interrupted: a file in the making, or a folder that
/// is still empty. Holds a place in a fixed table that removeAll() can walk inside a signal handler.
class RemovedOnInterrupt {
 public:
  explicit RemovedOnInterrupt(const std::string& path);
  ~RemovedOnInterrupt();  ///< forgets the path, touches nothing on disk
  RemovedOnInterrupt(const RemovedOnInterrupt&) = delete;
  RemovedOnInterrupt& operator=(const RemovedOnInterrupt&) = delete;

  /// Removes everything registered, the last first. Calls nothing that isn't async-signal-safe; the process
  /// is to end afterwards.
  static void removeAll() noexcept;

 private:
  int slot_;
};

/// Written beside its target under a name of this process, and renamed to it by commit(). Dropped by the
/// destructor, so that an exception leaves nothing, and by an interrupt.
class PartialFile {
 public:
  /// @throws BadInput naming the target and the reason when the file can't be made
  explicit PartialFile(const std::string& target);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// A failure to write is reported by commit().
  void write(const void* bytes, std::size_t count);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Gives the file its name: readers see the old file or the new one.
  /// @throws RunFailure naming the target and the reason (disk full, ...)
  void commit();

 private:
  std::string target_, temporary_;
  RemovedOnInterrupt removed_;
  std::FILE* file_ = nullptr;
  int failure_ = 0;  ///< errno of the first write that failed
};

}  // namespace crosstile
