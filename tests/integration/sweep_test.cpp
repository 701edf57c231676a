// SPDX-License-Identifier: Apache-2.0
// Sweeps through the program: what they leave behind, going on after every kind of end, and what is refused.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "program.h"

namespace crosstile::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const char* const kBits = "[[axis]]\nkey = \"adc.bits\"\nvalues = [6, 8]\n";
/// The middle one of these chips holds no LeNet-5.
const char* const kChips =
    "[[axis]]\nkeys = [\"chip.mesh_columns\", \"chip.mesh_rows\", \"core.arrays\"]\n"
    "values = [[4, 4, 8], [1, 1, 1], [3, 3, 8]]\n";
const char* const kObjectives =
    "[[objective]]\npath = \"accuracy.top1\"\ngoal = \"maximise\"\n"
    "[[objective]]\npath = \"energy.per_inference_j\"\ngoal = \"minimise\"\n";

class Sweep : public RunTest {
 protected:
  explicit Sweep(int images = 6) : RunTest(images) {}

  std::string sweepFile(const std::string& rest, const std::string& set = "readout = \"ohmic\"") {
    return scratch_.write("sweep.toml", "[base]\nhardware = \"isaac\"\nnetwork = \"" + network_ + "\"\nimages = \"" +
                                            images_ + "\"\nlabels = \"" + labels_ +
                                            "\"\ntiming = \"cycle\"\ntimed_count = 1\n[base.set]\n" + set +
                                            "\nencoding.input_bits = 8\nencoding.weight_bits = 8\n" + rest);
  }
  Arguments command(const std::string& name = "out", const Arguments& more = {}) const {
    return Arguments{"sweep", scratch_.file("sweep.toml"), "--out", out(name), "--jobs", "2"} + more;
  }
  Outcome sweep(const std::string& name = "out", const Arguments& more = {}) const {
    return runProgram(command(name, more));
  }
  json summary(const std::string& name = "out") const { return json::parse(readBytes(out(name) + "/sweep.json")); }

  /// Everything that a sweep has found, without what depends on the time it took.
  json found(const std::string& name) const {
    json all = summary(name);
    all.erase("simulation");
    for (json& point : all["points"]) {
      point.erase("simulation");
      const fs::path report = fs::path(out(name)) / "points" / point["hash"].get<std::string>() / "report.json";
      if (!fs::exists(report)) continue;
      point["report"] = json::parse(readBytes(report.string()));
      point["report"].erase("simulation");
    }
    return all;
  }
  void expectOneLine(const Outcome& outcome, int code, const std::vector<std::string>& what) const {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_LT(outcome.err.size(), 400U);
    for (const std::string& part : what) EXPECT_THAT(outcome.err, HasSubstr(part));
  }
};

TEST_F(Sweep, LeavesReportsTablesAndTheFront) {
  sweepFile(std::string(kBits) + "[repeats]\nseeds = [1, 2]\n" + kObjectives);
  const Outcome outcome = sweep();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("4 points to run on 2 cores, 0 finished before"));
  EXPECT_THAT(outcome.out, HasSubstr("first point: "));
  const json all = summary();
  ASSERT_EQ(all["points"].size(), 4U);
  double energySum = 0.0;
  for (const json& point : all["points"]) {
    EXPECT_EQ(point["status"], "done");
    const json report =
        json::parse(readBytes(out() + "/points/" + point["hash"].get<std::string>() + "/report.json"));
    EXPECT_EQ(point["metrics"]["accuracy.top1"], report["accuracy"]["top1"]);
    EXPECT_GT(report["latency"]["cycles"], 0);
    if (point["settings"]["adc.bits"] == "6") energySum += report["energy"]["per_inference_j"].get<double>();
  }
  bool cheapestOnFront = false;  // fewer bits cost less, so that nothing beats 6
  for (const json& row : all["front"]) {
    if (row["points"][0] != all["points"][0]["hash"]) continue;
    cheapestOnFront = true;
    EXPECT_DOUBLE_EQ(row["means"]["energy.per_inference_j"].get<double>(), energySum / 2);
  }
  EXPECT_TRUE(cheapestOnFront);
  std::istringstream csv(readBytes(out() + "/points.csv"));
  std::string line;
  ASSERT_TRUE(std::getline(csv, line));
  EXPECT_EQ(line, "hash,seed,status,front,adc.bits,accuracy.top1,energy.per_inference_j,error");
  EXPECT_FALSE(fs::exists(out() + "/cache"));
}

