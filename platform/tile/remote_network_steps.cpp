// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/remote_network_steps.h"

#include <algorithm>

#include "platform/tile/address_map.h"

namespace crosstile {
namespace {

/// Adds the simulated time of its life to a sum.
class Spent {
 public:
  explicit Spent(sc_core::sc_time& sum) : sum_(sum) {}
  ~Spent() { sum_ += sc_core::sc_time_stamp() - start_; }
  Spent(const Spent&) = delete;
  Spent& operator=(const Spent&) = delete;

 private:
  sc_core::sc_time& sum_;
  sc_core::sc_time start_ = sc_core::sc_time_stamp();
};

constexpr std::size_t kDigital = address::kDigitalBit;

}  // namespace

template <typename T>
void RemoteNetworkSteps::put(const T& value) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&value);
  message_.insert(message_.end(), bytes, bytes + sizeof value);
}

void RemoteNetworkSteps::put(Span<const float> values) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  message_.insert(message_.end(), bytes, bytes + values.size() * sizeof(float));
}

void RemoteNetworkSteps::send(std::size_t device, std::uint64_t offset) {
  controller_.access(tlm::TLM_WRITE_COMMAND, device, offset, message_.data(),
                     static_cast<unsigned>(message_.size()));
  message_.clear();
}

void RemoteNetworkSteps::fetch(std::size_t device, std::uint64_t offset, std::size_t values) {
  answer_.resize(values);
  controller_.access(tlm::TLM_READ_COMMAND, device, offset, reinterpret_cast<std::uint8_t*>(answer_.data()),
                     static_cast<unsigned>(values * sizeof(float)));
}

void RemoteNetworkSteps::waitFor(std::size_t core) {
  const Spent spent(times_.stallUpdate);
  std::uint64_t free = 0;
  controller_.access(tlm::TLM_READ_COMMAND, core, address::kStatus, reinterpret_cast<std::uint8_t*>(&free),
                     sizeof free);
  controller_.waitUntil(free);
}

void RemoteNetworkSteps::forward(std::size_t layer, const learning::ReadMoment& moment, Span<const float> x,
                                 Span<float> y) {
  waitFor(layer);
  const Spent spent(times_.forward);
  put(moment.index);
  put(x);
  send(layer, address::kForward);
  fetch(layer, address::kRead, y.size());
  std::copy(answer_.begin(), answer_.end(), y.begin());
}

void RemoteNetworkSteps::backward(std::size_t layer, const learning::ReadMoment& moment,
                                  Span<const float> error, Span<float> out) {
  waitFor(layer);
  const Spent spent(times_.backward);
  put(moment.index);
  put(error);
  send(layer, address::kBackward);
  fetch(layer, address::kRead, out.size());
  std::copy(answer_.begin(), answer_.end(), out.begin());
}

void RemoteNetworkSteps::update(std::size_t layer, std::uint64_t index, double rateFactor,
                                Span<const float> error) {
  waitFor(layer);
  const Spent spent(times_.update);
  put(index);
  put(rateFactor);
  put(error);
  send(layer, address::kUpdate);
}

void RemoteNetworkSteps::activate(Span<float> y) {
  const Spent spent(times_.digital);
  put(Span<const float>(y));
  send(kDigital, address::kActivate);
  fetch(kDigital, address::kComputed, y.size());
  std::copy(answer_.begin(), answer_.end(), y.begin());
}

void RemoteNetworkSteps::outputErrors(Span<float> output, int label, Span<float> error) {
  const Spent spent(times_.digital);
  put(static_cast<std::uint64_t>(label));
  put(Span<const float>(output));
  send(kDigital, address::kOutputErrors);
  fetch(kDigital, address::kComputed, 2 * output.size());
  const auto middle = answer_.begin() + static_cast<std::ptrdiff_t>(output.size());
  std::copy(answer_.begin(), middle, output.begin());
  std::copy(middle, answer_.end(), error.begin());
}

void RemoteNetworkSteps::timesSlope(Span<const float> y, Span<float> error) {
  const Spent spent(times_.digital);
  put(y);
  put(Span<const float>(error));
  send(kDigital, address::kSlopes);
  fetch(kDigital, address::kComputed, error.size());
  std::copy(answer_.begin(), answer_.end(), error.begin());
}

void RemoteNetworkSteps::finish(std::size_t cores) {
  for (std::size_t core = 0; core < cores; ++core) waitFor(core);
}

}  // namespace crosstile
