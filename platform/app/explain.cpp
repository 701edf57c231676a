// SPDX-License-Identifier: Apache-2.0
// `crosstile explain`: why accuracy is lost. SQNR of every layer, and each nonideality off alone and on
// alone.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/base/error.h"
#include "models/base/version.h"
#include "platform/app/effects.h"
#include "platform/app/progress.h"
#include "platform/app/session.h"
#include "platform/chip/chip.h"
#include "platform/record/whole_file.h"
#include "workloads/network/float_reference.h"

namespace crosstile::app {
namespace {

using Json = nlohmann::ordered_json;

/// Images over which SQNR is taken.
constexpr std::size_t kSqnrImages = 64;

struct ExplainOptions {
  SessionOptions session;
  std::string out;
};

/// Sums of squares of a signal and of its error.
struct Sqnr {
  double signal = 0.0, error = 0.0;
  void add(double reference, double value) {
    signal += reference * reference;
    error += (reference - value) * (reference - value);
  }
  /// dB; nothing when there is no error at all.
  Json json() const {
    if (error <= 0.0) return nullptr;
    return 10.0 * std::log10(std::max(signal, 1e-300) / error);
  }
};

class Explanation {
 public:
  explicit Explanation(const SessionOptions& options, bool quiet)
      : session_(options), effects_(allEffects()), quiet_(quiet) {}

  Json all() {
    Json json;
    json["accuracy"]["float"] = share(session_.floatReference());
    json["accuracy"]["as_described"] = accuracy(session_.hardware);
    Hardware ideal = session_.hardware;
    for (const Effect& e : effects_) e.remove(ideal);
    ideal.readout = "ideal";
    json["accuracy"]["quantised_only"] = accuracy(ideal);
    json["effects"] = Json::array();
    Progress progress("effects", static_cast<int>(effects_.size()), quiet_);
    for (std::size_t i = 0; i < effects_.size(); ++i) {
      if (effects_[i].present(session_.hardware)) json["effects"].push_back(effect(i));
      progress(static_cast<int>(i) + 1);
    }
    json["layers"] = layers(ideal);
    return json;
  }
  const Session& session() const { return session_; }

 private:
  static double share(const CorrectCount& c) { return static_cast<double>(c.top1) / std::max(c.count, 1); }

  std::unique_ptr<ValueEngine> engine(const Hardware& hardware, std::unique_ptr<ArrayStore>& store) const {
    store = std::make_unique<ArrayStore>(analogConfig(hardware));
    StreamOwner owner;
    owner.seed = session_.options().seed;
    return std::make_unique<ValueEngine>(session_.program, *store, owner, session_.calibrationCodes());
  }

  double accuracy(const Hardware& hardware) const {
    std::unique_ptr<ArrayStore> store;
    const auto values = engine(hardware, store);
    return share(
        countCorrect(runFunctional(*values, session_.codes).outputs, session_.classes(), session_.labels));
  }

  Json effect(std::size_t i) const {
    Hardware without = session_.hardware;
    effects_[i].remove(without);
    Hardware only = session_.hardware;
    for (std::size_t k = 0; k < effects_.size(); ++k) {
      if (k != i) effects_[k].remove(only);
    }
    // Taking away an effect that a rung is for lowers the rung; the one that is on alone keeps it. A circuit
    // stays a circuit without wires and an emulator becomes what has the other effect alone.
    const Hardware& whole = session_.hardware;
    const bool ofRung = effects_[i].name == "wires" || effects_[i].name == "nonlinear devices" ||
                        effects_[i].name == "residuals of the law";
    if (ofRung && whole.readout != "emulator") {
      only.readout = whole.readout;
      if (effects_[i].name != "wires") only.device.law = whole.device.law;
    }
    return {{"effect", effects_[i].name}, {"off_alone", accuracy(without)}, {"on_alone", accuracy(only)}};
  }

