// SPDX-License-Identifier: Apache-2.0
// How long a read takes to settle: the wires' capacitance behind their resistance.
#pragma once

#include "models/base/quantity.h"
#include "models/base/span.h"
#include "models/crossbar/array_config.h"

namespace crosstile {

/// Elmore delay (s) of the far end of a line of nodes with capacitance `c` (F) to 0 V and cells of
/// conductance `g` (S) to lines that stand still, driven through `rEnd` + `r` at its first node, `r` (ohm)
/// between neighbours; any resistance may be zero. It is the first moment of the step response,
///     T = integral of (1 - v(t)/v(infinity)) dt,
/// that is G^-1 C G^-1 e over G^-1 e (Elmore, J. Appl. Phys. 19, 1948). Without cells
///     T = c (N rEnd + N (N+1)/2 r).
/// By reciprocity it is the delay from the far cell's current to the end of a bit line as well.
double elmoreDelay(Span<const double> g, double r, double rEnd, double c);

/// Settling of one array's read. The voltage step passes along a word line, then its current along a bit
/// line; the first moments of a chain add up. A single pole of the sum's time constant settles last:
///     time = (word + bit) ln 2^(bits+1),  half an LSB of the full scale.
/// A node's capacitance is c_segment + c_cell, cells are at G_on; the delays of drivers, access devices and
/// converters are not in it.
struct Settling {
  Seconds word{};  ///< Elmore delay of the last column's word-line node
  Seconds bit{};   ///< Elmore delay from the first row's bit-line node
  Seconds time{};  ///< of both to half an LSB
};
/// @param columns  physical ones, reference and offset columns included
Settling settlingOf(const ArrayConfig& array, int columns, Siemens gOn, int adcBits);

}  // namespace crosstile
