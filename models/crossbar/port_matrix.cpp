// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/port_matrix.h"

#include <algorithm>
#include <utility>

#include "models/base/aligned.h"
#include "models/crossbar/port_kernel.h"

namespace crosstile {
namespace {

constexpr int kLeaf = 8;  // lines and columns of the rectangles that are made in lanes

enum class Side { kLeft, kBottom, kRight, kTop };

/// A port of a rectangle: a line (in lanes) or kPortTile neighbouring lines (dense matrices). Rows count from
/// the bottom.
struct Port {
  Side side;
  int line;
};
using Ports = std::vector<Port>;

/// Which ports of A and B meet, and which remain: indices into their port lists.
struct Joint {
  std::vector<int> meetA, restA, meetB, restB;
  Ports ports;  ///< of the joined rectangle: what remains of A, then of B
};

/// A's right meets B's left (`across` = false: A's top meets B's bottom).
Joint planJoint(const Ports& a, const Ports& b, bool across) {
  Joint joint;
  const auto split = [&](const Ports& ports, Side side, std::vector<int>& meet, std::vector<int>& rest) {
    for (int k = 0; k < static_cast<int>(ports.size()); ++k) {
      const Port& port = ports[static_cast<std::size_t>(k)];
      (port.side == side ? meet : rest).push_back(k);
      if (port.side != side) joint.ports.push_back(port);
    }
    std::sort(meet.begin(), meet.end(), [&](int x, int y) {
      return ports[static_cast<std::size_t>(x)].line < ports[static_cast<std::size_t>(y)].line;
    });
  };
  split(a, across ? Side::kRight : Side::kTop, joint.meetA, joint.restA);
  split(b, across ? Side::kLeft : Side::kBottom, joint.meetB, joint.restB);
  return joint;
}

/// Matrices of numbers, addressed in tiles: a port is kPortTile lines.
struct Dense {
  static constexpr int kUnit = kPortTile;     ///< rows and columns of a port
  static constexpr std::size_t kNumbers = 1;  ///< of an element
  static std::size_t stride(int n) {  // an odd number of cache lines: rows spread over the cache's sets
    const std::size_t columns = static_cast<std::size_t>(n);
    return columns % 16 == 0 ? columns + 8 : columns;
  }
  static void product(const Product& p) { multiply(p); }
  static void inverse(double* a, std::size_t stride, int n) { invert(a, stride, n); }
};

/// Matrices of lanes: a port is one line.
struct Lanes {
  static constexpr int kUnit = 1;
  static constexpr std::size_t kNumbers = kPortLanes;
  static std::size_t stride(int n) { return static_cast<std::size_t>(n); }
  static void product(const Product& p) { multiplyLanes(p); }
  static void inverse(double* a, std::size_t stride, int n) { invertLanes(a, stride, n); }
};

/// A square or rectangular matrix of `Kind`.
template <typename Kind>
struct Matrix {
  int rows = 0, columns = 0;  ///< elements
  std::size_t stride = 0;
  AlignedVector<double> data;

  void resize(int m, int n) {
    rows = m;
    columns = n;
    stride = Kind::stride(n);
    data.resize(static_cast<std::size_t>(m) * stride * Kind::kNumbers);
  }
  void clear(int m, int n) {
    resize(m, n);
    std::fill(data.begin(), data.end(), 0.0);
  }
  double* at(int i, int j) {
    return data.data() +
           (static_cast<std::size_t>(i) * stride + static_cast<std::size_t>(j)) * Kind::kNumbers;
  }
  const double* at(int i, int j) const { return const_cast<Matrix*>(this)->at(i, j); }
  Factor plain() const { return {data.data(), stride, 1}; }
  Factor transposed() const { return {data.data(), 1, stride}; }
};

/// Copies the ports `rows` x `columns` of `from` to `to`, from row and column `row`, `column` on.
template <typename Kind>
void gather(const Matrix<Kind>& from, const std::vector<int>& rows, const std::vector<int>& columns,
            Matrix<Kind>& to, int row = 0, int column = 0) {
  constexpr int kUnit = Kind::kUnit;
  constexpr std::size_t kRun = kUnit * Kind::kNumbers;
  for (const int r : rows) {
    for (int u = 0; u < kUnit; ++u, ++row) {
      const double* source = from.at(r * kUnit + u, 0);
      double* target = to.at(row, column);
      for (const int c : columns)
        target = std::copy_n(source + static_cast<std::size_t>(c) * kRun, kRun, target);
    }
  }
}

/// The upper triangle from the lower one.
template <typename Kind>
void mirror(Matrix<Kind>& s) {
  constexpr int kTile = 8;
  for (int i0 = 0; i0 < s.rows; i0 += kTile) {
    for (int j0 = 0; j0 <= i0; j0 += kTile) {
      for (int i = i0; i < std::min(i0 + kTile, s.rows); ++i) {
        for (int j = j0; j < std::min(j0 + kTile, i); ++j)
          std::copy_n(s.at(i, j), Kind::kNumbers, s.at(j, i));
      }
    }
  }
}

/// Joins two rectangles; keeps the memory for the next joint.
template <typename Kind>
class Joiner {
 public:
  /// `result` gets the matrix of the joined rectangle, in the order of joint.ports.
  void join(const Joint& joint, const Matrix<Kind>& a, const Matrix<Kind>& b, Matrix<Kind>& result) {
    const int m = size(joint.meetA), restA = size(joint.restA), restB = size(joint.restB);
    resolve(joint, a, b, m);
    load(f_, a, joint.meetA, joint.restA);
    load(e_, b, joint.meetB, joint.restB);
    multiplyInto(passedA_, response_.plain(), m, f_);  // T Y F
    multiplyInto(passedB_, inverse_.plain(), m, e_);   // T E
    multiplyInto(returned_, z_.plain(), m, passedB_);  // -Z T E
    result.clear(restA + restB, restA + restB);
    gather(a, joint.restA, joint.restA, result);
    gather(b, joint.restB, joint.restB, result, restA, restA);
    add(f_, passedA_, result, 0, 0, true);
    add(e_, returned_, result, restA, restA, true);
    addTransposed(passedB_, f_, result, restA);
    mirror(result);
  }

