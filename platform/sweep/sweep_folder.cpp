// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/sweep_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/base/error.h"
#include "platform/record/whole_file.h"

namespace crosstile {
namespace {

namespace fs = std::filesystem;

/// None unless the file is there and whole JSON: a file system that lost its last writes may hold less.
std::optional<nlohmann::json> readJson(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

/// Of a killed driver's summaries.
void removePartials(const std::string& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().find(".partial-") != std::string::npos) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

SweepFolder::SweepFolder(std::string folder, const std::string& lockName) : folder_(std::move(folder)) {
  prepareOutputFolder(folder_);
  prepareOutputFolder(file("points"));
  lock_ = ::open(file(lockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) throw BadInput("{}: can't be written: {}", file(lockName), std::strerror(errno));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(lock_, F_SETLK, &whole) != 0) {  // of the process: workers don't inherit it
    ::close(lock_);
    throw BadInput("{}: another process is at work on this sweep", folder_);
  }
  if (lockName == "lock") removePartials(folder_);
}

SweepFolder::~SweepFolder() {
  ::close(lock_);
}

std::optional<nlohmann::json> SweepFolder::report(const SweepPoint& point) const {
  return readJson(pointFolder(point) + "/report.json");
}

std::optional<Metrics> SweepFolder::metrics(const SweepPoint& point) const {
  std::error_code ignored;
  if (!fs::exists(pointFolder(point) + "/report.json", ignored)) return std::nullopt;
  if (const auto json = readJson(pointFolder(point) + "/metrics.json")) return metricsOf(*json);
  const auto json = report(point);
  return json ? std::optional<Metrics>(metricsOf(*json)) : std::nullopt;
}

void SweepFolder::writeReport(const std::string& pointFolder, const nlohmann::ordered_json& report) {
  writeWhole(pointFolder + "/metrics.json", nlohmann::json(metricsOf(report)).dump() + "\n");
  writeWhole(pointFolder + "/report.json",
             report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::optional<PointResult> SweepFolder::found(const SweepPoint& point) const {
  if (const auto numbers = metrics(point)) {
    const auto wallS = numbers->find("simulation.wall_s");
    return PointResult{"", wallS == numbers->end() ? 0.0 : wallS->second};
  }
  if (const auto json = readJson(pointFolder(point) + "/error.json"))
    return PointResult{json->value("error", "failed"), json->value("wall_s", 0.0)};
  return std::nullopt;
}

void SweepFolder::recordError(const SweepPoint& point, const PointResult& result) const {
  nlohmann::ordered_json json{{"error", result.error}, {"wall_s", result.wallS}};
  for (const auto& [key, value] : point.settings) json["settings"][key] = value;
  json["seed"] = point.seed;
  try {
    prepareOutputFolder(pointFolder(point));
  } catch (const BadInput& e) {
    throw RunFailure("{}", e.what());  // the folder took files when the sweep began
  }
  writeWhole(pointFolder(point) + "/error.json", json.dump(2) + "\n");
}

void SweepFolder::clear(const SweepPoint& point) const {
  std::error_code ignored;
  fs::remove_all(pointFolder(point), ignored);
}

}  // namespace crosstile
