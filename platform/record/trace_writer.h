// SPDX-License-Identifier: Apache-2.0
// Traces for Chrome (chrome://tracing) and Perfetto: what each part of the machine did when.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/dataset/partial_file.h"

namespace crosstile {

/// Streams events of the JSON trace format. A process is a tile (or the host, or the mesh), a thread one
/// resource in it: a core, an ADC bank, a bus, a link. Times are picoseconds and are written as microseconds
/// with six decimals, so that they're exact. The file appears under its name when close() is called, and
/// never half-written; an unclosed trace is dropped.
class TraceWriter {
 public:
  /// A row of the trace.
  struct Track {
    int process = 0;
    int thread = 0;
  };
  using Arguments = std::vector<std::pair<std::string, std::string>>;

  /// @throws BadInput when the file can't be made
  explicit TraceWriter(const std::string& path);

  /// A new group of tracks, shown in the order of calls.
  int addProcess(std::string_view name);
  Track addTrack(int process, std::string_view name);
  /// Work from `start` for `duration` picoseconds; arguments are shown when it is selected.
  void complete(Track track, std::string_view name, std::uint64_t startPs, std::uint64_t durationPs,
                const Arguments& arguments = {});
  /// A value that holds from `time` on: queue depth, buffer fill.
  void counter(int process, std::string_view name, std::uint64_t timePs, double value);
  std::uint64_t events() const { return events_; }
  /// Ends the file and gives it its name. @throws RunFailure when it couldn't be written whole
  void close();

 private:
  void begin();
  void put(std::string_view text) { file_.write(text); }

  std::string path_;
  PartialFile file_;
  std::vector<int> threads_;  ///< tracks of each process
  std::uint64_t events_ = 0;
  bool closed_ = false;
};

}  // namespace crosstile
