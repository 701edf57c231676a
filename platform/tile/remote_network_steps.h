// SPDX-License-Identifier: Apache-2.0
// The training steps of a network on a tile: its learning controller sends them to cores and digital unit.
#pragma once

#include "platform/tile/learning_controller.h"
#include "workloads/learning/network_steps.h"

namespace crosstile {

/// What the controller spent its time with; together all of it.
struct LearningTimes {
  sc_core::sc_time forward, backward;  ///< reads, with values in and out
  sc_core::sc_time digital;            ///< activations, output errors, slopes, with values in and out
  sc_core::sc_time update;             ///< sending errors; the pulses are the cores' time
  sc_core::sc_time stallUpdate;        ///< waiting for a core until its update was over
  sc_core::sc_time total() const { return forward + backward + digital + update + stallUpdate; }
};

/// For the controller's program alone, and for training steps alone; layer l is held by core l. What is
/// computed comes back over the bus; whoever asks sees what a functional run would, bit for bit.
class RemoteNetworkSteps final : public learning::NetworkSteps {
 public:
  explicit RemoteNetworkSteps(LearningController& controller) : controller_(controller) {}

  void forward(std::size_t layer, const learning::ReadMoment& moment, Span<const float> x,
               Span<float> y) override;
  void backward(std::size_t layer, const learning::ReadMoment& moment, Span<const float> error,
                Span<float> out) override;
  void update(std::size_t layer, std::uint64_t index, double rateFactor, Span<const float> error) override;
  void activate(Span<float> y) override;
  void outputErrors(Span<float> output, int label, Span<float> error) override;
  void timesSlope(Span<const float> y, Span<float> error) override;

  /// Waits until the updates of cores 0 to `cores` - 1 are over.
  void finish(std::size_t cores);
  const LearningTimes& times() const { return times_; }

 private:
  template <typename T>
  void put(const T& value);
  void put(Span<const float> values);
  void send(std::size_t device, std::uint64_t offset);
  void fetch(std::size_t device, std::uint64_t offset, std::size_t values);
  void waitFor(std::size_t core);

  LearningController& controller_;
  std::vector<std::uint8_t> message_;
  std::vector<float> answer_;
  LearningTimes times_;
};

}  // namespace crosstile
