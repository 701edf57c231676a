// SPDX-License-Identifier: Apache-2.0
// report.json and report.html of a run: every field that docs/results_format.md defines, and its sums.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <regex>
#include <set>

#include "program.h"

namespace crosstile::test {
namespace {

using Json = nlohmann::json;

class RunReport : public RunTest {
 protected:
  Json timed(const std::string& mode) { return report({"--timing", mode, "--timed-count", "3"}); }
};

void expectNoHoles(const Json& json, const std::string& path) {
  EXPECT_FALSE(json.is_null()) << path << " is null";
  if (json.is_number_float()) {
    EXPECT_TRUE(std::isfinite(json.get<double>())) << path;
  }
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) expectNoHoles(value, path + "/" + key);
}

double sumOf(const Json& map) {
  double sum = 0.0;
  for (const auto& [key, value] : map.items()) sum += value.get<double>();
  return sum;
}

void expectSum(double sum, double total, const char* what) {
  EXPECT_NEAR(sum, total, 1e-12 * std::abs(total)) << what;
}

/// Fields of every run, and those that only a timed one knows.
const std::vector<std::string> kAlways{"/accuracy/top1",
                                       "/accuracy/top5",
                                       "/accuracy/count",
                                       "/accuracy/ci95/0",
                                       "/accuracy/ci95/1",
                                       "/accuracy/draws/0",
                                       "/reference/top1",
                                       "/energy/total_j",
                                       "/energy/inferences",
                                       "/energy/per_inference_j",
                                       "/energy/by_component/adc",
                                       "/energy/by_layer/0/layer",
                                       "/energy/by_layer/0/total_j",
                                       "/energy/by_layer/0/by_component/adc",
                                       "/energy/by_layer/0/by_phase/inference",
                                       "/energy/dynamic/total_j",
                                       "/energy/by_phase/programming",
                                       "/energy/by_phase/inference",
                                       "/energy/by_phase/idle",
                                       "/energy/operations/adc",
                                       "/area/total_mm2",
                                       "/area/by_component/adc",
                                       "/efficiency/tops_per_w",
                                       "/layers/0/name",
                                       "/layers/0/kind",
                                       "/layers/0/arrays",
                                       "/layers/0/cores",
                                       "/layers/0/tiles",
                                       "/layers/0/replicas",
                                       "/layers/0/cell_utilisation",
                                       "/layers/0/mvms",
                                       "/layers/0/reads",
                                       "/layers/0/conversions",
                                       "/layers/0/energy_j",
                                       "/layers/1/folded_into",
                                       "/provenance/version",
                                       "/provenance/command",
                                       "/provenance/seed",
                                       "/provenance/timing",
                                       "/provenance/threads",
                                       "/provenance/draws",
                                       "/provenance/network/file",
                                       "/provenance/network/hash",
                                       "/provenance/images",
                                       "/provenance/labels",
                                       "/provenance/hardware",
                                       "/simulation/wall_s",
                                       "/simulation/programming_s",
                                       "/simulation/peak_memory_bytes",
                                       "/simulation/images_per_s",
                                       "/simulation/product_share"};
const std::vector<std::string> kTimed{"/latency/first_s",
                                      "/latency/first_ps",
                                      "/latency/cycles", "/latency/mean_s", "/latency/p95_s", "/latency/max_s",
                                      "/latency/critical_path/0/component",
                                      "/latency/critical_path/0/layer",
                                      "/latency/critical_path/0/seconds",
                                      "/latency/critical_path/0/ps",
                                      "/period_s",
                                      "/throughput_per_s",
                                      "/period_limits/0/resource",
                                      "/period_limits/0/layer",
                                      "/period_limits/0/seconds",
                                      "/power/mean_w",
                                      "/power/peak_w",
                                      "/power/trace/bin_s",
                                      "/power/trace/peak_w",
                                      "/power/trace/leakage_w",
                                      "/power/trace/total_w/0",
                                      "/power/trace/by_component/adc/0",
                                      "/energy/leakage/total_j",
                                      "/efficiency/tops",
                                      "/utilisation/core",
                                      "/busy/core",
                                      "/stalls/network_channel", "/stalls/network_credit", "/stalls/network_contention",
                                      "/layers/0/start_s",
                                      "/layers/0/latency_s",
                                      "/simulation/timed_s",
                                      "/simulation/timed_images",
                                      "/simulation/events"};

void expectFields(const Json& report, const std::vector<std::string>& fields, bool there) {
  for (const std::string& field : fields)
    EXPECT_EQ(report.contains(Json::json_pointer(field)), there) << field;
}

TEST_F(RunReport, HoldsEveryField) {
  const Json functional = report();
  expectFields(functional, kAlways, true);
  expectFields(functional, kTimed, false);
  for (const char* mode : {"loose", "cycle"}) {
    SCOPED_TRACE(mode);
    const Json report = timed(mode);
    expectFields(report, kAlways, true);
    expectFields(report, kTimed, true);
    EXPECT_EQ(report["provenance"]["timing"], mode);
    EXPECT_EQ(report["simulation"]["timed_images"], 3);
  }
}

TEST_F(RunReport, EveryFieldIsDefined) {
  // Keys of the report's own structure; those inside the maps by component, resource or cause are names.
  const std::set<std::string> maps{"by_component", "operations", "utilisation", "busy", "stalls"};
  const std::string text = readBytes(sourceFile("docs/results_format.md"));
  const std::function<void(const Json&)> check = [&](const Json& json) {
    for (const auto& [key, value] : json.items()) {
      if (json.is_object()) {
        EXPECT_TRUE(std::regex_search(text, std::regex("\\b" + key + "\\b"))) << key;
      }
      if (value.is_structured() && maps.count(key) == 0) check(value);
    }
  };
  check(timed("cycle"));
}

TEST_F(RunReport, HasNoHoles) {
  for (const char* mode : {"functional", "loose", "cycle"}) expectNoHoles(timed(mode), mode);
}

TEST_F(RunReport, EnergyAndAreaAddUp) {
  for (const Arguments& how :
       {Arguments{"--timing", "cycle"},
        Arguments{"--set", "readout=ir_drop", "--set", "array.r_word=1ohm", "--set",
                  "cost.device_energy=true", "--set", "cost.programming.energy=2pJ"}}) {
    SCOPED_TRACE(testing::PrintToString(how));
    const Json r = report(how);
    const Json& energy = r["energy"];
    const double total = energy["total_j"];
    EXPECT_GT(total, 0.0);
    expectSum(sumOf(energy["by_component"]), total, "by component");
    expectSum(sumOf(energy["by_phase"]), total, "by phase");
    double byLayer = 0.0;
    Json components = Json::object();
    for (const Json& layer : energy["by_layer"]) {
      byLayer += layer["total_j"].get<double>();
      expectSum(sumOf(layer["by_component"]), layer["total_j"], "a layer by component");
      for (const auto& [name, joules] : layer["by_component"].items()) {
        components[name] = components.value(name, 0.0) + joules.get<double>();
      }
    }
    expectSum(byLayer, total, "by layer");
    for (const auto& [name, joules] : components.items()) {
      expectSum(joules, energy["by_component"][name], "a component by layer");
    }
    const Json& phase = energy["by_phase"];
    expectSum((phase["inference"].get<double>() + phase["idle"].get<double>()) / 12,
              energy["per_inference_j"], "per inference");
    expectSum(sumOf(r["area"]["by_component"]), r["area"]["total_mm2"], "area");
    EXPECT_EQ(energy["by_layer"].back()["layer"], "shared");
  }
}

TEST_F(RunReport, DynamicAndLeakageAddUpByEveryBreakdown) {
  const Json r = report({"--timing", "cycle", "--timed-count", "3", "--set", "cost.adc.leakage=1mW", "--set",
                         "cost.buffer.leakage=2mW", "--set", "cost.host.leakage=5mW"});
  const Json& energy = r["energy"];
  for (const char* part : {"dynamic", "leakage"}) {
    const Json& e = energy[part];
    const double total = e["total_j"];
    EXPECT_GT(total, 0.0) << part;
    expectSum(sumOf(e["by_component"]), total, part);
    expectSum(sumOf(e["by_phase"]), total, part);
    double layers = 0.0;
    for (const Json& layer : e["by_layer"]) {
      layers += layer["total_j"].get<double>();
      expectSum(sumOf(layer["by_phase"]), layer["total_j"], "a layer by phase");
    }
    expectSum(layers, total, part);
  }
  for (const char* by : {"by_component", "by_phase"}) {
    for (const auto& [name, joules] : energy[by].items()) {
      expectSum(energy["dynamic"][by][name].get<double>() + energy["leakage"][by][name].get<double>(), joules,
                name.c_str());
    }
  }
  // Power times time: 16,128 ADCs, 168 buffers, a host, over 12 periods and the programming.
  const double watts = 16128 * 1e-3 + 168 * 2e-3 + 5e-3;
  EXPECT_NEAR(r["power"]["trace"]["leakage_w"].get<double>(), watts, 1e-9 * watts);
  const Json& phase = energy["leakage"]["by_phase"];
  expectSum(phase["inference"].get<double>() + phase["idle"].get<double>(),
            watts * 12 * r["period_s"].get<double>(), "inference and idle");
  EXPECT_GT(phase["inference"], 0.0);
  EXPECT_GT(phase["idle"], 0.0);
  EXPECT_GT(phase["programming"], 0.0);
  EXPECT_EQ(energy["dynamic"]["by_phase"]["idle"], 0.0);
}

TEST_F(RunReport, PowerTraceHoldsTheDynamicEnergyOfTheTimedImages) {
  const Json r = report({"--timing", "cycle", "--timed-count", "12"});  // all images are timed
  const Json& trace = r["power"]["trace"];
  const double bin = trace["bin_s"];
  double most = 0.0;
  for (const auto& [name, watts] : trace["by_component"].items()) {
    double sum = 0.0;
    for (const Json& w : watts) sum += w.get<double>() * bin;
    expectSum(sum, r["energy"]["dynamic"]["by_component"][name], name.c_str());
  }
  for (const Json& w : trace["total_w"]) most = std::max(most, w.get<double>());
  EXPECT_DOUBLE_EQ(trace["peak_w"], most);
  EXPECT_GE(most, r["power"]["mean_w"].get<double>() * 0.9);
}

TEST_F(RunReport, ProgrammingIsCountedOnce) {
  const Arguments cost{"--set", "readout=ohmic", "--set", "cost.programming.energy=2pJ"};
  const Json all = report(cost), three = report(cost + Arguments{"--count", "3"});
  const double energy = all["energy"]["by_phase"]["programming"];
  EXPECT_EQ(energy, three["energy"]["by_phase"]["programming"].get<double>());
  // At least a pulse for every cell that holds weights: 61,470 weights of 4 slices.
  EXPECT_GT(energy, 2e-12 * 4 * 61470);
}

TEST_F(RunReport, InferenceEnergyIsProportionalToImagesOfOneKind) {
  // The same image again and again: each costs the same, to the last bit of the ledger.
  for (int i = 1; i < digits_.count; ++i) {
    std::copy_n(digits_.pixels.begin(), 28 * 28, digits_.pixels.begin() + i * 28 * 28);
  }
  images_ = scratch_.write("same.idx", idxImages(digits_));
  const double one = report({"--count", "1"})["energy"]["by_phase"]["inference"];
  const double all = report()["energy"]["by_phase"]["inference"];
  expectSum(12 * one, all, "12 images");
}

TEST_F(RunReport, CriticalPathPartitionsTheLatencyExactly) {
  for (const char* mode : {"loose", "cycle"}) {
    SCOPED_TRACE(mode);
    const Json r = timed(mode);
    std::uint64_t sum = 0;
    std::set<std::string> layers{"shared"};
    for (const Json& layer : r["layers"]) layers.insert(layer["name"].get<std::string>());
    for (const Json& step : r["latency"]["critical_path"]) {
      sum += step["ps"].get<std::uint64_t>();
      EXPECT_GT(step["ps"].get<std::uint64_t>(), 0U);
      EXPECT_EQ(layers.count(step["layer"]), 1U) << step["layer"];
      EXPECT_DOUBLE_EQ(step["seconds"].get<double>(), step["ps"].get<double>() * 1e-12);
    }
    const std::uint64_t first = r["latency"]["first_ps"];
    EXPECT_EQ(sum, first);
    EXPECT_EQ(r["latency"]["cycles"], (first + 832) / 833);  // clock.period = 833 ps
    EXPECT_DOUBLE_EQ(r["throughput_per_s"].get<double>() * r["period_s"].get<double>(), 1.0);
  }
}

TEST_F(RunReport, LayersAreMappedOrFolded) {
  const Json r = timed("cycle");
  const double latency = r["latency"]["first_s"];
  std::set<std::string> mapped;
  for (const Json& layer : r["layers"]) {
    SCOPED_TRACE(layer.dump());
    if (layer.contains("folded_into")) {
      EXPECT_EQ(layer.size(), 3U);
      EXPECT_EQ(mapped.count(layer["folded_into"]), 1U)
          << "folded into a layer that comes before and is mapped";
      continue;
    }
    mapped.insert(layer["name"].get<std::string>());
    EXPECT_GT(layer["latency_s"].get<double>(), 0.0);
    EXPECT_LE(layer["start_s"].get<double>() + layer["latency_s"].get<double>(), latency * (1 + 1e-9));
    EXPECT_GT(layer["energy_j"].get<double>(), 0.0);
    EXPECT_GT(layer["cell_utilisation"].get<double>(), 0.0);
    EXPECT_LE(layer["cell_utilisation"].get<double>(), 1.0);
  }
  EXPECT_EQ(mapped.size(), 5U);
  // LeNet-5 by hand: positions x row blocks are the input vectors, times 8 planes of 1 bit and the arrays the
  // reads.
  const Json& conv2 = r["layers"][3];
  EXPECT_EQ(conv2["mvms"], 10 * 10 * 2);       // 150 rows: two row blocks
  EXPECT_EQ(conv2["reads"], 10 * 10 * 8 * 2);  // 16 outputs of 4 slices: 64 columns, one array a row block
  EXPECT_EQ(conv2["conversions"], 10 * 10 * 8 * 2 * (64 + 1));
}

TEST_F(RunReport, UtilisationIsBusyTimeOverTimeObserved) {
  const Json r = timed("cycle");
  for (const auto& [name, share] : r["utilisation"].items()) {
    EXPECT_GE(share.get<double>(), 0.0) << name;
    EXPECT_LE(share.get<double>(), 1.0) << name;
    EXPECT_EQ(share.get<double>() > 0.0, r["busy"][name].get<double>() > 0.0) << name;
  }
  EXPECT_GE(r["power"]["peak_w"].get<double>(), r["power"]["mean_w"].get<double>() * (1 - 1e-9));
  // Nothing works longer for an image than the period, and what limits it comes first.
  double before = r["period_limits"][0]["seconds"];
  EXPECT_LE(before, r["period_s"].get<double>() + 833e-12);  // results come at edges of the clock
  for (const Json& limit : r["period_limits"]) {
    EXPECT_LE(limit["seconds"].get<double>(), before);
    before = limit["seconds"];
  }
}

TEST_F(RunReport, LooseIsCloseToCycle) {
  const Json cycle = timed("cycle"), loose = timed("loose");
  EXPECT_NEAR(loose["latency"]["first_s"], cycle["latency"]["first_s"],
              0.1 * cycle["latency"]["first_s"].get<double>());
  EXPECT_NEAR(loose["period_s"], cycle["period_s"], 0.1 * cycle["period_s"].get<double>());
  EXPECT_NEAR(loose["energy"]["per_inference_j"], cycle["energy"]["per_inference_j"],
              0.01 * cycle["energy"]["per_inference_j"].get<double>());
}

TEST_F(RunReport, PageIsSelfContained) {
  const Json r = timed("cycle");
  const std::string page = readBytes(out() + "/report.html");
  EXPECT_GT(page.size(), 10000U);
  // Nothing is loaded: no attribute, style or script that fetches. The chart library names XML namespaces as
  // text.
  for (const char* pattern :
       {R"((src|href|action)\s*=\s*["']?\s*(https?:)?//)", R"(url\(\s*["']?\s*(https?:)?//)", R"(@import)",
        R"(<iframe)", R"(XMLHttpRequest|\bfetch\(|WebSocket\(|importScripts)"}) {
    std::smatch found;
    EXPECT_FALSE(std::regex_search(page, found, std::regex(pattern))) << pattern << ": " << found.str();
  }
  // The figures inside are the report's.
  const std::string open = R"(<script id="data" type="application/json">)";
  const std::size_t begin = page.find(open);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t from = begin + open.size();
  EXPECT_EQ(Json::parse(page.substr(from, page.find("</script>", from) - from)), r);
}

}  // namespace
}  // namespace crosstile::test
