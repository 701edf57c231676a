// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/port_matrix.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "models/crossbar/port_joint.h"

namespace crosstile {
namespace {

constexpr int kLeaf = 8;  // lines and columns of the rectangles that are made in lanes

/// The cells and wires of an array, rows counted from the bottom; beyond the array there are open cells on
/// wires without resistance, which change nothing.
struct Cells {
  Span<const double> g;
  int rows, columns;
  Wires wires;

  double conductance(int row, int column) const {
    if (row >= rows || column >= columns) return 0.0;
    return g[static_cast<std::size_t>(rows - 1 - row) * static_cast<std::size_t>(columns) +
             static_cast<std::size_t>(column)];
  }
  double wordOhm(int row, int column) const {
    if (row >= rows || column >= columns) return 0.0;
    return wires.rWord + (column == 0 ? wires.rSource : 0.0);
  }
  double bitOhm(int row, int column) const {
    if (row >= rows || column >= columns) return 0.0;
    return wires.rBit + (row == 0 ? wires.rSink : 0.0);
  }
};

/// Makes eight leaves of kLeaf x kLeaf cells at a time, from single cells up.
class LeafMaker {
 public:
  LeafMaker() {
    Ports ports{{Side::kLeft, 0}, {Side::kBottom, 0}, {Side::kRight, 0}, {Side::kTop, 0}};
    for (int n = 1; n < kLeaf; n *= 2) {
      Level level;
      level.across = planJoint(ports, shifted(ports, n, true), true);
      level.up = planJoint(level.across.ports, shifted(level.across.ports, n, false), false);
      ports = level.up.ports;
      levels_.push_back(std::move(level));
    }
  }
  const Ports& ports() const { return levels_.back().up.ports; }

  /// Leaves at (row, column) of `corners`, in cells; up to kPortLanes of them.
  const Matrix<Lanes>& make(const Cells& cells, Span<const std::pair<int, int>> corners) {
    cells_ = &cells;
    corners_ = corners;
    build(levels_.size(), 0, 0, whole_);
    return whole_;
  }

 private:
  struct Level {
    Joint across, up;
    Matrix<Lanes> quarter[2], half[2];
  };

  /// The ports of a neighbour to the right or above.
  static Ports shifted(Ports ports, int by, bool across) {
    for (Port& p : ports) {
      const bool alongColumns = p.side == Side::kBottom || p.side == Side::kTop;
      if (alongColumns == across) p.line += by;
    }
    return ports;
  }

  void build(std::size_t depth, int row, int column, Matrix<Lanes>& result) {
    if (depth == 0) return cell(row, column, result);
    Level& level = levels_[depth - 1];
    const int n = 1 << (depth - 1);
    for (int upper = 0; upper < 2; ++upper) {
      for (int right = 0; right < 2; ++right)
        build(depth - 1, row + upper * n, column + right * n, level.quarter[right]);
      joiner_.join(level.across, level.quarter[0], level.quarter[1], level.half[upper]);
    }
    joiner_.join(level.up, level.half[0], level.half[1], result);
  }

  void cell(int row, int column, Matrix<Lanes>& s) const {
    s.resize(4, 4);
    double* to = s.data();
    for (std::size_t lane = 0; lane < kPortLanes; ++lane, ++to) {
      const auto [row0, column0] = corners_[std::min(lane, corners_.size() - 1)];
      const double g = cells_->conductance(row0 + row, column0 + column);
      const double rw = cells_->wordOhm(row0 + row, column0 + column);
      const double rb = cells_->bitOhm(row0 + row, column0 + column);
      const double scale = 1.0 / (1.0 + (rw + rb) * g);
      const double y = g * scale, word = (1.0 + rb * g) * scale, bit = (1.0 + rw * g) * scale;
      const double values[16] = {y,      -y,     word,         rb * y,        //
                                 -y,     y,      rw * y,       bit,           //
                                 word,   rw * y, -rw * word,   -rw * rb * y,  //
                                 rb * y, bit,    -rw * rb * y, -rb * bit};
      for (std::size_t k = 0; k < 16; ++k) to[k * kPortLanes] = values[k];
    }
  }

