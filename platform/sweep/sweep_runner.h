// SPDX-License-Identifier: Apache-2.0
// Runs a sweep's points in worker processes and keeps what they find.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "platform/sweep/sweep_folder.h"
#include "platform/sweep/worker_pool.h"

namespace crosstile {

struct SweepRunOptions {
  int jobs = 1;        ///< workers at a time
  bool retry = false;  ///< points that failed before run again
  std::string cache;   ///< of solved arrays, kept; empty: one for each group of points, until its last is done
};

/// Runs one point, in a child process: writes report.json into `folder`, whole. @param cache  folder of solved arrays, or
/// empty
using RunSweepPoint =
    std::function<void(const SweepPoint& point, const std::string& folder, const std::string& cache)>;

/// What the runner tells while it runs.
struct SweepNews {
  std::function<void(int pending, int before)> begins;       ///< points to run, and points finished before
  std::function<void(double wallS, int left)> firstFinished;  ///< of those to run, and how many are left
  std::function<void(int finished)> progress;                 ///< of those to run
};

class SweepRunner {
 public:
  /// @param store  null in a shard: the folder's files alone hold what it finds
  SweepRunner(const SweepFolder& folder, ResultStore* store, SweepRunOptions options, RunSweepPoint runPoint);

  /// Results of all points, by hash: those finished before, whether the store knows of them or not, and those run now.
  /// A worker that a signal ends says nothing of its point: it is tried again, kTries times in all.
  /// @param check  is told of the first new report, and may object by an exception
  /// @throws RunFailure when results can't be kept
  std::map<std::string, PointResult> run(const std::vector<SweepPoint>& points, const SweepNews& news,
                                         const std::function<void(const SweepPoint&)>& check);

  static constexpr int kTries = 5;

 private:
  struct Group {
    int left = 0;             ///< points not finished yet
    int running = 0;
    bool shared = false;      ///< by more than one point to run
    bool programmed = false;  ///< one of its points has left solved arrays behind
  };
  void takeUp(const std::vector<SweepPoint>& points);
  bool startNext(const std::vector<SweepPoint>& points);
  void finish(const std::vector<SweepPoint>& points, const WorkerEnd& end);
  void keep(const SweepPoint& point, const PointResult& result, const Metrics& metrics);
  std::string cacheOf(const SweepPoint& point, const Group& group) const;

  const SweepFolder& folder_;
  ResultStore* store_;
  SweepRunOptions options_;
  RunSweepPoint runPoint_;
  std::function<void(const SweepPoint&)> check_;
  std::map<std::string, PointResult> results_;
  std::list<std::size_t> pending_;
  std::map<std::string, Group> groups_;
  std::map<std::size_t, int> kills_;
  WorkerPool pool_;
};

}  // namespace crosstile
