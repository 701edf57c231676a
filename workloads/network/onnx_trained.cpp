// SPDX-License-Identifier: Apache-2.0
// Trained conductances in an ONNX file: initialisers W.g_plus, W.g_minus and W.k_g beside a layer's weights
// W, and metadata crosstile.* on the device they are for. docs/models/encoding.md describes them.
#include <cmath>
#include <map>

#include "models/base/error.h"
#include "workloads/network/onnx_constant.h"
#include "workloads/network/onnx_file.h"

namespace crosstile {
namespace {

constexpr double kAgreement = 1e-5;  // of the largest weight: what single precision leaves

using Tensors = std::map<std::string, const onnx::TensorProto*>;

double numberOf(const onnx::ModelProto& model, const std::string& path, const std::string& key) {
  for (const onnx::StringStringEntryProto& entry : model.metadata_props()) {
    if (entry.key() != key) continue;
    char* end = nullptr;
    const double value = std::strtod(entry.value().c_str(), &end);
    if (end != entry.value().c_str() && *end == '\0' && std::isfinite(value) && value > 0.0) return value;
    throw BadInput("{}: metadata {} = \"{}\": must be a number above 0", path, key, printable(entry.value()));
  }
  throw BadInput("{}: has trained conductances but no metadata {}", path, key);
}

std::string textOf(const onnx::ModelProto& model, const std::string& key) {
  for (const onnx::StringStringEntryProto& entry : model.metadata_props()) {
    if (entry.key() == key) return entry.value();
  }
  return {};
}

/// The values of initialiser `name`, which must be rows x outputs with one of the numbers of rows.
std::vector<float> matrix(const Tensors& tensors, const std::string& name, const std::string& path,
                          int inputs, int outputs, int& rows) {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    throw BadInput("{}: trained conductances: initialiser \"{}\" is missing", path, name);
  const Constant values = readTensor(*found->second, path + ": initialiser \"" + printable(name) + "\"");
  const bool fits = values.dims.size() == 2 && (values.dims[0] == inputs || values.dims[0] == inputs + 1) &&
                    values.dims[1] == outputs && (rows == 0 || values.dims[0] == rows);
  if (!fits) {
    throw BadInput("{}: initialiser \"{}\" is {}: must be {} x {}, or {} x {} with a bias row", path,
                   printable(name), dimensionsText(values.dims), inputs, outputs, inputs + 1, outputs);
  }
  rows = static_cast<int>(values.dims[0]);
  return values.asFloats();
}

/// w = (plus - minus)/k_G must be the layer's weights and bias.
void checkAgreement(const Layer& layer, const TrainedCells& cells, const std::string& path) {
  const int outputs = layer.weights.shape[0];
  const int inputs = cells.rows - (cells.biasRow ? 1 : 0);
  double largest = 0.0;
  for (const float w : layer.weights.values) largest = std::max<double>(largest, std::abs(w));
  for (const float b : layer.bias) largest = std::max<double>(largest, std::abs(b));
  for (int row = 0; row <= inputs; ++row) {
    for (int o = 0; o < outputs; ++o) {
      const auto at = static_cast<std::size_t>(row * outputs + o);
      const double given = row < inputs ? layer.weights.values[static_cast<std::size_t>(o * inputs + row)]
                                        : layer.bias[static_cast<std::size_t>(o)];
      double trained = 0.0;
      if (row < cells.rows)
        trained = (static_cast<double>(cells.plus[at]) - cells.minus[at]) / cells.siemensPerWeight;
      if (std::abs(given - trained) <= kAgreement * largest) continue;
      throw BadInput(
          "{}: node \"{}\": trained conductances of row {}, output {} stand for {:.6g}, its weight is {:.6g}",
          path, layer.name, row, o, trained, given);
    }
  }
}

void attach(const Tensors& tensors, const std::string& path, Layer& layer) {
  if (layer.groups != 1)
    throw BadInput("{}: node \"{}\": trained conductances of a grouped convolution: not supported", path,
                   layer.name);
  auto cells = std::make_shared<TrainedCells>();
  const int outputs = layer.weights.shape[0];
  const int inputs = static_cast<int>(layer.weights.values.size()) / outputs;
  cells->plus = matrix(tensors, layer.weightsName + ".g_plus", path, inputs, outputs, cells->rows);
  cells->minus = matrix(tensors, layer.weightsName + ".g_minus", path, inputs, outputs, cells->rows);
  cells->biasRow = cells->rows == inputs + 1;
  const auto scale = tensors.find(layer.weightsName + ".k_g");
  if (scale == tensors.end())
    throw BadInput("{}: trained conductances: initialiser \"{}.k_g\" is missing", path, layer.weightsName);
  const std::vector<float> value =
      readTensor(*scale->second, path + ": initialiser \"" + printable(scale->first) + "\"").asFloats();
  if (value.size() != 1 || !(value[0] > 0.0F) || !std::isfinite(value[0]))
    throw BadInput("{}: initialiser \"{}\": must be one number above 0 (S a unit of weight)", path,
                   scale->first);
  cells->siemensPerWeight = value[0];
  checkAgreement(layer, *cells, path);
  layer.trained = std::move(cells);
}

}  // namespace

void readTrainedCells(const onnx::ModelProto& model, const std::string& path, Network& network) {
  Tensors tensors;
  for (const onnx::TensorProto& tensor : model.graph().initializer()) tensors[tensor.name()] = &tensor;
  bool any = false;
  for (Layer& layer : network.layers) {
    if (!layer.isMvm() || tensors.count(layer.weightsName + ".g_plus") == 0) continue;
    attach(tensors, path, layer);
    any = true;
  }
  if (!any) return;
  TrainedDevice device;
  device.device = textOf(model, "crosstile.device");
  device.gOff = numberOf(model, path, "crosstile.g_off");
  device.gOn = numberOf(model, path, "crosstile.g_on");
  device.readVoltage = numberOf(model, path, "crosstile.read_voltage");
  if (!(device.gOn > device.gOff))
    throw BadInput("{}: metadata crosstile.g_on = {:g}: must be above crosstile.g_off = {:g}", path,
                   device.gOn, device.gOff);
  network.trainedFor = device;
}

}  // namespace crosstile
