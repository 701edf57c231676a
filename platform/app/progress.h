// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: one line that renews itself, with rate and time left, when it is a terminal.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace crosstile::app {

class Progress {
 public:
  Progress(std::string what, int total, bool quiet)
      : what_(std::move(what)),
        total_(total),
        shown_(!quiet && isatty(STDERR_FILENO) != 0),
        start_(Clock::now()) {}
  ~Progress() {
    if (shown_ && drawn_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void operator()(int done) {
    if (!shown_) return;
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    if (elapsed - last_ < 0.1 && done < total_) return;
    last_ = elapsed;
    drawn_ = true;
    const double rate = done / (elapsed > 0.0 ? elapsed : 1.0);
    const std::string line = fmt::format("\r{}: {}/{}, {:.{}f}/s, {:.0f} s left\033[K", what_, done, total_,
                                         rate, rate < 10.0 ? 1 : 0, rate > 0.0 ? (total_ - done) / rate : 0.0);
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  int total_;
  bool shown_;
  bool drawn_ = false;
  double last_ = -1.0;
  Clock::time_point start_;
};

}  // namespace crosstile::app
