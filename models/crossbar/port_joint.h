// SPDX-License-Identifier: Apache-2.0
// Joining two rectangles of a crossbar where they meet (port_matrix.h has the physics).
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "models/base/aligned.h"
#include "models/crossbar/port_kernel.h"

namespace crosstile {

enum class Side { kLeft, kBottom, kRight, kTop };

/// A port of a rectangle: a line (in lanes) or kPortTile neighbouring lines (dense matrices). Rows count from
/// the bottom.
struct Port {
  Side side;
  int line;
  bool outer = false;  ///< a source or sink of the whole array
};
using Ports = std::vector<Port>;

/// Which ports of A and B meet, and which remain: indices into their port lists.
struct Joint {
  std::vector<int> meetA, restA, meetB, restB;
  Ports ports;  ///< of the joined rectangle: what remains of A, then of B
};

/// A's right meets B's left (`across` = false: A's top meets B's bottom).
inline Joint planJoint(const Ports& a, const Ports& b, bool across) {
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

/// A rectangular matrix of `Kind`; its elements are not initialised. Of a rectangle's symmetric matrix only
/// the ports on and below the diagonal are kept.
template <typename Kind>
class Matrix {
 public:
  void resize(int m, int n) {
    rows_ = m;
    columns_ = n;
    stride_ = Kind::stride(n);
    const std::size_t size = static_cast<std::size_t>(m) * stride_ * Kind::kNumbers;
    if (size > capacity_) {
      data_.reset(
          static_cast<double*>(::operator new(size * sizeof(double), std::align_val_t(kSimdAlignment))));
      capacity_ = size;
    }
  }
  int rows() const { return rows_; }
  int columns() const { return columns_; }
  std::size_t stride() const { return stride_; }
  std::size_t capacity() const { return capacity_; }
  double* data() { return data_.get(); }
  double* at(int i, int j) { return data_.get() + offset(i, j); }
  const double* at(int i, int j) const { return data_.get() + offset(i, j); }
  Factor plain() const { return {data_.get(), stride_, 1}; }
  Factor transposed() const { return {data_.get(), 1, stride_}; }

 private:
  struct Release {
    void operator()(double* p) const { ::operator delete(p, std::align_val_t(kSimdAlignment)); }
  };
  std::size_t offset(int i, int j) const {
    return (static_cast<std::size_t>(i) * stride_ + static_cast<std::size_t>(j)) * Kind::kNumbers;
  }
  int rows_ = 0, columns_ = 0;  // elements
  std::size_t stride_ = 0, capacity_ = 0;
  std::unique_ptr<double[], Release> data_;
};

/// Copies ports r x c of a symmetric matrix to a place in `to`.
template <typename Kind>
void copyPorts(const Matrix<Kind>& from, int r, int c, Matrix<Kind>& to, int row, int column) {
  constexpr int kUnit = Kind::kUnit;
  constexpr std::size_t kRun = kUnit * Kind::kNumbers;
  const bool kept = r >= c;
  const double* source = kept ? from.at(r * kUnit, c * kUnit) : from.at(c * kUnit, r * kUnit);
  double* target = to.at(row, column);
  if (kept || kUnit == 1) {
    for (int i = 0; i < kUnit;
         ++i, source += from.stride() * Kind::kNumbers, target += to.stride() * Kind::kNumbers)
      std::memcpy(target, source, kRun * sizeof(double));  // a known size: no call
    return;
  }
  for (int i = 0; i < kUnit; ++i, ++source, target += to.stride()) {
    for (int j = 0; j < kUnit; ++j) target[j] = source[static_cast<std::size_t>(j) * from.stride()];
  }
}

/// The ports `rows` x `columns` of a symmetric matrix.
template <typename Kind>
void gather(const Matrix<Kind>& from, const std::vector<int>& rows, const std::vector<int>& columns,
            Matrix<Kind>& to) {
  constexpr int kUnit = Kind::kUnit;
  to.resize(static_cast<int>(rows.size()) * kUnit, static_cast<int>(columns.size()) * kUnit);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j)
      copyPorts(from, rows[i], columns[j], to, static_cast<int>(i) * kUnit, static_cast<int>(j) * kUnit);
  }
}

/// Joins two rectangles; keeps its memory for the next joint.
template <typename Kind>
class Joiner {
 public:
  /// `result` gets the matrix of the joined rectangle, in the order of joint.ports.
  void join(const Joint& joint, const Matrix<Kind>& a, const Matrix<Kind>& b, Matrix<Kind>& result) {
    resolve(joint, a, b);
    gather(a, joint.meetA, joint.restA, f_);
    gather(b, joint.meetB, joint.restB, e_);
    multiplyInto(response_, inverse_.plain(), y_);
    multiplyInto(passedA_, response_.plain(), f_);  // T Y F
    multiplyInto(passedB_, inverse_.plain(), e_);   // T E
    multiplyInto(returned_, z_.plain(), passedB_);  // -Z T E
    const int ofA = f_.columns(), all = ofA + e_.columns();
    result.resize(all, all);
    keepLower(a, joint.restA, result, 0);
    keepLower(b, joint.restB, result, ofA);
    addTo(result, 0, 0, f_, passedA_, Triangle::kLower);
    addTo(result, ofA, ofA, e_, returned_, Triangle::kLower);
    addTo(result, ofA, 0, passedB_, f_, Triangle::kNew);  // S_BA = (T E)' F
  }

