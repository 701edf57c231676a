// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/network.h"

namespace crosstile {

std::string toString(const Shape& shape) {
  std::string text;
  for (const int dimension : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(dimension);
  }
  return text.empty() ? "scalar" : text;
}

std::string_view toString(LayerKind kind) {
  switch (kind) {
    case LayerKind::conv:
      return "conv";
    case LayerKind::dense:
      return "dense";
    case LayerKind::relu:
      return "relu";
    case LayerKind::clip:
      return "clip";
    case LayerKind::sigmoid:
      return "sigmoid";
    case LayerKind::tanh:
      return "tanh";
    case LayerKind::maxPool:
      return "maxPool";
    case LayerKind::averagePool:
      return "averagePool";
    case LayerKind::globalAveragePool:
      return "globalAveragePool";
    case LayerKind::reshape:
      return "reshape";
    case LayerKind::transpose:
      return "transpose";
    case LayerKind::softmax:
      return "softmax";
    case LayerKind::add:
      return "add";
    case LayerKind::concat:
      return "concat";
  }
  return "unknown";
}

}  // namespace crosstile