  std::vector<Level> levels_;
  Joiner<Lanes> joiner_;
  Matrix<Lanes> whole_;
  const Cells* cells_ = nullptr;
  Span<const std::pair<int, int>> corners_;
};

/// A rectangle of leaves.
struct Block {
  Ports ports;
  Matrix<Dense> s;
};

struct Rectangle {
  int row, column, rows, columns;  // leaves
  int count() const { return rows * columns; }
};

/// The tree of joints.
class Divider {
 public:
  Divider(const Cells& cells)
      : cells_(cells),
        leafRows_((cells.rows + kLeaf - 1) / kLeaf),
        leafColumns_((cells.columns + kLeaf - 1) / kLeaf) {}

  static std::pair<Rectangle, Rectangle> halves(const Rectangle& r) {
    Rectangle a = r, b = r;
    if (r.columns >= r.rows) {
      a.columns = r.columns / 2;
      b.column += a.columns;
      b.columns -= a.columns;
    } else {
      a.rows = r.rows / 2;
      b.row += a.rows;
      b.rows -= a.rows;
    }
    return {a, b};
  }

  /// Ports of sinks x sources, and which those are.
  struct Whole {
    Ports sinks, sources;
    Matrix<Dense> s;
  };
  Whole whole() {
    const Rectangle all{0, 0, leafRows_, leafColumns_};
    Whole result;
    if (all.count() == 1) {
      const Block leaf = std::move(makeLeaves(all).front());
      const auto [sinks, sources] = terminals(leaf.ports, result);
      gather(leaf.s, sinks, sources, result.s);
      return result;
    }
    const auto [first, second] = halves(all);
    const Block a = build(first), b = build(second);
    const Joint joint = planJoint(a.ports, b.ports, all.columns >= all.rows);
    Joiner<Dense>::Wanted wanted;
    std::tie(wanted.sinksA, wanted.sourcesA) = terminals(a.ports, result);
    std::tie(wanted.sinksB, wanted.sourcesB) = terminals(b.ports, result);
    joiner_.finish(joint, a.s, b.s, wanted, result.s);
    return result;
  }

 private:
  using Indices = std::vector<int>;
  /// Indices of a rectangle's ports that are sinks and sources of the whole array, given that it lies at the
  /// edge or has the other kind at the joint: appends them to `whole`.
  std::pair<Indices, Indices> terminals(const Ports& ports, Whole& whole) const {
    Indices sinks, sources;
    for (std::size_t k = 0; k < ports.size(); ++k) {
      const Port& p = ports[k];
      if (p.side == Side::kBottom && p.outer) sinks.push_back(static_cast<int>(k)), whole.sinks.push_back(p);
      if (p.side == Side::kLeft && p.outer)
        sources.push_back(static_cast<int>(k)), whole.sources.push_back(p);
    }
    return {sinks, sources};
  }

  Block build(const Rectangle& r) {
    const auto [a, b] = halves(r);
    if (r.count() <= kPortLanes) {
      std::vector<Block> leaves = makeLeaves(r);
      return joinLeaves(r, r, leaves);
    }
    Block first = build(a);
    return join(std::move(first), build(b), r);
  }

  Block joinLeaves(const Rectangle& all, const Rectangle& r, std::vector<Block>& leaves) {
    if (r.count() == 1)
      return std::move(
          leaves[static_cast<std::size_t>((r.row - all.row) * all.columns + r.column - all.column)]);
    const auto [a, b] = halves(r);
    Block first = joinLeaves(all, a, leaves);
    return join(std::move(first), joinLeaves(all, b, leaves), r);
  }

  Block join(Block a, Block b, const Rectangle& r) {
    const Joint joint = planJoint(a.ports, b.ports, r.columns >= r.rows);
    Block result;
    result.ports = joint.ports;
    result.s = reuse();
    joiner_.join(joint, a.s, b.s, result.s);
    spare_.push_back(std::move(a.s));
    spare_.push_back(std::move(b.s));
    return result;
  }

  /// Memory of a rectangle that has been joined.
  Matrix<Dense> reuse() {
    if (spare_.empty()) return {};
    const auto largest = std::max_element(spare_.begin(), spare_.end(), [](const auto& x, const auto& y) {
      return x.capacity() < y.capacity();
    });
    Matrix<Dense> result = std::move(*largest);
    *largest = std::move(spare_.back());
    spare_.pop_back();
    return result;
  }

  std::vector<Block> makeLeaves(const Rectangle& r) {
    std::vector<std::pair<int, int>> corners;
    for (int i = r.row; i < r.row + r.rows; ++i) {
      for (int j = r.column; j < r.column + r.columns; ++j) corners.emplace_back(i * kLeaf, j * kLeaf);
    }
    const Matrix<Lanes>& lanes = maker_.make(cells_, {corners.data(), corners.size()});
    std::vector<Block> leaves(corners.size());
    for (std::size_t k = 0; k < leaves.size(); ++k)
      leaves[k] = leafOf(lanes, k, corners[k].first / kLeaf, corners[k].second / kLeaf);
    return leaves;
  }

