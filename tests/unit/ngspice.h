// SPDX-License-Identifier: Apache-2.0
// Runs ngspice on a netlist and reads back the currents through its voltage sources.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace crosstile::test {

inline bool ngspiceIsThere() {
  return std::system("command -v ngspice >/dev/null 2>&1") == 0;
}

/// The operating point of a netlist, `elements` being all of it but title, options and control.
/// @param further  control lines that come after the first operating point, such as alter and op again
/// @param relativeTolerance  of the iteration; less where ngspice runs in circles   @return the values of
/// `vectors`, such as "i(V1)"
inline std::vector<double> ngspice(const std::string& elements, const std::vector<std::string>& vectors,
                                   double relativeTolerance = 1e-12, const std::string& further = {}) {
  namespace fs = std::filesystem;
  static int runs = 0;
  const fs::path folder = fs::temp_directory_path() /
                          ("crosstile-ngspice-" + std::to_string(getpid()) + "-" + std::to_string(runs++));
  fs::create_directories(folder);
  struct Remover {
    fs::path path;
    ~Remover() { fs::remove_all(path); }
  } const remover{folder};
  const fs::path netlist = folder / "circuit.cir", output = folder / "out.data";
  {
    std::ofstream f(netlist);
    f << "circuit\n"
      << elements << ".options reltol=" << relativeTolerance
      << " abstol=1e-22 vntol=1e-16 gmin=1e-25 itl1=1000 numdgt=15\n.control\n"
         "set numdgt=15\nset wr_singlescale\nop\nwrdata "
      << output.string();
    for (const std::string& vector : vectors) f << ' ' << vector;
    f << "\n" << further << "quit\n.endc\n.end\n";
  }
  const std::string command =
      "timeout 1000 ngspice -b " + netlist.string() + " > " + (folder / "log").string() + " 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("ngspice failed, or took too long");
  std::ifstream data(output);
  std::vector<double> values(vectors.size());
  double scale = 0.0;
  data >> scale;
  for (double& value : values) data >> value;
  if (!data) throw std::runtime_error("ngspice wrote less than was asked for");
  return values;
}

}  // namespace crosstile::test
