// SPDX-License-Identifier: Apache-2.0
#include "platform/python/training.h"

#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include "models/base/error.h"
#include "models/crossbar/poole_frenkel_layer.h"
#include "platform/hardware/hardware.h"

namespace {

using crosstile::PooleFrenkelLayer;

thread_local std::string lastError;

/// Runs `action`; an exception becomes the thread's last error.
template <class Action>
int guarded(const Action& action) {
  try {
    action();
    return 0;
  } catch (const std::exception& error) {
    lastError = error.what();
    return 1;
  }
}

PooleFrenkelLayer& layerOf(void* layer) {
  return *static_cast<PooleFrenkelLayer*>(layer);
}

}  // namespace

const char* crosstile_error() {
  return lastError.c_str();
}

int crosstile_describe_device(const char* hardware, crosstile_device* device) {
  return guarded([&] {
    const crosstile::Hardware h = crosstile::loadHardware(hardware);
    *device = {
        h.device.gOff.value, h.device.gOn.value, h.array.readVoltage.value, h.array.readTime.value, {}};
    std::strncpy(device->law, h.device.law.c_str(), sizeof device->law - 1);
  });
}

void* crosstile_layer_new(const char* hardware, size_t rows, size_t columns) {
  std::unique_ptr<PooleFrenkelLayer> layer;
  guarded([&] {
    const crosstile::Hardware h = crosstile::loadHardware(hardware);
    const auto law = crosstile::makeDeviceLaw(h.device);
    const auto* pooleFrenkel = dynamic_cast<const crosstile::PooleFrenkelLaw*>(law.get());
    if (pooleFrenkel == nullptr)
      throw crosstile::BadInput("{}: device.law = {}: layers are for poole_frenkel", hardware, h.device.law);
    layer = std::make_unique<PooleFrenkelLayer>(*pooleFrenkel, rows, columns);
  });
  return layer.release();
}

void crosstile_layer_delete(void* layer) {
  delete static_cast<PooleFrenkelLayer*>(layer);
}

int crosstile_layer_program(void* layer, const float* conductance, int residual, uint64_t seed,
                            uint32_t array, uint32_t draw) {
  return guarded([&] {
    const crosstile::RandomStream stream({seed, 0, array, 0, 0}, crosstile::Purpose::lawResidual);
    layerOf(layer).program(conductance, residual != 0 ? &stream : nullptr, draw);
  });
}

int crosstile_layer_forward(const void* layer, const float* voltage, size_t batch, float* current,
                            float* power) {
  return guarded(
      [&] { static_cast<const PooleFrenkelLayer*>(layer)->forward(voltage, batch, current, power); });
}

int crosstile_layer_backward(void* layer, const float* voltage, size_t batch, const float* current_gradient,
                             const float* power_gradient, float* conductance_gradient,
                             float* voltage_gradient) {
  return guarded([&] {
    layerOf(layer).backward(voltage, batch, current_gradient, power_gradient, conductance_gradient,
                            voltage_gradient);
  });
}