  /// One lane as a matrix of numbers, without the array's loose ends on top and at the right: no current
  /// leaves there.
  Block leafOf(const Matrix<Lanes>& lanes, std::size_t lane, int row, int column) const {
    Block leaf;
    std::vector<int> order;
    for (const Side side : {Side::kLeft, Side::kBottom, Side::kRight, Side::kTop}) {
      if (side == Side::kRight && column + 1 == leafColumns_) continue;
      if (side == Side::kTop && row + 1 == leafRows_) continue;
      const bool alongRows = side == Side::kLeft || side == Side::kRight;
      const bool outer = side == Side::kLeft ? column == 0 : side == Side::kBottom && row == 0;
      leaf.ports.push_back({side, alongRows ? row : column, outer});
      for (int line = 0; line < kLeaf; ++line) order.push_back(indexOf(side, line));
    }
    const int n = static_cast<int>(order.size());
    leaf.s.resize(n, n);
    for (int i = 0; i < n; ++i) {
      const int from = order[static_cast<std::size_t>(i)];
      double* target = leaf.s.at(i, 0);
      for (const int j : order) *target++ = lanes.at(std::max(from, j), std::min(from, j))[lane];
    }
    return leaf;
  }

  int indexOf(Side side, int line) const {
    const Ports& ports = maker_.ports();
    return static_cast<int>(std::find_if(ports.begin(), ports.end(),
                                         [&](const Port& p) { return p.side == side && p.line == line; }) -
                            ports.begin());
  }

  const Cells& cells_;
  int leafRows_, leafColumns_;
  LeafMaker maker_;
  Joiner<Dense> joiner_;
  std::vector<Matrix<Dense>> spare_;
};

/// Of making one leaf of eight.
constexpr double kLeafCost = 430.0 * kLeaf * kLeaf;

/// Ports that a rectangle has besides those on one side.
double otherPorts(const Rectangle& r, const Rectangle& all, Side without) {
  double ports = 0.0;
  if (without != Side::kLeft) ports += r.rows;
  if (without != Side::kBottom) ports += r.columns;
  if (without != Side::kRight && r.column + r.columns < all.columns) ports += r.rows;
  if (without != Side::kTop && r.row + r.rows < all.rows) ports += r.columns;
  return kLeaf * ports;
}

/// Multiply-adds of the joints of a rectangle.
double jointsCost(const Rectangle& r, const Rectangle& all) {
  if (r.count() <= 1) return 0.0;
  const auto [a, b] = Divider::halves(r);
  const bool across = r.columns >= r.rows;
  const double m = kLeaf * (across ? r.rows : r.columns);
  const double restA = otherPorts(a, all, across ? Side::kRight : Side::kTop);
  const double restB = otherPorts(b, all, across ? Side::kLeft : Side::kBottom);
  const double here = m * m * (3 * m + restA + 2 * restB) + 0.5 * m * (restA + restB) * (restA + restB);
  return here + jointsCost(a, all) + jointsCost(b, all);
}

}  // namespace

std::vector<double> joinEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                        const Wires& wires) {
  const Cells cells{conductance, rows, columns, wires};
  const Divider::Whole whole = Divider(cells).whole();
  std::vector<double> result(conductance.size());
  // Current out of a sink for 1 V at a source.
  for (int i = 0; i < whole.s.rows(); ++i) {
    const int column = whole.sinks[static_cast<std::size_t>(i / kPortTile)].line * kPortTile + i % kPortTile;
    for (int k = 0; k < whole.s.columns() && column < columns; ++k) {
      const int row =
          rows - 1 -
          (whole.sources[static_cast<std::size_t>(k / kPortTile)].line * kPortTile + k % kPortTile);
      if (row >= 0)
        result[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
               static_cast<std::size_t>(column)] = -*whole.s.at(i, k);
    }
  }
  return result;
}

double joinCost(int rows, int columns) {
  const Rectangle all{0, 0, (rows + kLeaf - 1) / kLeaf, (columns + kLeaf - 1) / kLeaf};
  return kLeafCost * all.count() + jointsCost(all, all);
}

}  // namespace crosstile
