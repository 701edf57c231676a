// SPDX-License-Identifier: Apache-2.0
// The program `crosstile`. Exit codes: 0 success, 1 the run failed, 2 bad input, 130 interrupted.
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <systemc>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/app/commands.h"
#include "workloads/dataset/partial_file.h"

namespace {

std::string oneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

int fail(int code, const std::string& what) {
  std::fprintf(stderr, "crosstile: %s\n", oneLine(what).c_str());
  return code;
}

std::string quoted(const char* argument) {
  const std::string a = argument;
  const bool plain = !a.empty() && a.find_first_of(" '\"\\$*?;&|<>()[]{}") == std::string::npos;
  return plain ? a : "'" + a + "'";
}

pthread_t mainThread;  // a signal handler has no other way to know it

/// Files in the making and empty output folders go; only async-signal-safe calls. On the main thread, so that
/// it makes no new ones meanwhile. It may run on the stack of a SystemC thread, which AddressSanitizer
/// doesn't know and would remark on.
__attribute__((no_sanitize_address)) void interrupted(int signal) {
  if (::pthread_equal(::pthread_self(), mainThread) == 0) {
    ::pthread_kill(mainThread, signal);
    return;
  }
  crosstile::RemovedOnInterrupt::removeAll();
  constexpr char kLine[] = "crosstile: interrupted\n";
  constexpr char kClearProgress[] = "\r\033[K";
  if (::isatty(STDERR_FILENO) != 0) (void)!::write(STDERR_FILENO, kClearProgress, sizeof kClearProgress - 1);
  (void)!::write(STDERR_FILENO, kLine, sizeof kLine - 1);
  std::_Exit(128 + signal);  // 130 for SIGINT
}

}  // namespace

// libsystemc refers to it; the program has a main of its own, so that runs without time never touch the
// kernel.
int sc_main(int, char**) {
  return 0;
}

int main(int argc, char** argv) {
  mainThread = ::pthread_self();
  // Arrays come and go by the hundred: their memory is kept rather than mapped anew for each.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  using namespace crosstile;
  std::signal(SIGINT, interrupted);
  std::signal(SIGTERM, interrupted);
  app::Context context;
  for (int i = 0; i < argc; ++i) context.commandLine += (i ? " " : "") + quoted(argv[i]);

  CLI::App program{"CrossTile: simulator of memristive crossbar accelerators", "crosstile"};
  program.set_version_flag("--version", std::string("crosstile ") + kVersion);
  program.require_subcommand(1);
  program.fallthrough();
  program.add_flag("--quiet", context.quiet, "No progress and no summary");
  program.add_flag("--json", context.json, "Print JSON instead of tables");
  app::addRun(program, context);
  app::addDescribe(program, context);
  app::addMap(program, context);
  app::addExplain(program, context);
  app::addCrossbar(program, context);
  app::addEmulator(program, context);
  app::addDevice(program, context);
  app::addLearn(program, context);
  app::addSweep(program, context);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return program.exit(e);  // --help, --version
    const std::vector<std::string> extra = program.remaining();
    if (program.get_subcommands().empty() && !extra.empty()) {
      std::string known;
      for (const CLI::App* command : program.get_subcommands(nullptr))
        known += (known.empty() ? "" : ", ") + command->get_name();
      return fail(2, extra.front() + ": no such " + (extra.front()[0] == '-' ? "option" : "command") +
                         "; commands are " + known);
    }
    return fail(2, std::string(e.what()) + " (see --help)");
  } catch (const BadInput& e) {
    return fail(2, e.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& e) {
    return fail(1, e.what());
  }
  return 0;
}
