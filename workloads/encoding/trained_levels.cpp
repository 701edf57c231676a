// SPDX-License-Identifier: Apache-2.0
#include "workloads/encoding/trained_levels.h"

#include <cmath>

#include "models/base/error.h"
#include "workloads/encoding/slices.h"

namespace crosstile {
namespace {

constexpr double kOffGrid = 1e-2;  // of a level: what single precision leaves, and more
constexpr double kOffOne = 1e-3;   // of the bias row's input

void checkEncoding(const Layer& layer, const TrainedCells& cells, const EncodingConfig& encoding,
                   const CodeFormat& in, std::int32_t biasInput) {
  if (!isPaired(encoding) || encoding.cellBits != encoding.weightBits - 1 || encoding.flippedColumns) {
    throw BadInput(
        "node \"{}\" has trained conductances, one pair of cells a weight: encoding must have scheme = "
        "\"differential\", weight_bits = cell_bits + 1 and flipped_columns = false",
        layer.name);
  }
  if (encoding.biasRow != cells.biasRow) {
    throw BadInput("node \"{}\" was trained {} a bias row: encoding.bias_row = {} doesn't fit", layer.name,
                   cells.biasRow ? "with" : "without", encoding.biasRow);
  }
  if (cells.biasRow && std::abs(biasInput * in.scale - 1.0) > kOffOne) {
    throw BadInput(
        "node \"{}\" was trained with a bias row at input 1, which has no code: the layer's inputs reach "
        "{:.4g} in "
        "steps of {:.4g}",
        layer.name, in.scale * static_cast<double>(in.high()), in.scale);
  }
}

std::uint8_t levelOf(double siemens, const Layer& layer, const EncodingConfig& encoding,
                     const TrainedDevice& device, int row, int output, const char* which) {
  const double level = (siemens - device.gOff) / (device.gOn - device.gOff) * maxLevel(encoding);
  const double nearest = std::round(level);
  if (nearest < 0.0 || nearest > maxLevel(encoding) || std::abs(level - nearest) > kOffGrid) {
    throw BadInput(
        "node \"{}\": trained conductance {} of row {}, output {} = {:.6g} S is level {:.4f}: must be one of "
        "the {} "
        "levels from {:.6g} S to {:.6g} S",
        layer.name, which, row, output, siemens, level, maxLevel(encoding) + 1, device.gOff, device.gOn);
  }
  return static_cast<std::uint8_t>(nearest);
}

}  // namespace

double takeTrainedLevels(const Layer& layer, const TrainedCells& cells, const EncodingConfig& encoding,
                         const TrainedDevice& device, const CodeFormat& in, IntegerLayer& out) {
  checkEncoding(layer, cells, encoding, in, out.biasInput);
  const auto outputs = layer.weights.shape[0];
  const int inputs = cells.rows - (cells.biasRow ? 1 : 0);
  out.weights.resize(static_cast<std::size_t>(inputs) * static_cast<std::size_t>(outputs));
  for (int row = 0; row < cells.rows; ++row) {
    for (int o = 0; o < outputs; ++o) {
      const auto at = static_cast<std::size_t>(row * outputs + o);
      out.plusLevels.push_back(levelOf(cells.plus[at], layer, encoding, device, row, o, "g_plus"));
      out.minusLevels.push_back(levelOf(cells.minus[at], layer, encoding, device, row, o, "g_minus"));
      const int weight = out.plusLevels.back() - out.minusLevels.back();
      if (row < inputs)
        out.weights[static_cast<std::size_t>(o * inputs + row)] = weight;
      else
        out.biasWeights.push_back(weight);
    }
  }
  return (device.gOn - device.gOff) / maxLevel(encoding) / cells.siemensPerWeight;
}

}  // namespace crosstile