TEST_F(Sweep, APointIsTheRunThatItsReportNames) {
  sweepFile("", "readout = \"ir_drop\"\narray.r_word = \"3 ohm\"");
  ASSERT_EQ(sweep().code, 0);
  const json point = found("out")["points"][0]["report"];
  const std::string text = point["provenance"]["command"];
  EXPECT_THAT(text, HasSubstr("--set 'array.r_word=3 ohm'"));
  const json run = report({"--set", "readout=ir_drop", "--set", "array.r_word=3ohm", "--timing", "cycle",
                           "--timed-count", "1", "--threads", "1"},
                          "run");
  for (const char* part : {"accuracy", "latency", "energy", "area", "layers"}) EXPECT_EQ(point[part], run[part]) << part;
  EXPECT_EQ(point["provenance"]["hardware"], run["provenance"]["hardware"]);
}

TEST_F(Sweep, AChangedFileRunsOnlyWhatIsNew) {
  sweepFile(kBits);
  ASSERT_EQ(sweep().code, 0);
  sweepFile("[[axis]]\nkey = \"adc.bits\"\nrange = { from = 6, to = 8, step = 1 }\n" + std::string(kObjectives));
  const Outcome outcome = sweep();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 points to run on 2 cores, 2 finished before"));
  EXPECT_EQ(summary()["points"].size(), 3U);
  for (const json& point : summary()["points"]) EXPECT_TRUE(point["metrics"].contains("accuracy.top1"));
}

TEST_F(Sweep, TheStoreCanBeMadeAnewFromTheReports) {
  sweepFile(std::string(kBits) + kObjectives);
  ASSERT_EQ(sweep().code, 0);
  const json before = found("out");
  for (const char* file : {"/sweep.sqlite", "/sweep.json", "/points.csv"}) fs::remove(out() + file);
  const Outcome outcome = sweep();
  EXPECT_THAT(outcome.out, HasSubstr("0 points to run on 2 cores, 2 finished before"));
  EXPECT_EQ(found("out"), before);
}

TEST_F(Sweep, PointsThatFailAreRecordedAndTheRestGoOn) {
  sweepFile(std::string(kChips) + kObjectives);
  const Outcome outcome = sweep();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("3 points: 2 done, 1 failed"));
  const json failed = summary()["points"][1];
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_THAT(failed["error"].get<std::string>(), HasSubstr("the chip has 4"));
  EXPECT_THAT(sweep().out, HasSubstr("0 points to run"));
  EXPECT_THAT(sweep("out", {"--retry"}).out, HasSubstr("1 points to run"));
}

TEST_F(Sweep, ShardsComeTogether) {
  sweepFile(std::string(kBits) + kChips + kObjectives);
  ASSERT_EQ(sweep("whole").code, 0);
  int points = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    const Outcome outcome = sweep("parts", {"--shard", shard});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    points += std::stoi(outcome.out);
  }
  EXPECT_EQ(points, 6);
  EXPECT_THAT(sweep("parts").out, HasSubstr("0 points to run on 2 cores, 6 finished before"));
  EXPECT_EQ(found("parts"), found("whole"));
  expectOneLine(sweep("parts", {"--shard", "4/3"}), 2, {"--shard 4/3: must be I/N"});
}

