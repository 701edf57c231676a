// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/sweep_runner.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kRefreshMs = 200;  // of the progress

/// A disk that is full ends the sweep: no later point could be kept either.
bool isDiskFull(const std::string& error) {
  return error.find(std::strerror(ENOSPC)) != std::string::npos;
}

}  // namespace

SweepRunner::SweepRunner(const SweepFolder& folder, ResultStore* store, SweepRunOptions options,
                         RunSweepPoint runPoint)
    : folder_(folder), store_(store), options_(std::move(options)), runPoint_(std::move(runPoint)) {}

std::map<std::string, PointResult> SweepRunner::run(const std::vector<SweepPoint>& points, const SweepNews& news,
                                                    const std::function<void(const SweepPoint&)>& check) {
  check_ = check;
  takeUp(points);
  const int total = static_cast<int>(pending_.size());
  news.begins(total, static_cast<int>(points.size()) - total);
  int finished = 0;
  while (true) {
    while (static_cast<int>(pool_.running()) < options_.jobs && startNext(points)) {
    }
    if (pool_.running() == 0) break;
    const auto end = pool_.wait(kRefreshMs);
    if (end) {
      finish(points, *end);
      const int left = static_cast<int>(pending_.size() + pool_.running());
      if (finished == 0 && total - left > 0) news.firstFinished(end->wallS, left);
      finished = total - left;
    }
    news.progress(finished);
  }
  return std::move(results_);
}

/// What earlier runs have left: in the store, or in the folder alone.
void SweepRunner::takeUp(const std::vector<SweepPoint>& points) {
  const std::map<std::string, PointResult> known =
      store_ ? store_->results() : std::map<std::string, PointResult>{};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto stored = known.find(points[i].hash);
    std::optional<PointResult> found;
    if (stored != known.end()) found = stored->second;
    if (!found && (found = folder_.found(points[i])) && store_ && (found->done() || !options_.retry))
      store_->add(points[i], *found, folder_.metrics(points[i]).value_or(Metrics{}));
    if (found && (found->done() || !options_.retry)) {
      results_[points[i].hash] = *found;
      continue;
    }
    pending_.push_back(i);
    Group& group = groups_[points[i].group];
    group.shared = ++group.left > 1;
  }
}

/// Starts the first point that may: the first of a group programmes alone, the others then find its arrays.
bool SweepRunner::startNext(const std::vector<SweepPoint>& points) {
  for (auto next = pending_.begin(); next != pending_.end(); ++next) {
    const SweepPoint& point = points[*next];
    Group& group = groups_.at(point.group);
    if (group.shared && !group.programmed && group.running > 0) continue;
    const std::string cache = cacheOf(point, group);
    folder_.clear(point);
    pool_.start(*next, [&] { runPoint_(point, folder_.pointFolder(point), cache); });
    ++group.running;
    pending_.erase(next);
    return true;
  }
  return false;
}

std::string SweepRunner::cacheOf(const SweepPoint& point, const Group& group) const {
  if (!options_.cache.empty()) return options_.cache;
  return group.shared ? folder_.cacheFolder(point) : std::string();
}

void SweepRunner::finish(const std::vector<SweepPoint>& points, const WorkerEnd& end) {
  const SweepPoint& point = points[end.id];
  Group& group = groups_.at(point.group);
  --group.running;
  if (end.signal != 0 && ++kills_[end.id] < kTries) {
    pending_.push_front(end.id);
    return;
  }
  PointResult result{end.error, end.wallS};
  if (isDiskFull(result.error))
    throw RunFailure("{}; finished points stay, and the sweep goes on when started again", result.error);
  if (result.done()) {
    const auto metrics = folder_.metrics(point);
    if (!metrics) throw RunFailure("{}/report.json: can't be read", folder_.pointFolder(point));
    group.programmed = true;
    keep(point, result, *metrics);
    if (check_) std::exchange(check_, nullptr)(point);
  } else {
    folder_.recordError(point, result);
    keep(point, result, {});
  }
  if (--group.left == 0 && options_.cache.empty()) {
    std::error_code ignored;  // a cache that stays is no harm
    std::filesystem::remove_all(folder_.cacheFolder(point), ignored);
    std::filesystem::remove(folder_.file("cache"), ignored);  // when it is empty
  }
}

void SweepRunner::keep(const SweepPoint& point, const PointResult& result, const Metrics& metrics) {
  if (store_) store_->add(point, result, metrics);
  results_[point.hash] = result;
}

}  // namespace crosstile
