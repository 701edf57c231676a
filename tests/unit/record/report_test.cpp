// SPDX-License-Identifier: Apache-2.0
// report.json and report.html: complete, finite, adding up, whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/error.h"
#include "platform/record/run_record.h"
#include "platform/record/whole_file.h"

namespace crosstile {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// A folder that exists for one test.
class Folder {
 public:
  Folder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(::testing::TempDir()) / (std::string(test->test_suite_name()) + test->name());
    fs::remove_all(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::permissions(path_, fs::perms::owner_all, ignored);
    fs::remove_all(path_, ignored);
  }
  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

std::string readAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

LayerRecord layer(const std::string& name, const std::string& kind, std::uint64_t start,
                  std::uint64_t latency) {
  LayerRecord l;
  l.name = name;
  l.kind = kind;
  l.arrays = 3;
  l.cores = 1;
  l.tiles = 1;
  l.replicas = 1;
  l.cellUtilisation = 0.625;
  l.startPs = start;
  l.latencyPs = latency;
  l.reads = 96;
  return l;
}

/// A run of two layers with everything known.
RunRecord fullRecord() {
  RunRecord r;
  r.accuracy = accuracyOf({97, 95}, 100, {100, 99});
  r.referenceTop1 = 0.98;
  r.layers = {layer("conv1", "conv", 0, 700'000), layer("fc </script>", "dense", 400'000, 599'999)};
  LayerRecord relu;
  relu.name = "relu1";
  relu.kind = "relu";
  relu.foldedInto = "conv1";
  r.layers.push_back(relu);
  r.latency =
      Latency{999'999, 1201, 1e-6,
              1e-6,    1e-6, {{"array", 0, 700'000}, {"adc", 1, 200'000}, {"router", kShared, 99'999}}};
  r.periodSeconds = 5e-7;
  r.periodLimits = {{"adc", 0, 5e-7}, {"bus", kShared, 1e-7}};
  r.energy.emplace(3);
  r.energy->add(Component::adc, 0, Phase::inference, 1000, Joules{1.56e-12});
  r.energy->add(Component::array, 1, Phase::inference, 100, Joules{30e-12});
  r.energy->add(Component::host, kShared, Phase::inference, 64, Joules{50e-12});
  r.energy->addFact(Component::programming, 0, Phase::programming, Joules{1e-6});
  r.energy->addFact(Component::buffer, kShared, Phase::idle, Joules{1e-9});
  r.inferences = 2;
  r.meanPowerWatts = 0.01;
  r.area = std::array<AreaPower, kComponents>{};
  for (int c = 0; c < kComponents; ++c)
    (*r.area)[static_cast<std::size_t>(c)].area = SquareMetres{1e-7 * (c + 1) / 3};
  r.operationsPerInference = 2e6;
  r.utilisation = {{"adc", 1.0}, {"bus", 0.2}};
  r.busySeconds = {{"adc", 5e-7}};
  r.stallSeconds = {{"credit", 1e-8}};
  r.provenance.command = "crosstile run --out \"x\"";
  r.provenance.seed = 7;
  r.provenance.timing = "cycle";
  r.provenance.hardware = "name = \"t\"\n";
  r.provenance.network = "net.onnx";
  r.simulation.wallSeconds = 1.5;
  r.simulation.events = 12345;
  return r;
}

double sumOf(const Json& object) {
  double sum = 0.0;
  for (const auto& [name, value] : object.items()) sum += value.get<double>();
  return sum;
}

TEST(Wilson, MatchesKnownIntervals) {
  // 8 of 10: 0.4902 to 0.9433; 0 of 20: 0 to 0.1611 (Wilson 1927, without continuity correction).
  EXPECT_NEAR(wilson95(8, 10).low, 0.4902, 5e-5);
  EXPECT_NEAR(wilson95(8, 10).high, 0.9433, 5e-5);
  EXPECT_EQ(wilson95(0, 20).low, 0.0);
  EXPECT_NEAR(wilson95(0, 20).high, 0.1611, 5e-5);
  EXPECT_EQ(wilson95(20, 20).high, 1.0);
  EXPECT_EQ(wilson95(0, 0).high, 1.0);
}

TEST(Accuracy, IsTheMeanOfItsDraws) {
  const Accuracy a = accuracyOf({97, 95}, 100, {100, 99});
  EXPECT_DOUBLE_EQ(a.top1, 0.96);
  EXPECT_DOUBLE_EQ(*a.top5, 0.995);
  EXPECT_EQ(a.draws, (std::vector<double>{0.97, 0.95}));
  EXPECT_LT(a.ci95.low, 0.96);
  EXPECT_GT(a.ci95.high, 0.96);
  EXPECT_FALSE(accuracyOf({5}, 10).top5.has_value());
}

TEST(ReportJson, HoldsEverySectionAndFigure) {
  const Json j = Json::parse(toJson(fullRecord()).dump());
  EXPECT_EQ(j["accuracy"]["count"], 100);
  EXPECT_EQ(j["reference"]["top1"], 0.98);
  EXPECT_EQ(j["latency"]["cycles"], 1201);
  EXPECT_DOUBLE_EQ(j["throughput_per_s"], 2e6);
  EXPECT_EQ(j["energy"]["by_layer"].size(), 4u);  // three layers and shared
  EXPECT_EQ(j["energy"]["by_layer"][3]["layer"], "shared");
  EXPECT_EQ(j["energy"]["operations"]["adc"], 1000);
  EXPECT_DOUBLE_EQ(j["efficiency"]["tops"], 2e6 / 5e-7 * 1e-12);
  EXPECT_EQ(j["layers"][2]["folded_into"], "conv1");
  EXPECT_FALSE(j["layers"][2].contains("arrays"));
  EXPECT_EQ(j["provenance"]["seed"], 7);
  EXPECT_EQ(j["provenance"]["command"], "crosstile run --out \"x\"");
  EXPECT_EQ(j["simulation"]["events"], 12345);
  EXPECT_FALSE(j["power"].contains("peak_w"));
}

TEST(ReportJson, EnergyAreaAndCriticalPathAddUp) {
  const Json j = Json::parse(toJson(fullRecord()).dump());
  const double energy = j["energy"]["total_j"];
  double layers = 0.0;
  for (const Json& l : j["energy"]["by_layer"]) {
    layers += l["total_j"].get<double>();
    EXPECT_NEAR(sumOf(l["by_component"]), l["total_j"].get<double>(), 1e-12 * energy);
  }
  EXPECT_NEAR(layers, energy, 1e-12 * energy);
  EXPECT_NEAR(sumOf(j["energy"]["by_component"]), energy, 1e-12 * energy);
  EXPECT_NEAR(sumOf(j["energy"]["by_phase"]), energy, 1e-12 * energy);
  EXPECT_NEAR(j["energy"]["per_inference_j"].get<double>(), (1.56e-9 + 3e-9 + 3.2e-9 + 1e-9) / 2, 1e-18);
  const double area = j["area"]["total_mm2"];
  EXPECT_NEAR(sumOf(j["area"]["by_component"]), area, 1e-12 * area);
  double path = 0.0;
  for (const Json& step : j["latency"]["critical_path"]) path += step["seconds"].get<double>();
  EXPECT_NEAR(path, j["latency"]["first_s"].get<double>(), 1e-12 * path);
}

TEST(ReportJson, LeavesOutWhatAFunctionalRunCannotKnow) {
  RunRecord r;
  r.accuracy = accuracyOf({9}, 10);
  const Json j = Json::parse(toJson(r).dump());
  for (const char* absent : {"latency", "period_s", "throughput_per_s", "energy", "power", "area",
                             "efficiency", "utilisation", "busy", "stalls", "reference"}) {
    EXPECT_FALSE(j.contains(absent)) << absent;
  }
  EXPECT_TRUE(j.contains("accuracy"));
}

TEST(ReportJson, RefusesFiguresThatArentFinite) {
  RunRecord r = fullRecord();
  r.simulation.eventsPerSecond = std::numeric_limits<double>::infinity();
  EXPECT_THROW(toJson(r), RunFailure);
  r = fullRecord();
  r.utilisation[1].second = std::nan("");
  try {
    toJson(r);
    FAIL() << "accepted";
  } catch (const RunFailure& e) {
    EXPECT_THAT(e.what(), ::testing::HasSubstr("utilisation.bus"));
  }
}

TEST(ReportJson, RefusesACriticalPathThatMissesAPicosecond) {
  RunRecord r = fullRecord();
  r.latency->criticalPath[0].picoseconds -= 1;
  EXPECT_THROW(toJson(r), RunFailure);
}

TEST(Report, WritesBothFilesAndNothingElse) {
  const Folder out;
  prepareOutputFolder(out.path());
  EXPECT_EQ(out.files(), 0u);
  writeReport(out.path(), fullRecord());
  EXPECT_EQ(out.files(), 2u);
  const Json j = Json::parse(readAll(out.file("report.json")));
  EXPECT_EQ(j, Json::parse(toJson(fullRecord()).dump()));
}

TEST(Report, PageCarriesTheSameFiguresAndNeedsNoNetwork) {
  const std::string page = toHtml(toJson(fullRecord()));
  const std::string open = "<script id=\"data\" type=\"application/json\">";
  const auto from = page.find(open) + open.size();
  const auto to = page.find("</script>", from);
  EXPECT_EQ(Json::parse(page.substr(from, to - from)), Json::parse(toJson(fullRecord()).dump()));
  EXPECT_THAT(page, ::testing::HasSubstr("fc \\u003c/script>"));
  EXPECT_EQ(page.find("<script src"), std::string::npos);
  EXPECT_EQ(page.find("<link rel=\"stylesheet"), std::string::npos);
  EXPECT_EQ(page.find("{{"),
            page.rfind("{{"));  // no place left unfilled but what the chart library itself holds
  EXPECT_EQ(page.find("{{DATA}}"), std::string::npos);
  EXPECT_EQ(page.find("{{CHARTS}}"), std::string::npos);
}

TEST(OutputFolder, IsMadeWithItsParentsBeforeTheRun) {
  const Folder out;
  prepareOutputFolder(out.file("a/b"));
  EXPECT_TRUE(fs::is_directory(out.file("a/b")));
}

TEST(OutputFolder, ThatCannotBeWrittenIsBadInput) {
  const Folder out;
  prepareOutputFolder(out.path());
  std::ofstream(out.file("taken")) << "x";
  EXPECT_THROW(prepareOutputFolder(out.file("taken")), BadInput);
  EXPECT_THROW(prepareOutputFolder(out.file("taken/below")), BadInput);
  EXPECT_THROW(prepareOutputFolder("/proc/crosstile"), BadInput);
  if (::geteuid() != 0) {  // root may write anywhere
    ::chmod(out.path().c_str(), 0500);
    EXPECT_THROW(prepareOutputFolder(out.path()), BadInput);
  }
}

TEST(WholeFile, FailureLeavesTheOldFileAndNoRemains) {
  const Folder out;
  prepareOutputFolder(out.path());
  writeWhole(out.file("a"), "old");
  fs::create_directory(out.file("b"));
  EXPECT_THROW(writeWhole(out.file("b"), "new"), RunFailure);  // can't rename over a folder
  EXPECT_THROW(writeWhole("/dev/full/x", "new"), RunFailure);
  EXPECT_EQ(readAll(out.file("a")), "old");
  writeWhole(out.file("a"), "new");
  EXPECT_EQ(readAll(out.file("a")), "new");
  EXPECT_EQ(out.files(), 2u);
}

}  // namespace
}  // namespace crosstile