TEST_F(Sweep, GivenPointsRunAloneAndStayInTheStore) {
  sweepFile(std::string(kBits) + "[[axis]]\nkey = \"array.r_word\"\nvalues = [\"1 ohm\", \"2 ohm\"]\n" + kObjectives);
  const std::string points = scratch_.write("points.json", "[[1, 0], [0, 1]]");
  const Outcome outcome = runProgram(command("out", {"--points", points, "--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json all = json::parse(outcome.out);
  ASSERT_EQ(all["points"].size(), 2U);
  EXPECT_EQ(all["points"][0]["settings"], (json{{"adc.bits", "8"}, {"array.r_word", "1 ohm"}}));
  EXPECT_TRUE(all["points"][1]["metrics"].contains("accuracy.top1"));
  EXPECT_THAT(sweep().out, HasSubstr("2 points to run on 2 cores, 2 finished before"));
  expectOneLine(sweep("out", {"--points", scratch_.write("bad.json", "[[1, 2]]")}), 2, {"coordinate 2 of axis array.r_word"});
}

/// Children of a process.
std::vector<pid_t> childrenOf(pid_t process) {
  const std::string id = std::to_string(process);
  std::ifstream in("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> all;
  for (pid_t child = 0; in >> child;) all.push_back(child);
  return all;
}

class KilledSweep : public Sweep {
 protected:
  KilledSweep() : Sweep(300) {}

  /// One life of the driver, with kills at random; true when it ended by itself.
  bool liveOnce(int& kills, bool driver) {
    Program program(command("killed", {"--quiet"}));
    while (program.running() && kills > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(
          std::uniform_int_distribution<int>(5, 150)(random_)));
      const std::vector<pid_t> workers = childrenOf(program.process());
      if (driver && std::bernoulli_distribution(0.4)(random_)) {
        program.signal(SIGKILL);
        --kills;
      } else if (!workers.empty()) {
        kills -= ::kill(workers[random_() % workers.size()], SIGKILL) == 0 ? 1 : 0;
      }
    }
    const Outcome outcome = program.wait();
    EXPECT_TRUE(outcome.code == 0 || outcome.code == -1) << outcome.err;
    return outcome.code == 0;
  }
  std::mt19937 random_{11};
};

TEST_F(KilledSweep, FindsWhatAnUndisturbedOneFinds) {
  sweepFile("[[axis]]\nkey = \"adc.bits\"\nvalues = [5, 6, 7, 8]\n[[axis]]\nkey = \"array.r_word\"\nvalues = [\"1 "
            "ohm\", \"2 ohm\", \"4 ohm\"]\n[repeats]\nseeds = [1, 2]\n" +
                std::string(kObjectives),
            "readout = \"ir_drop\"\nnonideality.read_noise_of_g = 0.01");
  ASSERT_EQ(sweep("undisturbed").code, 0);
  int kills = 20;
  while (!liveOnce(kills, true)) {
  }
  EXPECT_EQ(kills, 0) << "the sweep was over before";
  EXPECT_EQ(found("killed"), found("undisturbed"));
  for (const std::string& name : scratch_.entries()) {
    EXPECT_EQ(name.find(".partial"), name.npos) << name;
  }
}

TEST_F(Sweep, RefusesInOneLine) {
  sweepFile("[[axis]]\nkey = \"adc.bit\"\nvalues = [4]\n");
  expectOneLine(sweep(), 2, {"unknown key adc.bit; did you mean adc.bits?"});
  sweepFile("[[axis]]\nkey = \"adc.bits\"\nrange = { from = 8, to = 6, step = 1 }\n");
  expectOneLine(sweep(), 2, {"adc.bits: an empty range"});
  expectOneLine(runProgram({"sweep", scratch_.file("none.toml"), "--out", out()}), 2, {"no such sweep file"});
  EXPECT_FALSE(fs::exists(out()));
  sweepFile(kBits + std::string("[[objective]]\npath = \"area.total\"\ngoal = \"minimise\"\n"));
  expectOneLine(sweep(), 2, {"objective area.total: report.json has no such number; did you mean area.total_mm2?"});
}

TEST_F(Sweep, AConstraintThatNothingMeetsIsSaidAndResultsStay) {
  sweepFile(kBits + std::string(kObjectives) + "[[constraint]]\npath = \"area.total_mm2\"\nat_most = 1.0\n");
  const Outcome outcome = sweep();
  expectOneLine(outcome, 2, {"constraint area.total_mm2 <= 1: no point meets it; the nearest has"});
  EXPECT_EQ(summary()["counts"]["done"], 2);
  EXPECT_TRUE(summary()["front"].empty());
}

TEST_F(Sweep, ADamagedStoreIsNamedAndReportsStay) {
  sweepFile(std::string(kBits) + kObjectives);
  ASSERT_EQ(sweep().code, 0);
  const json before = found("out");
  std::ofstream(out() + "/sweep.sqlite", std::ios::binary) << "no database, but long enough to look at" << std::string(4096, 'x');
  expectOneLine(sweep(), 2, {"sweep.sqlite: damaged", "move it away"});
  fs::remove(out() + "/sweep.sqlite");
  EXPECT_THAT(sweep().out, HasSubstr("0 points to run"));
  EXPECT_EQ(found("out"), before);
}

TEST_F(Sweep, OneDriverAtATime) {
  sweepFile("[[axis]]\nkey = \"adc.bits\"\nvalues = [5, 6, 7, 8]\n");
  Program first(command());
  while (first.running() && !fs::exists(out() + "/sweep.sqlite")) std::this_thread::yield();
  expectOneLine(sweep(), 2, {"another process is at work on this sweep"});
  EXPECT_EQ(first.wait().code, 0);
}

/// A disk of a given size at a folder, as long as it lives.
class SmallDisk {
 public:
  SmallDisk(std::string folder, const char* size) : folder_(std::move(folder)) {
    fs::create_directory(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount(folder_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  void resize(const char* size) const { ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, size); }

 private:
  std::string folder_;
  bool mounted_;
};

TEST_F(Sweep, AFullDiskEndsItAndItGoesOn) {
  sweepFile("[[axis]]\nkey = \"adc.bits\"\nvalues = [1, 2, 3, 4, 5, 6, 7, 8]\n" + std::string(kObjectives));
  const SmallDisk disk(out(), "size=600k");
  if (!disk.mounted()) GTEST_SKIP() << "may not mount";
  expectOneLine(sweep(), 1, {"can't be written", "finished points stay"});
  int reports = 0;
  for (const auto& entry : fs::recursive_directory_iterator(out())) {
    if (entry.path().filename() != "report.json") continue;
    ++reports;
    EXPECT_NO_THROW(json::parse(readBytes(entry.path().string())));
  }
  EXPECT_GT(reports, 0);
  EXPECT_LT(reports, 8);
  disk.resize("size=20m");
  const Outcome again = sweep();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("8 points: 8 done, 0 failed"));
}

class CachedRun : public RunTest {
 protected:
  CachedRun() : RunTest(4) {}
  json cachedReport(Arguments how, bool cache, const std::string& name) {
    if (cache) how = how + Arguments{"--cache", scratch_.file("cache")};
    json all = report(how + Arguments{"--threads", "2"}, name);
    all.erase("simulation");
    all["provenance"].erase("command");
    return all;
  }
};

TEST_F(CachedRun, GivesTheSameBits) {
  const std::vector<Arguments> ways{
      {"--set", "readout=ir_drop", "--set", "array.r_word=3ohm", "--set", "nonideality.read_noise_of_g=0.02", "--set",
       "nonideality.rtn_amplitude_of_g=0.1", "--set", "nonideality.rtn_probability=0.2", "--timing", "cycle"},
      {"--set", "readout=ohmic", "--set", "nonideality.drift_nu=0.05", "--set", "adc.range=calibrated", "--set",
       "nonideality.programming_error_of_g=0.05", "--draws", "2", "--age", "1h,1d"},
      {"--set", "readout=device", "--set", "device.law=sinh", "--set", "encoding.pulse_bits=2", "--set",
       "nonideality.d2d_sigma_on=0.1"}};
  for (const Arguments& way : ways) {
    const json plain = cachedReport(way, false, "plain");
    EXPECT_EQ(cachedReport(way, true, "cold"), plain);
    const std::size_t files = std::distance(fs::directory_iterator(scratch_.file("cache")), {});
    EXPECT_GT(files, 0U);
    EXPECT_EQ(cachedReport(way, true, "warm"), plain);
    EXPECT_EQ(std::distance(fs::directory_iterator(scratch_.file("cache")), {}), static_cast<std::ptrdiff_t>(files));
  }
}

TEST_F(CachedRun, TakesNothingThatIsDamagedOrOfOtherSettings) {
  const Arguments way{"--set", "readout=ir_drop", "--set", "array.r_word=20ohm"};
  const std::vector<float> plain = outputs(way, "plain");
  cachedReport(way, true, "cold");
  int at = 0;
  for (const auto& entry : fs::directory_iterator(scratch_.file("cache"))) {
    std::string bytes = readBytes(entry.path().string());
    if (++at % 2 == 0) bytes.resize(bytes.size() / 2);
    bytes[bytes.size() / 2] ^= 1;
    std::ofstream(entry.path(), std::ios::binary) << bytes;
  }
  ASSERT_GT(at, 1);
  EXPECT_EQ(outputs(way + Arguments{"--cache", scratch_.file("cache")}, "damaged"), plain);
  const Arguments other{"--set", "readout=ir_drop", "--set", "array.r_word=2ohm"};
  EXPECT_EQ(outputs(other + Arguments{"--cache", scratch_.file("cache")}, "other"), outputs(other, "otherPlain"));
  expectRefused(arguments("refused") + Arguments{"--cache", scratch_.write("file", "x") + "/sub"},
                {"can't make the folder of the cache"});
}

}  // namespace
}  // namespace crosstile::test
