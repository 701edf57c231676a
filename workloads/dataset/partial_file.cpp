// SPDX-License-Identifier: Apache-2.0
#include "workloads/dataset/partial_file.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// Paths in memory that is never freed: a signal may come at any instant, on any thread.
struct Slot {
  enum State : int { empty, filling, registered };
  std::atomic<int> state{empty};
  char path[PATH_MAX];
};
static_assert(std::atomic<int>::is_always_lock_free, "the table is read in a signal handler");

std::array<Slot, 64>& slots() {
  static std::array<Slot, 64> table;
  return table;
}

std::string absolute(const std::string& path) {
  std::error_code failure;
  const auto full = std::filesystem::absolute(path, failure);
  return failure ? path : full.string();
}

}  // namespace

RemovedOnInterrupt::RemovedOnInterrupt(const std::string& path) : slot_(-1) {
  const std::string full = absolute(path);
  if (full.size() >= PATH_MAX) return;  // no such file can be made
  for (std::size_t i = 0; i < slots().size() && slot_ < 0; ++i) {
    int expected = Slot::empty;
    Slot& slot = slots()[i];
    if (!slot.state.compare_exchange_strong(expected, Slot::filling)) continue;
    std::memcpy(slot.path, full.c_str(), full.size() + 1);
    slot.state = Slot::registered;
    slot_ = static_cast<int>(i);
  }
}

RemovedOnInterrupt::~RemovedOnInterrupt() {
  if (slot_ >= 0) slots()[static_cast<std::size_t>(slot_)].state = Slot::empty;
}

void RemovedOnInterrupt::removeAll() noexcept {
  for (std::size_t i = slots().size(); i-- > 0;) {
    const Slot& slot = slots()[i];
    if (slot.state != Slot::registered) continue;
    if (::unlink(slot.path) != 0) ::rmdir(slot.path);
  }
}

PartialFile::PartialFile(const std::string& target)
    : target_(target), temporary_(target + ".partial-" + std::to_string(::getpid())), removed_(temporary_) {
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (!file_) throw BadInput("{}: can't be written: {}", target, std::strerror(errno));
}

PartialFile::~PartialFile() {
  if (!file_) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
}

void PartialFile::write(const void* bytes, std::size_t count) {
  if (count > 0 && std::fwrite(bytes, 1, count, file_) != count && failure_ == 0) failure_ = errno;
}

void PartialFile::commit() {
  if (std::fflush(file_) != 0 && failure_ == 0) failure_ = errno;
  if (std::fclose(file_) != 0 && failure_ == 0) failure_ = errno;
  file_ = nullptr;
  if (failure_ == 0 && std::rename(temporary_.c_str(), target_.c_str()) != 0) failure_ = errno;
  if (failure_ == 0) return;
  std::remove(temporary_.c_str());
  throw RunFailure("{}: can't be written: {}", target_, std::strerror(failure_));
}

}  // namespace crosstile
