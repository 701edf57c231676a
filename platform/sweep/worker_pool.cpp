// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/worker_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr std::size_t kMostSaid = 4096;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void say(const char* text) {
  (void)!::write(STDERR_FILENO, text, std::strlen(text));
}

/// The child's life; never returns, and runs no destructor or handler that is the parent's.
[[noreturn]] void live(const std::function<void()>& work, int pipe, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it ended before that
  ::dup2(pipe, STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDOUT_FILENO);
  int code = 0;
  try {
    work();
  } catch (const std::bad_alloc&) {
    say("out of memory");
    code = 1;
  } catch (const std::exception& e) {
    say(e.what());
    code = 1;
  }
  ::_exit(code);
}

/// The last line of what a child said.
std::string lastLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const std::size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

}  // namespace

WorkerPool::~WorkerPool() {
  for (Child& child : children_) ::kill(child.process, SIGKILL);
  for (Child& child : children_) reap(child);
}

void WorkerPool::start(std::size_t id, const std::function<void()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw RunFailure("can't start a worker: {}", std::strerror(errno));
  std::fflush(nullptr);  // or the child would have it too
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process == 0) {
    ::close(ends[0]);
    live(work, ends[1], parent);
  }
  ::close(ends[1]);
  if (process < 0) {
    ::close(ends[0]);
    throw RunFailure("can't start a worker: {}", std::strerror(errno));
  }
  children_.push_back({id, process, ends[0], now(), {}});
}

std::optional<WorkerEnd> WorkerPool::wait(int milliseconds) {
  const double until = now() + milliseconds * 1e-3;
  while (!children_.empty()) {
    std::vector<pollfd> polls;
    for (const Child& child : children_) polls.push_back({child.pipe, POLLIN, 0});
    const int left = static_cast<int>((until - now()) * 1e3);
    const int ready = ::poll(polls.data(), polls.size(), left > 0 ? left : 0);
    if (ready < 0 && errno != EINTR) throw RunFailure("can't wait for workers: {}", std::strerror(errno));
    for (std::size_t i = 0; ready > 0 && i < polls.size(); ++i) {
      if (polls[i].revents == 0 || listen(children_[i])) continue;
      const WorkerEnd end = reap(children_[i]);
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
      return end;
    }
    if (ready <= 0 && now() >= until) break;
  }
  return std::nullopt;
}

/// False at the end of what the child has to say, which is the end of the child.
bool WorkerPool::listen(Child& child) {
  char block[1024];
  const ssize_t count = ::read(child.pipe, block, sizeof block);
  if (count < 0) return errno == EINTR;
  if (count == 0) return false;
  child.said.append(block, static_cast<std::size_t>(count));
  if (child.said.size() > kMostSaid) child.said.erase(0, child.said.size() - kMostSaid);
  return true;
}

WorkerEnd WorkerPool::reap(Child& child) {
  ::close(child.pipe);
  int status = 0;
  while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  WorkerEnd end;
  end.id = child.id;
  end.wallS = now() - child.startedS;
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (WIFEXITED(status) && WEXITSTATUS(status) > 128) end.signal = WEXITSTATUS(status) - 128;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return end;
  end.error = lastLine(child.said);
  if (end.signal != 0) {
    const std::string how = fmt::format("ended by signal {} ({})", end.signal, ::strsignal(end.signal));
    end.error = end.error.empty() ? how : how + ": " + end.error;
  } else if (end.error.empty()) {
    end.error = fmt::format("ended with exit code {} without a word", WEXITSTATUS(status));
  }
  return end;
}

}  // namespace crosstile
