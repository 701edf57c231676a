// SPDX-License-Identifier: Apache-2.0
#include "platform/record/trace_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/base/error.h"

namespace crosstile {
namespace {

/// A JSON string with quotes; bytes that aren't UTF-8 become U+FFFD.
std::string jsonText(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr std::uint64_t kPicosecondsPerMicrosecond = 1'000'000;

std::string microseconds(std::uint64_t ps) {
  return fmt::format("{}.{:06}", ps / kPicosecondsPerMicrosecond, ps % kPicosecondsPerMicrosecond);
}

}  // namespace

TraceWriter::TraceWriter(const std::string& path) : path_(path), file_(path) {
  put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
}

void TraceWriter::begin() {
  put(events_++ == 0 ? "\n" : ",\n");
}

int TraceWriter::addProcess(std::string_view name) {
  threads_.push_back(0);
  const int process = static_cast<int>(threads_.size());
  begin();
  put(fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", process,
                  jsonText(name)));
  begin();
  put(fmt::format(R"({{"ph":"M","name":"process_sort_index","pid":{},"args":{{"sort_index":{}}}}})", process,
                  process));
  return process;
}

TraceWriter::Track TraceWriter::addTrack(int process, std::string_view name) {
  const Track track{process, ++threads_.at(static_cast<std::size_t>(process - 1))};
  begin();
  put(fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})",
                  track.process, track.thread, jsonText(name)));
  return track;
}

void TraceWriter::complete(Track track, std::string_view name, std::uint64_t startPs,
                           std::uint64_t durationPs, const Arguments& arguments) {
  begin();
  put(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{})", track.process, track.thread,
                  microseconds(startPs), microseconds(durationPs), jsonText(name)));
  if (!arguments.empty()) {
    put(",\"args\":{");
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      put(fmt::format("{}{}:{}", i ? "," : "", jsonText(arguments[i].first), jsonText(arguments[i].second)));
    }
    put("}");
  }
  put("}");
}

void TraceWriter::counter(int process, std::string_view name, std::uint64_t timePs, double value) {
  if (!std::isfinite(value)) throw RunFailure("{}: counter {} isn't finite", path_, name);
  begin();
  put(fmt::format(R"({{"ph":"C","pid":{},"ts":{},"name":{},"args":{{"value":{}}}}})", process,
                  microseconds(timePs), jsonText(name), value));
}

void TraceWriter::close() {
  if (closed_) return;
  closed_ = true;
  put("\n]}\n");
  file_.commit();
}

}  // namespace crosstile
