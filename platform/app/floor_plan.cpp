// SPDX-License-Identifier: Apache-2.0
#include "platform/app/floor_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/base/xml_text.h"

namespace crosstile::app {
namespace {

constexpr double kTile = 26.0, kGap = 14.0, kMargin = 40.0;

/// Hues far apart for neighbours in the list.
std::string colourOf(std::size_t stage) {
  return fmt::format("hsl({:.0f},60%,55%)", std::fmod(static_cast<double>(stage) * 137.508, 360.0));
}

class FloorPlan {
 public:
  explicit FloorPlan(const Session& session) : session_(session), chip_(session.hardware.chip) {
    side_ = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(chip_.concentration))));
    pitch_ = side_ * kTile + kGap;
  }

  std::string draw() {
    const auto& stages = session_.program.stages;
    const double width = kMargin + chip_.meshColumns * pitch_ + 260.0;
    const double height =
        kMargin + std::max(chip_.meshRows * pitch_, 16.0 * static_cast<double>(stages.size())) + kMargin;
    out_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\" "
        "font-family=\"sans-serif\" "
        "font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        width, height);
    for (int tile = 0; tile < chip_.tiles(); ++tile) square(tile, "#eee", 1.0, "");
    for (std::size_t s = 0; s < stages.size(); ++s) drawStage(s);
    for (std::size_t s = 0; s < stages.size(); ++s) drawFlows(s);
    for (std::size_t s = 0; s < stages.size(); ++s) legend(s);
    return out_ + "</svg>\n";
  }

 private:
  std::pair<double, double> cornerOf(int tile) const {
    const int router = tile / chip_.concentration, place = tile % chip_.concentration;
    return {kMargin + router % chip_.meshColumns * pitch_ + place % side_ * kTile,
            kMargin + router / chip_.meshColumns * pitch_ + place / side_ * kTile};
  }

  /// A tile, filled from `below` on by `used`.
  void square(int tile, const std::string& colour, double used, const std::string& title,
              double below = 0.0) {
    const auto [x, y] = cornerOf(tile);
    const double size = kTile - 3.0;
    out_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "fill=\"{}\"><title>{}</title></rect>\n",
        x, y + size * (1.0 - below - used), size, size * used, colour, xmlText(title));
  }

  void drawStage(std::size_t s) {
    const Stage& stage = session_.program.stages[s];
    const double arrays = chip_.coresPerTile * chip_.arraysPerCore;
    for (const int tile : stage.tiles) {
      const auto used = std::count_if(stage.blocks.begin(), stage.blocks.end(),
                                      [&](const ArrayBlock& b) { return b.tile == tile; });
      const double share = std::max(static_cast<double>(used) / arrays, 0.08);
      double& filled = filled_[tile];  // by the stages that share it
      square(tile, colourOf(s), std::min(share, 1.0 - filled),
             fmt::format("tile {}: {}, {} of {:.0f} arrays", tile, stage.name, used, arrays), filled);
      filled += std::min(share, 1.0 - filled);
    }
  }

  void drawFlows(std::size_t s) {
    const Stage& stage = session_.program.stages[s];
    for (const Stream& stream : stage.streams) {
      for (const Stream::Part& part : stream.parts) {
        if (part.stage < 0) continue;
        const Stage& from = session_.program.stages[static_cast<std::size_t>(part.stage)];
        const double bits = 8.0 * static_cast<double>(from.outPositions) * from.outputs * from.outputBytes;
        const double wide = std::clamp(0.35 * std::log10(bits), 0.5, 3.0);
        for (const int a : from.tiles) {
          for (const int b : stage.tiles) {
            if (a != b) line(a, b, wide, static_cast<std::size_t>(part.stage));
          }
        }
      }
    }
  }

  void line(int from, int to, double wide, std::size_t stage) {
    const auto [x0, y0] = cornerOf(from);
    const auto [x1, y1] = cornerOf(to);
    const double half = kTile / 2 - 1.5;
    out_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"{:.2f}\" "
        "stroke-opacity=\"0.6\"/>\n",
        x0 + half, y0 + half, x1 + half, y1 + half, colourOf(stage), wide);
  }

  void legend(std::size_t s) {
    const Stage& stage = session_.program.stages[s];
    const double x = kMargin + chip_.meshColumns * pitch_ + 10.0, y = kMargin + 16.0 * static_cast<double>(s);
    out_ += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{:.1f}\" "
        "y=\"{:.1f}\">{}: {} arrays on {} tiles</text>\n",
        x, y, colourOf(s), x + 15.0, y + 9.0, xmlText(stage.name), stage.blocks.size(), stage.tiles.size());
  }

  const Session& session_;
  const ChipShape& chip_;
  int side_;
  double pitch_;
  std::string out_;
  std::map<int, double> filled_;  // of each tile
};

}  // namespace

std::string floorPlan(const Session& session) {
  return FloorPlan(session).draw();
}

}  // namespace crosstile::app
