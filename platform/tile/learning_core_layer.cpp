// SPDX-License-Identifier: Apache-2.0
// A learning core's accesses to a layer of a network.
#include <cstring>

#include "platform/tile/address_map.h"
#include "platform/tile/learning_core.h"
#include "platform/tile/wire.h"

namespace crosstile {
namespace {

constexpr std::size_t kValue = sizeof(float);

}  // namespace

sc_core::sc_time LearningCore::conversions(std::size_t lines) const {
  const auto adcs = static_cast<std::size_t>(config_.adcs);
  return static_cast<double>((lines + adcs - 1) / adcs) * config_.adcPeriod;
}

bool LearningCore::writeLayer(std::uint64_t offset, const std::uint8_t* data, std::size_t size,
                              sc_core::sc_time& delay) {
  const bool forward = offset == address::kForward, backward = offset == address::kBackward;
  if (!forward && !backward && offset != address::kUpdate) return false;
  const std::size_t values = forward ? layer_->inputs() : layer_->outputs();
  const std::size_t header = forward || backward ? 8 : 16;
  if (size != header + values * kValue) return false;
  in_.resize(values);
  std::memcpy(in_.data(), data + header, values * kValue);
  const auto sample = wire::load<std::uint64_t>(data);
  if (forward || backward)
    readArray(backward, sample, delay);
  else
    update(sample, wire::load<double>(data + 8), delay);
  return true;
}

void LearningCore::readArray(bool backward, std::uint64_t sample, sc_core::sc_time& delay) {
  const learning::ReadMoment moment{true, sample};
  const std::uint64_t before = layer_->activity().reads();
  out_.resize(backward ? layer_->inputs() : layer_->outputs());
  if (backward)
    layer_->backward(in_.data(), moment, out_.data());
  else
    layer_->forward(in_.data(), moment, out_.data());
  const auto tries = static_cast<double>(layer_->activity().reads() - before);
  // A backward read converts the bias line as well.
  const sc_core::sc_time each = config_.readTime + conversions(out_.size() + (backward ? 1 : 0));
  delay += (config_.dacCycles + config_.shiftAddCycles) * config_.period + tries * each;
}

void LearningCore::update(std::uint64_t sample, double rateFactor, sc_core::sc_time& delay) {
  const learning::Activity before = layer_->activity();
  layer_->learn(in_.data(), rateFactor, sample);
  const learning::Activity& after = layer_->activity();
  const auto slots = static_cast<double>(after.pulseSlots - before.pulseSlots);
  const auto transfers = static_cast<double>(after.transferReads - before.transferReads);
  const sc_core::sc_time end = sc_core::sc_time_stamp() + delay + config_.dacCycles * config_.period +
                               slots * config_.slotTime +
                               transfers * (config_.readTime + conversions(layer_->outputs()));
  const std::uint64_t period = config_.period.value();
  free_ = (end.value() + period - 1) / period * period;
}

bool LearningCore::readLayer(std::uint64_t offset, std::uint8_t* data, std::size_t size) const {
  if (offset == address::kStatus && size == sizeof free_) {
    std::memcpy(data, &free_, sizeof free_);
    return true;
  }
  if (offset != address::kRead || size != out_.size() * kValue) return false;
  std::memcpy(data, out_.data(), size);
  return true;
}

}  // namespace crosstile
