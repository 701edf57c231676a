// SPDX-License-Identifier: Apache-2.0
#include "platform/app/session.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "models/base/error.h"
#include "models/base/random.h"
#include "platform/app/validators.h"
#include "workloads/encoding/quantise.h"
#include "workloads/network/float_reference.h"

namespace crosstile::app {
namespace {

constexpr double kSameDevice = 1e-6;  // relative

}  // namespace

void SessionOptions::addTo(CLI::App& command, bool withImages) {
  command.add_option("--network", network, "Network (ONNX)")->required();
  command.add_option("--hardware", hardware, "Hardware description (TOML) or preset")->capture_default_str();
  addDesignTo(command);
  if (!withImages) return;
  addDataTo(command);
  command.get_option("--images")->required();
  command.get_option("--labels")->required();
}

void SessionOptions::addDesignTo(CLI::App& command) {
  command.add_option("--weights", weights, "Of the file, or random where it declares shapes alone")
      ->check(CLI::IsMember({"file", "random"}))
      ->capture_default_str();
  command.add_option("--set", settings, "Overrides a key of the hardware: section.key=value")->take_all();
  command.add_option("--seed", seed, "Seed of all random streams")
      ->check(wholeNumber(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command.add_option("--threads", threads, "Threads; 0: all")->check(wholeNumber(0, 1024));
  command.add_flag("--force", force, "Run a network on another device than its conductances were trained for");
}

void SessionOptions::addDataTo(CLI::App& command) {
  command.add_option("--images", images, "Images (IDX, NPY, CSV; gzip allowed)");
  command.add_option("--labels", labels, "Labels of the images");
  command
      .add_option("--count", count,
                  defaultCount > 0
                      ? fmt::format("Images to run; default: {} or as many as there are", defaultCount)
                      : std::string("Images to run; default: all"))
      ->check(wholeNumber(1));
  command
      .add_option("--input-scale", inputScale,
                  "Pixels are multiplied by this (default 1/255 or the network's own)")
      ->check(finiteNumber(" other than 0", [](float x) { return x != 0.0F; }));
  command.add_option("--input-mean", inputMean, "Subtracted after scaling, one a channel")
      ->delimiter(',')
      ->check(finiteNumber("", [](float) { return true; }));
  command.add_option("--input-std", inputStd, "Divided by, one a channel")
      ->delimiter(',')
      ->check(finiteNumber(" above 0", [](float x) { return x > 0.0F; }));
  command.add_option("--input-layout", inputLayout, "Order of the stored pixels")
      ->check(CLI::IsMember({"nchw", "nhwc"}));
}

int effectiveThreads(int asked) {
  return asked > 0 ? asked : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Session::Session(const SessionOptions& options) : options_(options) {
  hardware = loadHardware(options.hardware, options.settings);
  network = importOnnx(options.network, {options.weights == "random", options.seed});
  checkDevice();
  loadImages();
  quantiseAndMap();
}

/// Trained conductances mean something on their own device only.
void Session::checkDevice() const {
  if (!network.trainedFor) return;
  const TrainedDevice& trained = *network.trainedFor;
  const std::pair<const char*, std::pair<double, double>> values[] = {
      {"device.g_off", {hardware.device.gOff.value, trained.gOff}},
      {"device.g_on", {hardware.device.gOn.value, trained.gOn}},
      {"array.read_voltage", {hardware.array.readVoltage.value, trained.readVoltage}}};
  for (const auto& [key, pair] : values) {
    if (std::abs(pair.first / pair.second - 1.0) <= kSameDevice) continue;
    const std::string text =
        fmt::format("{}: was trained for the device {} with {} = {:.6g}, {} has {:.6g}", options_.network,
                    trained.device, key, pair.second, options_.hardware, pair.first);
    if (!options_.force) throw BadInput("{}; --force would run it all the same", text);
    fmt::print(stderr, "crosstile: warning: {}\n", text);
    return;
  }
}

void Session::loadImages() {
  if (options_.images.empty()) {
    // No images (`map`): uniform noise sets plausible activation ranges.
    const RandomStream stream({options_.seed}, Purpose::sampling);
    inputs.resize(inputSize() * 4);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<float>(stream.uniform(i));
    return;
  }
  const Images images =
      readImages(options_.images, options_.count > 0 ? options_.count : options_.defaultCount);
  if (images.count < options_.count) {
    throw BadInput("{}: holds {} images, --count asks for {}", options_.images, images.count, options_.count);
  }
  if (!options_.labels.empty()) labels = readLabels(options_.labels, images.count);
  if (!options_.labels.empty() && static_cast<int>(labels.size()) < images.count) {
    throw BadInput("{}: has {} labels for {} images", options_.labels, labels.size(), images.count);
  }
  Preprocessing how = network.preprocessing;
  if (options_.inputScale) how.scale = *options_.inputScale;
  if (!options_.inputMean.empty()) how.mean = options_.inputMean;
  if (!options_.inputStd.empty()) how.std = options_.inputStd;
  inputs = preprocess(images, network.inputShape, how,
                      options_.inputLayout == "nhwc" ? ImageLayout::nhwc : ImageLayout::nchw);
}

void Session::quantiseAndMap() {
  const int have = static_cast<int>(inputs.size() / inputSize());
  const int calibration = std::min(have, hardware.encoding.calibrationImages);
  integer = quantise(network, hardware.encoding, inputs.data(), calibration);
  MappingRequest request;
  request.network = &integer;
  request.encoding = hardware.encoding;
  request.array = hardware.array;
  request.chip = hardware.chip;
  request.mapping = hardware.mapping;
  request.inputSlots = hardware.timing.inputSlots;
  request.bufferAccessBits = hardware.timing.bufferAccessBits;
  program = mapNetwork(request);
  for (IntegerLayer& layer : integer.layers) std::vector<std::int32_t>().swap(layer.weights);  // now levels
  if (options_.images.empty()) return;
  codes.resize(static_cast<std::size_t>(have));
  tbb::parallel_for(std::size_t{0}, codes.size(), [&](std::size_t i) {
    codes[i].resize(inputSize());
    quantiseInput(integer.input, inputs.data() + i * inputSize(), codes[i].data(), inputSize());
  });
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && labels[i] < classes()) continue;
    throw BadInput("{}: label {} of image {} is not one of the network's {} classes", options_.labels,
                   labels[i], i, classes());
  }
}

std::vector<std::vector<std::int64_t>> Session::calibrationCodes() const {
  const auto n = std::min(codes.size(), static_cast<std::size_t>(hardware.encoding.calibrationImages));
  return {codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(n)};
}

CorrectCount Session::floatReference() const {
  const auto width = static_cast<std::size_t>(classes());
  std::vector<float> outputs(codes.size() * width);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, codes.size(), 64), [&](const auto& range) {
    for (std::size_t i = range.begin(); i < range.end(); ++i) {
      const std::vector<float> y = runFloat(network, inputs.data() + i * inputSize());
      std::copy(y.begin(), y.end(), outputs.begin() + static_cast<std::ptrdiff_t>(i * width));
    }
  });
  return countCorrect(outputs, classes(), labels);
}

std::int64_t Session::multiplyAccumulates() const {
  std::int64_t sum = 0;
  for (const Stage& stage : program.stages) {
    if (stage.layer < 0) continue;
    const Layer& layer = network.layers[static_cast<std::size_t>(stage.layer)];
    sum += elementCount(layer.weights.shape) * stage.input.positions();
  }
  return sum;
}

}  // namespace crosstile::app
