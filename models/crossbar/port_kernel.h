// SPDX-License-Identifier: Apache-2.0
// Small dense algebra for the port matrices of port_matrix.h: products and inverses of matrices of numbers,
// and of matrices whose elements are eight numbers ("lanes"), one for each of eight circuits of one shape.
//
// Every element is one chain of fused multiply-adds in the order of k, so that the bits are the same for
// every blocking and every instruction set with fused multiply-add.
#pragma once

#include <cstddef>

namespace crosstile {

/// Circuits that are treated together in matrices of lanes: one 512-bit register of doubles.
inline constexpr int kPortLanes = 8;
/// Rows and columns of dense matrices come in multiples of this.
inline constexpr int kPortTile = 8;

/// A factor read from memory by two strides, so that its transpose costs nothing.
struct Factor {
  const double* data;
  std::size_t rowStride;     ///< elements
  std::size_t columnStride;  ///< elements
};

/// C (m x n) += A (m x k) B (k x n), or -= with `subtract`. `lower`: only tiles that touch the lower triangle
/// of C are sure to be computed.
struct Product {
  Factor a;
  const double* b;
  std::size_t bStride;
  double* c;
  std::size_t cStride;
  int m, n, k;
  bool subtract = false;
  bool lower = false;
  bool fresh = false;  ///< C is written, as if it had been zero
};

/// Dense matrices; m, n and k multiples of kPortTile, data aligned to 64 bytes, strides multiples of 8.
void multiply(const Product& product);
/// A (n x n) becomes its inverse, without exchange of rows (Gauss-Jordan): for matrices whose leading
/// principal minors are known to be positive.
void invert(double* a, std::size_t stride, int n);

/// The same for matrices of lanes of any shape; strides count elements of kPortLanes numbers.
void multiplyLanes(const Product& product);
void invertLanes(double* a, std::size_t stride, int n);

}  // namespace crosstile
