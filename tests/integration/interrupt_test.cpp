// SPDX-License-Identifier: Apache-2.0
// Ctrl-C at any time: exit code 130, and no half-written file or empty folder is left.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "program.h"

namespace crosstile::test {
namespace {

using std::chrono::milliseconds;

class Interrupt : public RunTest {
 protected:
  Interrupt() : RunTest(2000) {}

  /// Waits until something below the scratch folder has `part` in its name, and interrupts.
  Outcome interruptWhen(const Arguments& all, const std::string& part) {
    Program program(all);
    const auto has = [&] {
      const auto names = scratch_.entries();
      return std::any_of(names.begin(), names.end(),
                         [&](const std::string& n) { return n.find(part) != n.npos; });
    };
    for (int i = 0; i < 6000 && program.running() && !has(); ++i)
      std::this_thread::sleep_for(milliseconds(5));
    EXPECT_TRUE(program.running()) << "ended before " << part << " came: " << program.wait().err;
    program.signal(SIGINT);
    return program.wait();
  }
  void expectInterrupted(const Outcome& outcome, const std::vector<std::string>& before) {
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_EQ(outcome.err, "crosstile: interrupted\n");
    EXPECT_EQ(scratch_.entries(), before);
  }
};

TEST_F(Interrupt, WhileComputing) {
  const std::vector<std::string> before = scratch_.entries();
  // The folder comes before the work of a thousand programmings.
  expectInterrupted(interruptWhen(arguments("deep/out") + Arguments{"--draws", "1000"}, "deep/out"), before);
}

TEST_F(Interrupt, WhileATraceIsWritten) {
  const std::vector<std::string> before = scratch_.entries();
  const Arguments how{"--timing", "cycle", "--timed-count", "2000", "--trace", scratch_.file("t.json")};
  expectInterrupted(interruptWhen(arguments() + how, "t.json.partial"), before);
}

TEST_F(Interrupt, WhileAWaveformIsWritten) {
  const std::vector<std::string> before = scratch_.entries();
  const Arguments how{"--timing", "cycle", "--timed-count", "2000", "--vcd", scratch_.file("w.vcd")};
  expectInterrupted(interruptWhen(arguments() + how, "w.vcd.partial"), before);
}

TEST_F(Interrupt, KeepsWhatIsWhole) {
  const std::string outputs = scratch_.file("y.npy");
  const Arguments how{"--draws", "1000", "--outputs", outputs};
  const std::vector<std::string> before = scratch_.entries();
  const Outcome outcome = interruptWhen(arguments() + how, "y.npy");
  EXPECT_EQ(outcome.code, 130);
  std::vector<std::string> after = scratch_.entries();
  // Written whole, or (interrupted in the very moment) not at all.
  after.erase(std::remove(after.begin(), after.end(), "y.npy"), after.end());
  EXPECT_EQ(after, before);
  if (std::filesystem::exists(outputs)) {
    EXPECT_EQ(readNpyFile(outputs).as<float>().size(), 20000U);
  }
}

TEST_F(Interrupt, AnEarlierReportStays) {
  report({"--count", "4"});
  const std::string old = readBytes(out() + "/report.json");
  Program program(arguments() + Arguments{"--draws", "1000"});
  std::this_thread::sleep_for(milliseconds(500));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(readBytes(out() + "/report.json"), old);
}

}  // namespace
}  // namespace crosstile::test
