// SPDX-License-Identifier: Apache-2.0
// Work in child processes: forked, not executed anew, so that a start costs less than a millisecond, each with a SystemC
// kernel of its own; one that crashes or is killed takes nothing with it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace crosstile {

/// How a piece of work ended.
struct WorkerEnd {
  std::size_t id = 0;
  std::string error;  ///< empty: well; otherwise the one line that says why not
  int signal = 0;     ///< that ended it, if one did
  double wallS = 0.0;
};

/// The process must have one thread when work is started. Children end with it, however it ends (PR_SET_PDEATHSIG).
class WorkerPool {
 public:
  ~WorkerPool();  ///< kills what still runs
  /// Runs `work` in a child: its exceptions become WorkerEnd::error; what it prints on standard error is the error of a
  /// crash; standard output is dropped. @throws RunFailure when the system has no more processes
  void start(std::size_t id, const std::function<void()>& work);
  /// The next that has ended; none when the time is over first, or nothing runs.
  std::optional<WorkerEnd> wait(int milliseconds);
  std::size_t running() const { return children_.size(); }

 private:
  struct Child {
    std::size_t id;
    pid_t process;
    int pipe;  ///< its standard error
    double startedS;
    std::string said;
  };
  bool listen(Child& child);
  WorkerEnd reap(Child& child);
  std::vector<Child> children_;
};

}  // namespace crosstile
