// SPDX-License-Identifier: Apache-2.0
// Two classes of binary images of 3x3 pixels under noise: small enough for exact probabilities (Eslami et al.
// 2024, arXiv 2408.14680).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace crosstile::learning {

inline constexpr int kPixels = 9;
inline constexpr unsigned kImages = 1U << kPixels;

/// An image is 9 bits, row by row, the first pixel the highest bit. Classes are equally likely, and so are
/// the prototypes within a class:
///     T 111010010   X 101010101   O 111101111   L 100100111
struct PatternTask {
  std::vector<unsigned> first, second;  ///< prototypes
};

/// X/O, T/X, TL/XO.
std::vector<std::string> patternTaskNames();
/// @throws BadInput for an unknown name, listing the known ones
PatternTask patternTask(const std::string& name);

/// Pixel `i` of an image as an input: 1 or -1.
inline double pixelOf(unsigned image, int i) {
  return (image >> (kPixels - 1 - i) & 1U) != 0U ? 1.0 : -1.0;
}

/// Joint probabilities of each image and each class, 1 in all.
struct ImageOdds {
  std::array<double, kImages> first{}, second{};
};
/// Every pixel of a prototype flips with probability `flips`, independently.
ImageOdds oddsOf(const PatternTask& task, double flips);

/// The largest accuracy that anything can have: the sum over all images of the likelier class's probability.
double bayesLimit(const ImageOdds& odds);
/// Exact accuracy of a decision. @param decide  image to 1 (first class), 0 (second), or 1/2 where it is even
double accuracyOf(const ImageOdds& odds, const std::function<double(unsigned)>& decide);

}  // namespace crosstile::learning