 private:
  static int size(const std::vector<int>& ports) { return static_cast<int>(ports.size()) * Kind::kUnit; }

  void load(Matrix<Kind>& to, const Matrix<Kind>& from, const std::vector<int>& rows,
            const std::vector<int>& columns) {
    to.resize(size(rows), size(columns));
    gather(from, rows, columns, to);
  }

  /// T = (1 + Y Z)^-1 and T Y. z_ holds -Z.
  void resolve(const Joint& joint, const Matrix<Kind>& a, const Matrix<Kind>& b, int m) {
    load(z_, a, joint.meetA, joint.meetA);
    load(y_, b, joint.meetB, joint.meetB);
    inverse_.clear(m, m);
    for (int k = 0; k < m; ++k) std::fill_n(inverse_.at(k, k), Kind::kNumbers, 1.0);
    Kind::product(
        {y_.plain(), z_.data.data(), z_.stride, inverse_.data.data(), inverse_.stride, m, m, m, true});
    Kind::inverse(inverse_.data.data(), inverse_.stride, m);
    multiplyInto(response_, inverse_.plain(), m, y_);
  }

  void multiplyInto(Matrix<Kind>& c, const Factor& a, int rows, const Matrix<Kind>& b) {
    c.clear(rows, b.columns);
    Kind::product({a, b.data.data(), b.stride, c.data.data(), c.stride, rows, b.columns, b.rows});
  }

  /// result += a' b at a block of it.
  void add(const Matrix<Kind>& a, const Matrix<Kind>& b, Matrix<Kind>& result, int row, int column,
           bool lower) {
    Product p{a.transposed(), b.data.data(), b.stride,  result.at(row, column),
              result.stride,  a.columns,     b.columns, a.rows};
    p.lower = lower;
    Kind::product(p);
  }
  /// The block below the diagonal: S_BA = (T E)' F.
  void addTransposed(const Matrix<Kind>& te, const Matrix<Kind>& f, Matrix<Kind>& result, int row) {
    add(te, f, result, row, 0, false);
  }

  Matrix<Kind> z_, y_, inverse_, response_, f_, e_, passedA_, passedB_, returned_;
};

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
    double* to = s.data.data();
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

  Block whole() { return build({0, 0, leafRows_, leafColumns_}); }

 private:
  Block build(const Rectangle& r) {
    if (r.count() <= kPortLanes) {
      std::vector<Block> leaves = makeLeaves(r);
      return joinLeaves(r, r, leaves);
    }
    const auto [a, b] = halves(r);
    return join(build(a), build(b), r);
  }

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
    joiner_.join(joint, a.s, b.s, result.s);
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
      leaf.ports.push_back({side, alongRows ? row : column});
      for (int line = 0; line < kLeaf; ++line) order.push_back(indexOf(side, line));
    }
    const int n = static_cast<int>(order.size());
    leaf.s.resize(n, n);
    for (int i = 0; i < n; ++i) {
      const double* source = lanes.at(order[static_cast<std::size_t>(i)], 0) + lane;
      double* target = leaf.s.at(i, 0);
      for (const int j : order) *target++ = source[static_cast<std::size_t>(j) * kPortLanes];
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
};

}  // namespace

std::vector<double> joinEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                        const Wires& wires) {
  const Cells cells{conductance, rows, columns, wires};
  const Block whole = Divider(cells).whole();
  std::vector<double> result(conductance.size());
  // Current out of a sink (bottom port) for 1 V at a source (left port).
  for (int p = 0; p < static_cast<int>(whole.ports.size()); ++p) {
    for (int q = 0; q < static_cast<int>(whole.ports.size()); ++q) {
      const Port &sink = whole.ports[static_cast<std::size_t>(p)],
                 &source = whole.ports[static_cast<std::size_t>(q)];
      if (sink.side != Side::kBottom || source.side != Side::kLeft) continue;
      for (int i = 0; i < kPortTile; ++i) {
        const int column = sink.line * kPortTile + i;
        for (int k = 0; k < kPortTile && column < columns; ++k) {
          const int row = rows - 1 - (source.line * kPortTile + k);
          if (row >= 0)
            result[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                   static_cast<std::size_t>(column)] = -*whole.s.at(p * kPortTile + i, q * kPortTile + k);
        }
      }
    }
  }
  return result;
}

}  // namespace crosstile
