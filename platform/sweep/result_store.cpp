// SPDX-License-Identifier: Apache-2.0
#include "platform/sweep/result_store.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <ctime>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kSchemaVersion = 1;

constexpr const char* kTables = R"(
  CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE points(hash TEXT PRIMARY KEY, config TEXT NOT NULL, seed INTEGER NOT NULL,
                      status TEXT NOT NULL CHECK(status IN ('done', 'failed')), error TEXT NOT NULL,
                      wall_s REAL NOT NULL, finished TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE settings(hash TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
                        PRIMARY KEY(hash, key)) WITHOUT ROWID;
  CREATE TABLE metrics(path TEXT NOT NULL, hash TEXT NOT NULL, value REAL NOT NULL,
                       PRIMARY KEY(path, hash)) WITHOUT ROWID;
)";

/// @throws BadInput for what the file is, RunFailure for what became of writing it
[[noreturn]] void fail(const std::string& file, int code, const char* what) {
  const int kind = code & 0xFF;
  if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_FORMAT)
    throw BadInput(
        "{}: damaged ({}): move it away and start again; finished points are kept beside it, in points, and will "
        "be taken up",
        file, what);
  throw RunFailure("{}: can't be written: {}; finished points stay, and the sweep goes on when started again", file,
                   what);
}

/// One prepared statement.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& file, const char* sql) : database_(database), file_(file) {
    check(sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int at, const std::string& text) {
    check(sqlite3_bind_text(statement_, at, text.c_str(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
    return *this;
  }
  Statement& bind(int at, double value) {
    check(sqlite3_bind_double(statement_, at, value));
    return *this;
  }
  Statement& bind(int at, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, at, value));
    return *this;
  }
  /// False after the last row.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(code);
    return false;
  }
  /// Runs it for its effect, ready for the next values.
  void run() {
    step();
    check(sqlite3_reset(statement_));
  }
  std::string text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    return bytes ? reinterpret_cast<const char*>(bytes) : "";
  }
  double number(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) fail(file_, code, sqlite3_errmsg(database_));
  }
  sqlite3* database_;
  const std::string& file_;
  sqlite3_stmt* statement_ = nullptr;
};

template <typename Json>
void collect(const Json& node, const std::string& prefix, Metrics& metrics) {
  for (const auto& [name, value] : node.items()) {
    const std::string path = prefix.empty() ? name : prefix + "." + name;
    if (value.is_object() && path != "provenance") collect(value, path, metrics);
    if (value.is_number()) metrics[path] = value.template get<double>();
  }
}

}  // namespace

Metrics metricsOf(const nlohmann::json& report) {
  Metrics metrics;
  collect(report, "", metrics);
  return metrics;
}

Metrics metricsOf(const nlohmann::ordered_json& report) {
  Metrics metrics;
  collect(report, "", metrics);
  return metrics;
}

std::optional<double> numberAt(const nlohmann::json& report, const std::string& path) {
  const nlohmann::json* at = &report;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    const bool index = !name.empty() && name.size() < 9 && name.find_first_not_of("0123456789") == std::string::npos;
    if (at->is_object() && at->contains(name)) {
      at = &(*at)[name];
    } else if (at->is_array() && index && std::stoul(name) < at->size()) {
      at = &(*at)[std::stoul(name)];
    } else {
      return std::nullopt;
    }
    begin = end + 1;
  }
  return at->is_number() ? std::optional<double>(at->get<double>()) : std::nullopt;
}

ResultStore::ResultStore(const std::string& file) : file_(file) {
  try {
    const int code = sqlite3_open(file.c_str(), &database_);
    if (code != SQLITE_OK) fail(file_, code, sqlite3_errmsg(database_));
    sqlite3_busy_timeout(database_, 10'000);  // somebody reads
    // A commit survives the end of the process; of a power cut, the last ones may be lost, never the file.
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    check();
    makeTables();
  } catch (const Error&) {
    sqlite3_close(database_);
    throw;
  }
}

ResultStore::~ResultStore() {
  sqlite3_close(database_);
}

void ResultStore::check() const {
  Statement quick(database_, file_, "PRAGMA quick_check(1)");
  if (quick.step() && quick.text(0) != "ok") fail(file_, SQLITE_CORRUPT, "its pages contradict one another");
}

void ResultStore::execute(const char* sql) const {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(file_, code, sqlite3_errmsg(database_));
}

void ResultStore::makeTables() {
  Statement version(database_, file_, "PRAGMA user_version");
  version.step();
  const int found = static_cast<int>(version.number(0));
  if (found == kSchemaVersion) return;
  Statement tables(database_, file_, "SELECT count(*) FROM sqlite_master");
  tables.step();
  if (found != 0 || tables.number(0) > 0)
    throw BadInput("{}: is no store of this program's sweeps (version {}, {} is known)", file_, found, kSchemaVersion);
  execute(fmt::format("BEGIN; {} PRAGMA user_version = {}; COMMIT", kTables, kSchemaVersion).c_str());
}

void ResultStore::add(const SweepPoint& point, const PointResult& result, const Metrics& metrics) {
  execute("BEGIN");
  try {
    for (const char* table : {"DELETE FROM settings WHERE hash = ?", "DELETE FROM metrics WHERE hash = ?"})
      Statement(database_, file_, table).bind(1, point.hash).run();
    Statement(database_, file_, "INSERT OR REPLACE INTO points VALUES(?, ?, ?, ?, ?, ?, ?)")
        .bind(1, point.hash)
        .bind(2, point.config)
        .bind(3, static_cast<std::int64_t>(point.seed))
        .bind(4, std::string(result.done() ? "done" : "failed"))
        .bind(5, result.error)
        .bind(6, result.wallS)
        .bind(7, fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))))
        .run();
    Statement setting(database_, file_, "INSERT OR REPLACE INTO settings VALUES(?, ?, ?)");
    for (const auto& [key, value] : point.settings) setting.bind(1, point.hash).bind(2, key).bind(3, value).run();
    Statement metric(database_, file_, "INSERT INTO metrics VALUES(?, ?, ?)");
    for (const auto& [path, value] : metrics) metric.bind(1, path).bind(2, point.hash).bind(3, value).run();
    execute("COMMIT");
  } catch (const Error&) {
    sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

void ResultStore::setMeta(const std::string& key, const std::string& value) {
  Statement(database_, file_, "INSERT OR REPLACE INTO meta VALUES(?, ?)").bind(1, key).bind(2, value).run();
}

std::map<std::string, PointResult> ResultStore::results() const {
  std::map<std::string, PointResult> all;
  Statement rows(database_, file_, "SELECT hash, error, wall_s FROM points");
  while (rows.step()) all[rows.text(0)] = {rows.text(1), rows.number(2)};
  return all;
}

std::map<std::string, double> ResultStore::metric(const std::string& path) const {
  std::map<std::string, double> all;
  Statement rows(database_, file_, "SELECT hash, value FROM metrics WHERE path = ?");
  rows.bind(1, path);
  while (rows.step()) all[rows.text(0)] = rows.number(1);
  return all;
}

}  // namespace crosstile
