// SPDX-License-Identifier: Apache-2.0
// TOML to SweepFile; axes have a file of their own (sweep_axis.cpp).
#include "platform/sweep/sweep_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "models/base/error.h"
#include "platform/hardware/schema.h"
#include "platform/sweep/sweep_toml.h"

namespace crosstile {
namespace {

using sweep::Reader;

const std::vector<std::string> kMethods{"grid", "random", "latin_hypercube", "sobol"};

void readBase(const Reader& reader, const toml::table& base, SweepFile& sweep) {
  for (const auto& [name, node] : base) {
    const std::string key(name.str());
    if (key == "set") continue;
    if (!isRunOption(key)) reader.failUnknown(name.source(), key, {"base.set"}, "in [base]");
    sweep.base[key] = reader.setting(key, node);
  }
  if (const toml::node* set = base.get("set")) reader.flattenSettings(reader.table(*set, "base.set"), sweep.base);
  for (const char* needed : {"network", "images", "labels"}) {
    const bool swept = std::any_of(sweep.axes.begin(), sweep.axes.end(), [&](const SweepAxis& axis) {
      return std::count(axis.keys.begin(), axis.keys.end(), needed) > 0;
    });
    if (!swept && sweep.base.count(needed) == 0)
      throw BadInput("{}: base.{} is missing: must be the {} to run", sweep.path, needed, needed);
  }
}

void readSampling(const Reader& reader, const toml::table& sampling, SweepFile& sweep) {
  reader.allowOnly(sampling, {"method", "points", "seed"}, "sampling");
  if (const toml::node* method = sampling.get("method"))
    sweep.method = reader.oneOf(*method, "sampling.method", kMethods);
  if (const toml::node* points = sampling.get("points"))
    sweep.points = static_cast<int>(reader.whole(*points, "sampling.points", 1, 10'000'000));
  if (const toml::node* seed = sampling.get("seed"))
    sweep.samplingSeed = static_cast<std::uint64_t>(reader.whole(*seed, "sampling.seed", 0, 1e15));
  const std::string place = reader.at(sampling.source());
  if (sweep.method == "grid" && sweep.points > 0)
    throw BadInput("{}: sampling.points: a grid has as many points as its axes make; must be left out", place);
  if (sweep.method != "grid" && sweep.points == 0)
    throw BadInput("{}: sampling.points is missing: method {} needs a number of points", place, sweep.method);
}

void readRepeats(const Reader& reader, const toml::table& repeats, SweepFile& sweep) {
  reader.allowOnly(repeats, {"seeds"}, "repeats");
  const toml::node* seeds = repeats.get("seeds");
  if (seeds == nullptr) throw BadInput("{}: repeats.seeds is missing", reader.at(repeats.source()));
  const toml::array* list = seeds->as_array();
  if (list == nullptr || list->empty())
    throw BadInput("{}: repeats.seeds = {}: must be a list of at least one seed", reader.at(seeds->source()),
                   hardware::shownAs(*seeds));
  sweep.seeds.clear();
  for (const toml::node& seed : *list)
    sweep.seeds.push_back(static_cast<std::uint64_t>(reader.whole(seed, "repeats.seeds", 0, 1e15)));
  if (std::set<std::uint64_t>(sweep.seeds.begin(), sweep.seeds.end()).size() < sweep.seeds.size())
    throw BadInput("{}: repeats.seeds = {}: must differ from one another", reader.at(seeds->source()),
                   hardware::shownAs(*seeds));
}

SweepObjective readObjective(const Reader& reader, const toml::table& table) {
  reader.allowOnly(table, {"path", "goal"}, "objective");
  SweepObjective objective;
  objective.place = reader.at(table.source());
  objective.path = reader.needText(table, "objective", "path");
  const toml::node* goal = table.get("goal");
  if (goal == nullptr)
    throw BadInput("{}: objective.goal is missing: must be minimise or maximise", objective.place);
  objective.maximise = reader.oneOf(*goal, "objective.goal", {"minimise", "maximise"}) == "maximise";
  return objective;
}

SweepConstraint readConstraint(const Reader& reader, const toml::table& table) {
  reader.allowOnly(table, {"path", "at_least", "at_most"}, "constraint");
  SweepConstraint constraint;
  constraint.place = reader.at(table.source());
  constraint.path = reader.needText(table, "constraint", "path");
  if (const toml::node* limit = table.get("at_least"))
    constraint.atLeast = reader.number(*limit, "constraint.at_least");
  if (const toml::node* limit = table.get("at_most"))
    constraint.atMost = reader.number(*limit, "constraint.at_most");
  if (!constraint.atLeast && !constraint.atMost)
    throw BadInput("{}: constraint on {}: must have at_least or at_most", constraint.place, constraint.path);
  if (constraint.atLeast && constraint.atMost && *constraint.atLeast > *constraint.atMost)
    throw BadInput("{}: constraint on {}: nothing is at least {:g} and at most {:g}", constraint.place,
                   constraint.path, *constraint.atLeast, *constraint.atMost);
  return constraint;
}

std::string readAll(const std::string& path) {
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, ignored)) throw BadInput("{}: no such sweep file", path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

bool SweepConstraint::metBy(double value) const {
  return (!atLeast || value >= *atLeast) && (!atMost || value <= *atMost);
}

std::string SweepConstraint::text() const {
  if (atLeast && atMost) return fmt::format("{:g} <= {} <= {:g}", *atLeast, path, *atMost);
  return atLeast ? fmt::format("{} >= {:g}", path, *atLeast) : fmt::format("{} <= {:g}", path, *atMost);
}

SweepFile readSweep(const std::string& path) {
  SweepFile sweep;
  sweep.path = path;
  sweep.text = readAll(path);
  const toml::table file = hardware::parseToml(sweep.text, path);
  const Reader reader(path);
  reader.allowOnly(file, {"base", "axis", "sampling", "repeats", "objective", "constraint", "columns"}, "");
  reader.eachTable(file, "axis",
                   [&](const toml::table& t) { sweep.axes.push_back(sweep::readAxis(reader, t)); });
  if (const toml::node* base = file.get("base")) {
    readBase(reader, reader.table(*base, "base"), sweep);
  } else {
    readBase(reader, toml::table{}, sweep);
  }
  if (const toml::node* part = file.get("sampling")) readSampling(reader, reader.table(*part, "sampling"), sweep);
  if (const toml::node* part = file.get("repeats")) readRepeats(reader, reader.table(*part, "repeats"), sweep);
  reader.eachTable(file, "objective",
                   [&](const toml::table& t) { sweep.objectives.push_back(readObjective(reader, t)); });
  reader.eachTable(file, "constraint",
                   [&](const toml::table& t) { sweep.constraints.push_back(readConstraint(reader, t)); });
  if (const toml::node* columns = file.get("columns")) sweep.columns = reader.texts(*columns, "columns");
  sweep::checkAxes(sweep);
  return sweep;
}

}  // namespace crosstile