  /// SQNR of every stage's outputs: the exact integers against float, and the described hardware against the
  /// integers.
  Json layers(const Hardware& ideal) const {
    std::unique_ptr<ArrayStore> realStore, idealStore;
    const auto real = engine(session_.hardware, realStore);
    const auto exact = engine(ideal, idealStore);
    const auto& stages = session_.program.stages;
    std::vector<Sqnr> quantisation(stages.size()), analog(stages.size());
    const std::size_t images = std::min(session_.codes.size(), kSqnrImages);
    for (std::size_t i = 0; i < images; ++i) {
      const auto codes = real->runAllStages(session_.codes[i].data(), i);
      const auto integers = exact->runAllStages(session_.codes[i].data(), i);
      const auto floats =
          runFloatAllLayers(session_.network, session_.inputs.data() + i * session_.inputSize());
      for (std::size_t s = 0; s < stages.size(); ++s) {
        const auto& reference = floats[static_cast<std::size_t>(lastValueLayer(stages[s]))];
        const double scale = stages[s].outputFormat.scale;
        const auto positions = static_cast<std::size_t>(stages[s].outPositions);
        const auto channels = static_cast<std::size_t>(stages[s].outputs);
        for (std::size_t p = 0; p < positions; ++p) {
          for (std::size_t c = 0; c < channels; ++c) {
            const double exactValue = scale * static_cast<double>(integers[s][p * channels + c]);
            quantisation[s].add(reference[c * positions + p], exactValue);
            analog[s].add(exactValue, scale * static_cast<double>(codes[s][p * channels + c]));
          }
        }
      }
    }
    Json json = Json::array();
    for (std::size_t s = 0; s < stages.size(); ++s) {
      json.push_back({{"layer", stages[s].name},
                      {"quantisation_sqnr_db", quantisation[s].json()},
                      {"analog_sqnr_db", analog[s].json()}});
    }
    return json;
  }

  /// The last layer of a stage whose values lie channel by channel (a reshape or transpose only moves them).
  int lastValueLayer(const Stage& stage) const {
    int last = stage.layers.front();
    for (const int l : stage.layers) {
      const LayerKind kind = session_.network.layers[static_cast<std::size_t>(l)].kind;
      if (kind != LayerKind::reshape && kind != LayerKind::transpose && kind != LayerKind::softmax) last = l;
    }
    return last;
  }

  Session session_;
  std::vector<Effect> effects_;
  bool quiet_;
};

void printTable(const Json& json) {
  const auto percent = [](const Json& v) { return 100 * v.get<double>(); };
  fmt::print("accuracy    {:.2f} % as described, {:.2f} % quantised only, {:.2f} % in float\n",
             percent(json["accuracy"]["as_described"]), percent(json["accuracy"]["quantised_only"]),
             percent(json["accuracy"]["float"]));
  fmt::print("\n{:<24}{:>18}{:>18}\n", "effect", "off alone (%)", "on alone (%)");
  for (const Json& e : json["effects"]) {
    fmt::print("{:<24}{:>18.2f}{:>18.2f}\n", e["effect"].get<std::string>(), percent(e["off_alone"]),
               percent(e["on_alone"]));
  }
  const auto db = [](const Json& v) {
    return v.is_null() ? std::string("exact") : fmt::format("{:.1f}", v.get<double>());
  };
  fmt::print("\n{:<24}{:>18}{:>18}\n", "layer", "quantised (dB)", "analog (dB)");
  for (const Json& l : json["layers"]) {
    fmt::print("{:<24}{:>18}{:>18}\n", l["layer"].get<std::string>(), db(l["quantisation_sqnr_db"]),
               db(l["analog_sqnr_db"]));
  }
}

}  // namespace

void addExplain(CLI::App& app, Context& context) {
  auto options = std::make_shared<ExplainOptions>();
  options->session.defaultCount = 1000;
  CLI::App* command = app.add_subcommand(
      "explain", "Say why accuracy is lost: SQNR by layer, each nonideality off and on alone");
  options->session.addTo(*command, true);
  command->add_option("--out", options->out, "Folder for explain.json");
  command->callback([options, &context] {
    const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(effectiveThreads(options->session.threads)));
    Explanation explanation(options->session, context.quiet);
    std::optional<OutputFolder> folder;
    if (!options->out.empty()) folder.emplace(options->out);
    Json json = explanation.all();
    json["provenance"] = {{"version", kVersion},
                          {"command", context.commandLine},
                          {"seed", options->session.seed},
                          {"hardware", toToml(explanation.session().hardware)}};
    if (!options->out.empty()) writeWhole(options->out + "/explain.json", json.dump(2) + "\n");
    if (context.json)
      fmt::print("{}\n", json.dump(2));
    else if (!context.quiet)
      printTable(json);
  });
}

}  // namespace crosstile::app
