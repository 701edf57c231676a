// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/learning_controller.h"

#include <array>
#include <cstring>

#include "models/base/error.h"
#include "platform/tile/address_map.h"

namespace crosstile {

/// The cells of a core as the program sees them.
class LearningController::RemoteCells final : public WritableCells {
 public:
  RemoteCells(LearningController& controller, std::size_t core) : controller_(controller), core_(core) {}
  int rows() const override { return own().rows(); }
  int columns() const override { return own().columns(); }
  double conductance(std::size_t cell) override { return own().conductance(cell); }
  PulseCost write(std::size_t cell, const WritePulse& pulse, double aim) override {
    std::array<std::uint8_t, 32> data{};
    const auto number = static_cast<std::uint64_t>(cell);
    std::memcpy(data.data(), &number, 8);
    std::memcpy(data.data() + 8, &pulse.amplitude.value, 8);
    std::memcpy(data.data() + 16, &pulse.width.value, 8);
    std::memcpy(data.data() + 24, &aim, 8);
    controller_.access(tlm::TLM_WRITE_COMMAND, core_, address::kPulse, data.data(), 32);
    ++controller_.statistics_.pulses;
    return controller_.cores_[core_]->pulseCost();
  }
  double sense(std::size_t cell, double& energy) override {
    double conductance = 0.0;
    controller_.access(tlm::TLM_READ_COMMAND, core_, address::kVerify + 8 * cell,
                       reinterpret_cast<std::uint8_t*>(&conductance), 8);
    ++controller_.statistics_.reads;
    energy += controller_.cores_[core_]->readJ();
    return conductance;
  }
  void rest(Seconds time) override {
    if (time.value == 0.0) return;
    double second = time.value;
    controller_.access(tlm::TLM_WRITE_COMMAND, core_, address::kRest,
                       reinterpret_cast<std::uint8_t*>(&second), 8);
  }
  double now() const override { return own().now(); }
  void setNow(double second) override { own().setNow(second); }
  Seconds readTime() const override { return own().readTime(); }

 private:
  WritableCells& own() const { return controller_.cores_[core_]->cells(); }
  LearningController& controller_;
  std::size_t core_;
};

LearningController::LearningController(const sc_core::sc_module_name& moduleName,
                                       const sc_core::sc_time& period, std::vector<LearningCore*> cores)
    : sc_module(moduleName), period_(period), cores_(std::move(cores)) {
  for (std::size_t c = 0; c < cores_.size(); ++c) remote_.push_back(std::make_unique<RemoteCells>(*this, c));
  SC_HAS_PROCESS(LearningController);
  SC_THREAD(run);
}

LearningController::~LearningController() = default;

WritableCells& LearningController::cells(std::size_t core) {
  return *remote_.at(core);
}

void LearningController::run() {
  try {
    if (program_) program_();
  } catch (const Error&) {
    failure_ = std::current_exception();
  }
}

void LearningController::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

void LearningController::access(tlm::tlm_command command, std::size_t device, std::uint64_t offset,
                                std::uint8_t* data, unsigned size) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address::select(1U << device, offset));
  payload.set_data_ptr(data);
  payload.set_data_length(size);
  payload.set_streaming_width(size);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  toBus->b_transport(payload, delay);
  if (payload.is_response_error())
    throw RunFailure("{}: {} {} refused an access at {:#x}: {}", name(),
                     device == address::kDigitalBit ? "device" : "core", device, offset,
                     payload.get_response_string());
  const std::uint64_t period = period_.value(), end = (sc_core::sc_time_stamp() + delay).value();
  waitUntil((end + period - 1) / period * period);
}

void LearningController::waitUntil(std::uint64_t time) {
  const std::uint64_t now = sc_core::sc_time_stamp().value();
  if (time > now) wait(sc_core::sc_time::from_value(time - now));
}

}  // namespace crosstile