  /// The last joint: `result` gets only what sinks x sources need. A holds `sinksA`, and of A and B not both
  /// have sources, or not both have sinks, so that the block of B with itself isn't wanted.
  struct Wanted {
    std::vector<int> sinksA, sourcesA, sinksB, sourcesB;
  };
  void finish(const Joint& joint, const Matrix<Kind>& a, const Matrix<Kind>& b, const Wanted& wanted,
              Matrix<Kind>& result) {
    resolve(joint, a, b);
    Matrix<Kind> own;
    gather(a, wanted.sinksA, wanted.sourcesA, own);
    gather(a, joint.meetA, wanted.sourcesA, f_);
    gather(a, joint.meetA, wanted.sinksA, returned_);
    multiplyInto(response_, y_.plain(), f_);
    multiplyInto(passedA_, inverse_.plain(), response_);  // T Y F
    const int sources = static_cast<int>(wanted.sourcesA.size() + wanted.sourcesB.size()) * Kind::kUnit;
    const int sinks = static_cast<int>(wanted.sinksA.size() + wanted.sinksB.size()) * Kind::kUnit;
    result.resize(sinks, sources);
    for (int i = 0; i < own.rows(); ++i)
      std::copy_n(own.at(i, 0), static_cast<std::size_t>(own.columns()) * Kind::kNumbers, result.at(i, 0));
    addTo(result, 0, 0, returned_, passedA_, Triangle::kAll);
    if (!wanted.sourcesB.empty()) {
      gather(b, joint.meetB, wanted.sourcesB, e_);
      multiplyInto(passedB_, inverse_.plain(), e_);
      addTo(result, 0, own.columns(), returned_, passedB_, Triangle::kNew);
    }
    if (!wanted.sinksB.empty()) {
      gather(b, joint.meetB, wanted.sinksB, e_);
      multiplyInto(passedB_, inverse_.plain(), e_);
      addTo(result, own.rows(), 0, passedB_, f_, Triangle::kNew);
    }
  }

 private:
  enum class Triangle { kAll, kLower, kNew };

  /// T = (1 + Y Z)^-1; y_ holds Y, z_ holds -Z.
  void resolve(const Joint& joint, const Matrix<Kind>& a, const Matrix<Kind>& b) {
    gather(a, joint.meetA, joint.meetA, z_);
    gather(b, joint.meetB, joint.meetB, y_);
    const int m = z_.rows();
    inverse_.resize(m, m);
    for (int i = 0; i < m; ++i) {
      std::fill_n(inverse_.at(i, 0), static_cast<std::size_t>(m) * Kind::kNumbers, 0.0);
      std::fill_n(inverse_.at(i, i), Kind::kNumbers, 1.0);
    }
    Product p = productOf(y_.plain(), z_, inverse_, 0, 0, m);
    p.subtract = true;
    Kind::product(p);
    Kind::inverse(inverse_.data(), inverse_.stride(), m);
  }

  static Product productOf(const Factor& a, const Matrix<Kind>& b, Matrix<Kind>& c, int row, int column,
                           int rows) {
    return {a, b.at(0, 0), b.stride(), c.at(row, column), c.stride(), rows, b.columns(), b.rows()};
  }

  /// c = a b with a as many rows as b.
  void multiplyInto(Matrix<Kind>& c, const Factor& a, const Matrix<Kind>& b) {
    c.resize(b.rows(), b.columns());
    Product p = productOf(a, b, c, 0, 0, b.rows());
    p.fresh = true;
    Kind::product(p);
  }

  /// a' b into the block of `result` at (row, column).
  void addTo(Matrix<Kind>& result, int row, int column, const Matrix<Kind>& a, const Matrix<Kind>& b,
             Triangle triangle) {
    Product p = productOf(a.transposed(), b, result, row, column, a.columns());
    p.lower = triangle == Triangle::kLower;
    p.fresh = triangle == Triangle::kNew;
    Kind::product(p);
  }

  static void keepLower(const Matrix<Kind>& from, const std::vector<int>& ports, Matrix<Kind>& to,
                        int place) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j)
        copyPorts(from, ports[i], ports[j], to, place + static_cast<int>(i) * Kind::kUnit,
                  place + static_cast<int>(j) * Kind::kUnit);
    }
  }

  Matrix<Kind> z_, y_, inverse_, response_, f_, e_, passedA_, passedB_, returned_;
};

}  // namespace crosstile
