// SPDX-License-Identifier: Apache-2.0
// Traces parse, name their tracks, and hold times exactly.
#include "platform/record/trace_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/base/error.h"

namespace crosstile {
namespace {

std::string pathOf(const char* name) {
  return ::testing::TempDir() + name;
}

nlohmann::json parsed(const std::string& path) {
  std::ifstream in(path);
  return nlohmann::json::parse(in);
}

TEST(TraceWriter, ParsesBackWithItsTracks) {
  const std::string path = pathOf("crosstile-trace.json");
  TraceWriter trace(path);
  const int tile = trace.addProcess("tile 0 \"left\"\n\\");
  const auto core = trace.addTrack(tile, "core 1");
  const auto adc = trace.addTrack(tile, "adc");
  trace.complete(core, "read", 0, 100'000, {{"layer", "conv\t1"}, {"plane", "3"}});
  trace.complete(adc, "convert \xff", 123'456'789'012'345, 1);
  trace.counter(tile, "buffer", 5, 12.5);
  EXPECT_FALSE(std::filesystem::exists(path));  // not before it is whole
  trace.close();
  const auto json = parsed(path);
  const auto& events = json["traceEvents"];
  ASSERT_EQ(events.size(), trace.events());
  EXPECT_EQ(events[0]["args"]["name"], "tile 0 \"left\"\n\\");
  const auto& read = events[4];
  EXPECT_EQ(read["ph"], "X");
  EXPECT_EQ(read["pid"], core.process);
  EXPECT_EQ(read["tid"], core.thread);
  EXPECT_EQ(read["ts"], 0.0);
  EXPECT_EQ(read["dur"], 0.1);
  EXPECT_EQ(read["args"]["layer"], "conv\t1");
  EXPECT_NE(core.thread, adc.thread);
  EXPECT_EQ(events[6]["args"]["value"], 12.5);
  std::filesystem::remove(path);
}

TEST(TraceWriter, WritesPicosecondsExactly) {
  const std::string path = pathOf("crosstile-trace-exact.json");
  TraceWriter trace(path);
  const auto track = trace.addTrack(trace.addProcess("p"), "t");
  trace.complete(track, "e", 123'456'789'012'345, 1);
  trace.close();
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_NE(text.str().find("\"ts\":123456789.012345,\"dur\":0.000001"), std::string::npos) << text.str();
  std::filesystem::remove(path);
}

TEST(TraceWriter, AnUnclosedOrEmptyTraceIsClean) {
  const std::string path = pathOf("crosstile-trace-dropped.json");
  { TraceWriter dropped(path); }
  EXPECT_FALSE(std::filesystem::exists(path));
  TraceWriter empty(path);
  empty.close();
  EXPECT_TRUE(parsed(path)["traceEvents"].empty());
  std::filesystem::remove(path);
}

TEST(TraceWriter, UnwritableIsBadInput) {
  EXPECT_THROW(TraceWriter("/no/such/folder/t.json"), BadInput);
}

}  // namespace
}  // namespace crosstile
