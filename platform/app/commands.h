// SPDX-License-Identifier: Apache-2.0
// The subcommands of the program, one file each. A command adds its options to the program and, when it is
// the one called, runs; errors leave it as exceptions and become one line and an exit code in main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace crosstile::app {

/// What every command knows of the call.
struct Context {
  std::string commandLine;  ///< as typed, for provenance
  bool quiet = false;
  bool json = false;  ///< print JSON instead of tables
};

void addRun(CLI::App& app, Context& context);
void addDescribe(CLI::App& app, Context& context);
void addMap(CLI::App& app, Context& context);
void addExplain(CLI::App& app, Context& context);
void addCrossbar(CLI::App& app, Context& context);
void addEmulator(CLI::App& app, Context& context);
void addDevice(CLI::App& app, Context& context);
void addLearn(CLI::App& app, Context& context);
void addSweep(CLI::App& app, Context& context);

}  // namespace crosstile::app
