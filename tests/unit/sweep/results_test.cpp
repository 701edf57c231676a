// SPDX-License-Identifier: Apache-2.0
// The store, the Pareto front and the workers.
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include "models/base/error.h"
#include "platform/sweep/pareto.h"
#include "platform/sweep/result_store.h"
#include "platform/sweep/worker_pool.h"
#include "support.h"

namespace crosstile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParetoFront, SmallCases) {
  EXPECT_THAT(paretoFront({{1, 2}, {2, 1}, {2, 2}, {1, 2}, {0.5, 3}}), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(paretoFront({{3}, {1}, {2}, {1}}), ElementsAre(1, 3));
  EXPECT_THAT(paretoFront({}), ElementsAre());
}

TEST(ParetoFront, IsWhatTheDefinitionSays) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> coarse(0, 9);  // ties as well
  std::vector<std::vector<double>> rows(400, std::vector<double>(3));
  for (auto& row : rows) {
    for (double& x : row) x = coarse(random);
  }
  std::vector<std::size_t> expected;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool beaten = false;
    for (const auto& other : rows) {
      bool noWorse = true, better = false;
      for (std::size_t k = 0; k < 3; ++k) {
        noWorse = noWorse && other[k] <= rows[i][k];
        better = better || other[k] < rows[i][k];
      }
      beaten = beaten || (noWorse && better);
    }
    if (!beaten) expected.push_back(i);
  }
  EXPECT_EQ(paretoFront(rows), expected);
}

class Store : public testing::Test {
 protected:
  Store() : file_(testing::TempDir() + "store-" + std::to_string(::getpid()) + ".sqlite") { clean(); }
  ~Store() override { clean(); }
  void clean() const {
    for (const char* end : {"", "-wal", "-shm"}) std::remove((file_ + end).c_str());
  }
  static SweepPoint point(const std::string& hash) {
    SweepPoint p;
    p.hash = hash;
    p.config = "c";
    p.settings = {{"adc.bits", "8"}};
    return p;
  }
  std::string refusal() const {
    try {
      const ResultStore store(file_);
    } catch (const BadInput& e) {
      return e.what();
    }
    return "accepted";
  }
  std::string file_;
};

TEST_F(Store, KeepsWhatItIsGiven) {
  {
    ResultStore store(file_);
    store.add(point("a"), {"", 1.5}, {{"accuracy.top1", 0.25}, {"area", 3.0}});
    store.add(point("b"), {"deadlock", 0.5}, {});
    store.add(point("a"), {"", 2.5}, {{"accuracy.top1", 0.75}});  // again
  }
  const ResultStore store(file_);
  const auto results = store.results();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results.at("a").done());
  EXPECT_EQ(results.at("a").wallS, 2.5);
  EXPECT_EQ(results.at("b").error, "deadlock");
  EXPECT_EQ(store.metric("accuracy.top1"), (std::map<std::string, double>{{"a", 0.75}}));
  EXPECT_TRUE(store.metric("area").empty());
}

TEST_F(Store, RefusesWhatIsNoDatabase) {
  std::ofstream(file_) << std::string(5000, 'x');
  EXPECT_THAT(refusal(), HasSubstr("damaged (file is not a database): move it away"));
}

TEST_F(Store, RefusesDamagedPages) {
  {
    ResultStore store(file_);
    for (int i = 0; i < 300; ++i) store.add(point(std::to_string(i)), {"", 1.0}, {{"m", 1.0 * i}});
  }
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3 * 4096);
  file << std::string(3 * 4096, '\xA5');
  file.close();
  EXPECT_THAT(refusal(), HasSubstr("damaged ("));
}

TEST_F(Store, MetricsAreTheNumbersOutsideOfLists) {
  const auto report = nlohmann::json::parse(
      R"({"a": {"b": 1, "c": [2, 3], "d": "x"}, "e": 0.5, "f": null, "provenance": {"seed": 9}, "g": [{"h": 7}]})");
  EXPECT_EQ(metricsOf(report), (Metrics{{"a.b", 1.0}, {"e", 0.5}}));
  EXPECT_EQ(numberAt(report, "a.c.1"), 3.0);
  EXPECT_EQ(numberAt(report, "g.0.h"), 7.0);
  for (const char* none : {"a", "a.d", "f", "a.c.2", "a.c.x", "z", "", "a..b"}) EXPECT_FALSE(numberAt(report, none));
}

/// Ends of all workers, by id.
std::map<std::size_t, WorkerEnd> collect(WorkerPool& pool) {
  std::map<std::size_t, WorkerEnd> ends;
  while (pool.running() > 0) {
    if (const auto end = pool.wait(10'000)) ends[end->id] = *end;
  }
  return ends;
}

TEST(WorkerPool, TellsHowEachEnded) {
  WorkerPool pool;
  pool.start(0, [] {});
  pool.start(1, [] { throw BadInput("adc.bits = 0: must be more"); });
  pool.start(2, [] { ::raise(SIGKILL); });
  pool.start(3, [] {
    std::fprintf(stderr, "first\nlast words\n");
    ::abort();
  });
  pool.start(4, [] { ::_exit(3); });
  const auto ends = collect(pool);
  EXPECT_EQ(ends.at(0).error, "");
  EXPECT_EQ(ends.at(1).error, "adc.bits = 0: must be more");
  EXPECT_EQ(ends.at(1).signal, 0);
  EXPECT_EQ(ends.at(2).signal, SIGKILL);
  EXPECT_EQ(ends.at(3).signal, SIGABRT);
  EXPECT_THAT(ends.at(3).error, HasSubstr("last words"));
  EXPECT_THAT(ends.at(4).error, HasSubstr("exit code 3"));
}

TEST(WorkerPool, RunsSideBySideAndWaitsNoLongerThanAsked) {
  WorkerPool pool;
  for (std::size_t i = 0; i < 4; ++i) pool.start(i, [] { ::usleep(300'000); });
  EXPECT_FALSE(pool.wait(50));
  const auto ends = collect(pool);
  ASSERT_EQ(ends.size(), 4U);
  for (const auto& [id, end] : ends) EXPECT_GE(end.wallS, 0.3);
}

}  // namespace
}  // namespace crosstile
