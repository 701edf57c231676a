// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/cached_arrays.h"

#include "platform/chip/chip.h"
#include "platform/hardware/array_identity.h"

namespace crosstile {
namespace {

/// By the schema, so that no key is forgotten; of the configuration as it is used, which may differ from the file's (an
/// age, an effect turned off).
std::string identityOf(const AnalogConfig& config) {
  Hardware h;
  h.readout = config.readout;
  h.array = config.array;
  h.device = config.device;
  h.nonideality = config.nonideality;
  h.dac = config.dac;
  h.sampleHold = config.sampleHold;
  h.adc = config.adc;
  h.encoding = config.encoding;
  h.programming = config.programming;
  return arrayIdentity(h);
}

}  // namespace

AnalogConfig cachedAnalogConfig(const Hardware& hardware, const std::string& folder) {
  AnalogConfig config = analogConfig(hardware);
  if (!folder.empty()) config.cache = std::make_shared<ArrayCache>(folder, identityOf);
  return config;
}

}  // namespace crosstile
