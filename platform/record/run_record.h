// SPDX-License-Identifier: Apache-2.0
// Everything a run has to say: the typed form of report.json. docs/results_format.md gives each figure's
// formula.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/cost/roll_up.h"
#include "platform/record/ledger.h"
#include "platform/record/power_trace.h"

namespace crosstile {

struct Interval {
  double low = 0.0, high = 1.0;
};

/// Wilson's 95 % interval of a proportion: centre (p + z^2/2n)/(1 + z^2/n), z = 1.96; [0, 1] when n = 0.
Interval wilson95(std::uint64_t successes, std::uint64_t count);

/// Quantile of ascending values, linear between neighbours.
double quantile(const std::vector<double>& sorted, double q);

struct Accuracy {
  double top1 = 0.0;           ///< share of images classified right, mean over draws
  std::optional<double> top5;  ///< absent for networks of fewer than 6 classes
  std::uint64_t count = 0;     ///< images, each draw
  Interval ci95;               ///< of top1, over images: Wilson at the mean of the draws
  std::vector<double> draws;   ///< top1 of each independent programming
};
/// From the right answers of each draw, all over the same `count` images.
Accuracy accuracyOf(const std::vector<std::uint64_t>& right, std::uint64_t count,
                    const std::vector<std::uint64_t>& rightInFive = {});

/// Accuracy at an age of the chip, the same draws.
struct AgedAccuracy {
  std::string age;  ///< as given
  double seconds = 0.0;
  Accuracy accuracy;
};

/// A piece of the critical path; the pieces partition 0 to the latency.
struct CriticalStep {
  std::string component;  ///< a Component's name, or a wait: "input", "credit", ...
  int layer = kShared;
  std::uint64_t picoseconds = 0;
};

struct Latency {
  std::uint64_t picoseconds = 0;               ///< first input enters to last output leaves, first image
  std::uint64_t cycles = 0;                    ///< of the chip's clock, rounded up
  double meanS = 0.0, p95S = 0.0, maxS = 0.0;  ///< submission to result, over all images of the timed run
  std::vector<CriticalStep> criticalPath;
};

/// What the period would be if this resource alone counted: its busy time an image.
struct PeriodLimit {
  std::string resource;
  int layer = kShared;
  double secondsPerImage = 0.0;
};

/// The cells of a weighted layer as a load.
struct DeviceLayer {
  int layer = 0;
  std::int64_t synapses = 0;   ///< weights, the bias row's among them
  double powerWatts = 0.0;     ///< mean over the layer's reads
  double shareAtGOff = 0.0;    ///< of the cells that hold weights
  double largestWeight = 0.0;  ///< max|w|, the bias row's among them
};

/// What the cells alone would make of the chip, by the formula of Joksas et al. 2022 (no converters), with
/// all that it depends on.
struct DeviceEfficiency {
  double powerWatts = 0.0;    ///< sum over layers of the mean of sum |V I| over cells
  double energyJoules = 0.0;  ///< of the cells, an image
  double topsPerWatt = 0.0;   ///< 2 operations a synapse and read over the cells' energy
  double readVoltage = 0.0, readTime = 0.0;
  std::string law;
  std::string readout;
  std::string draw;  ///< programming, or batch (of drawImages)
  int drawImages = 0;
  std::vector<DeviceLayer> layers;
  std::int64_t synapses() const;
};

/// Closed-loop programming of one draw, all arrays.
struct VerifyRecord {
  std::uint64_t reads = 0, unreached = 0, left = 0;  ///< unreached, left: cells
  double cellsJ = 0.0, unselectedJ = 0.0, seriesJ = 0.0, switchJ = 0.0, limiterJ = 0.0;  ///< parts of energyJ
  double readJ = 0.0;
};

/// One programming of the chip (the first draw).
struct ProgrammingRecord {
  std::string method;
  std::uint64_t pulses = 0;
  double seconds = 0.0;  ///< arrays in parallel: the slowest
  double energyJ = 0.0;  ///< of the pulses, in cells and series elements
  std::optional<VerifyRecord> verify;
};

struct LayerRecord {
  std::string name;
  std::string kind;        ///< dense, conv, relu, ...
  std::string foldedInto;  ///< the layer that does this one's work; empty when it has its own
  int arrays = 0, cores = 0, tiles = 0, replicas = 0;
  std::optional<double> cellUtilisation;  ///< cells that hold weights over cells of the arrays
  std::optional<std::uint64_t> startPs, latencyPs;
  std::optional<std::uint64_t> mvms, reads, conversions;  ///< an image
};

/// Room that streams take in the buffer of a tile: from what has not been given back to the last byte that
/// came.
struct BufferRecord {
  std::string tile;
  std::vector<int> layers;  ///< whose stages the tile holds
  std::uint64_t bytes = 0;  ///< of the streams' rings
  std::uint64_t peakBytes = 0;
  double meanBytes = 0.0;  ///< over the time from the first submission to the last result
};

/// A figure by name: utilisation (0 to 1), busy time (s), stalls by cause (s).
using NamedValues = std::vector<std::pair<std::string, double>>;

struct Provenance {
  std::string command;
  std::uint64_t seed = 0;
  std::string timing;          ///< functional, loose, cycle
  std::string hardware;        ///< effective description, TOML
  std::string network;         ///< as given on the command line ...
  std::string networkHash;     ///< ... and the hash of its bytes
  std::string images, labels;  ///< as given
  std::uint64_t threads = 1;
  std::uint64_t draws = 1;
};

struct SimulationRecord {
  double wallSeconds = 0.0;
  std::optional<double> programmingSeconds;
  std::optional<std::uint64_t> events;       ///< kernel events of the timed images
  std::optional<std::uint64_t> tileEvents;   ///< of them in the tiles: not the routers' nor the host's
  std::optional<std::uint64_t> tilePackets;  ///< packets into the tiles' buffers, two events each
  std::optional<double> eventsPerMvm;        ///< (tileEvents - 2 tilePackets) over vectors through one core
  std::optional<double> timedSeconds;        ///< wall time of the timed images, programming left out
  std::optional<std::uint64_t> timedImages;
  std::optional<double> eventsPerSecond;
  std::optional<std::uint64_t> peakMemoryBytes;
  std::optional<double> imagesPerSecond;
  std::optional<double> referenceImagesPerSecond;
  std::optional<double> productShare;  ///< of the time, in the analog products
};

/// Fields that a run can't know are absent, never NaN.
struct RunRecord {
  std::optional<Accuracy> accuracy;
  std::vector<AgedAccuracy> accuracyByAge;
  std::optional<double> referenceTop1;  ///< the same network in float
  std::optional<Latency> latency;
  std::optional<double> periodSeconds;
  std::vector<PeriodLimit> periodLimits;
  std::optional<Ledger> energy;  ///< dynamic and leakage together; layers as in `layers`
  std::optional<Ledger> dynamic, leakage;
  std::uint64_t inferences = 0;  ///< that the ledger's inference and idle phases cover
  std::optional<double> meanPowerWatts, peakPowerWatts;
  std::optional<PowerSeries> powerTrace;
  std::optional<std::array<AreaPower, kComponents>> area;  ///< of the chip, by component
  std::optional<double> operationsPerInference;            ///< 2 x multiply-accumulates of the network
  std::optional<DeviceEfficiency> devices;
  std::optional<ProgrammingRecord> programming;
  NamedValues utilisation, busySeconds, stallSeconds;
  std::vector<BufferRecord> buffers;  ///< of the tiles in use
  std::vector<LayerRecord> layers;
  Provenance provenance;
  SimulationRecord simulation;
};

/// @throws RunFailure when a figure isn't finite
nlohmann::ordered_json toJson(const RunRecord& record);

/// The page for people: charts and tables, self-contained, needs no network.
std::string toHtml(const nlohmann::ordered_json& report);

/// Writes report.json and report.html into the folder, each whole or not at all. @throws RunFailure
void writeReport(const std::string& folder, const RunRecord& record);

}  // namespace crosstile
