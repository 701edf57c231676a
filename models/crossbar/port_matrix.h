// SPDX-License-Identifier: Apache-2.0
// The effective matrix of a crossbar directly, by divide and conquer over the array.
//
// A rectangle of cells with its wire segments is a linear network that the rest of the array sees through its
// edges only. Each line that crosses an edge is a port:
//     left of a word line, bottom of a bit line:  the voltage u there is given, the current i into the
//                                                 rectangle follows;
//     right of a word line, top of a bit line:    the current p out of the rectangle is given, the voltage v
//                                                 there follows.
// In these quantities the network is a symmetric matrix (reciprocity)
//     [ i ]   [ Y   M' ] [ u ]
//     [ v ] = [ M  -Z  ] [ p ]          Y: admittances >= 0, Z: impedances >= 0, M: voltage ratios, 0 to 1,
// which stays finite for perfect wires (Z = 0), open cells (Y = 0) and shorts. One cell G with its segments
// r_w, r_b, with g = G / (1 + (r_w + r_b) G), ports left, bottom, right, top:
//     [  g            -g            1 - r_w g         r_b g          ]
//     [ -g             g            r_w g             1 - r_b g      ]
//     [  1 - r_w g     r_w g       -r_w (1 - r_w g)  -r_w r_b g      ]
//     [  r_b g         1 - r_b g   -r_w r_b g        -r_b (1 - r_b g)]
//
// Rectangles A and B are joined where A's right (top) meets B's left (bottom): with v = F x_A - Z i and
// i = E x_B + Y v at the joint and T = (1 + Y Z)^-1,
//     S_AA += F' T Y F      S_AB = F' T E      S_BB -= E' Z T E.
// 1 + Y Z = (Z^-1 + Y) Z is the product of a diagonally dominant M-matrix and the inverse of one, so all its
// leading minors are positive and elimination needs no exchange of rows. At the end the ports left are the
// sources and the sinks, and -Y between them is the effective matrix. Cost: about 20 N^3 multiply-adds for
// N x N cells, whatever the wires.
#pragma once

#include <vector>

#include "models/base/span.h"
#include "models/crossbar/wire_circuit.h"

namespace crosstile {

/// The effective conductance matrix, S, rows x columns. Any wires, also without resistance; no check of the
/// residual. The same bits for every instruction set with fused multiply-add.
std::vector<double> joinEffectiveMatrix(Span<const double> conductance, int rows, int columns,
                                        const Wires& wires);

/// Multiply-adds of that, to choose between solvers.
double joinCost(int rows, int columns);

}  // namespace crosstile
