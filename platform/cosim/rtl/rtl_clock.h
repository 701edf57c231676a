// SPDX-License-Identifier: Apache-2.0
// A verilated block with its clock, its reset and, if wanted, its waveform.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/base/error.h"
#include "verilated.h"
#include "verilated_vcd_c.h"

namespace crosstile {

/// A cycle is settle() (inputs are set: outputs follow), then tick() (the edge at its end). Reset is held for the first
/// edge. In the waveform inputs change in the middle of the cycle, with the falling edge; the time is the kernel's, ps.
/// @tparam Verilated  a verilated module with inputs clk and rst
template <typename Verilated>
class RtlClock {
 public:
  /// @param name  of the block   @param waves  directory that NAME.vcd goes to; empty: no waveform
  /// @param period  of the clock, ps
  RtlClock(const std::string& name, const std::string& waves, std::uint64_t period)
      : period_(period),
        context_(std::make_unique<VerilatedContext>()),
        model_(std::make_unique<Verilated>(context_.get(), "rtl")) {
    if (!waves.empty()) {
      context_->traceEverOn(true);
      waves_ = std::make_unique<VerilatedVcdC>();
      model_->trace(waves_.get(), 99);
      waves_->set_time_unit("1ps");
      waves_->set_time_resolution("1ps");
      const std::string file = waves + "/" + name + ".vcd";
      waves_->open(file.c_str());
      if (!waves_->isOpen()) throw RunFailure("{}: can't be written", file);
    }
    model_->rst = 1;
    model_->clk = 0;
  }
  RtlClock(const RtlClock&) = delete;
  RtlClock& operator=(const RtlClock&) = delete;
  ~RtlClock() {
    if (waves_ != nullptr) waves_->close();
    model_->final();
  }

  Verilated& model() { return *model_; }
  const Verilated& model() const { return *model_; }
  bool hasWaves() const { return waves_ != nullptr; }
  /// Whether the waveform shows what comes.
  void showing(bool on) { showing_ = on; }
  /// Reset before the next cycle.
  void restart() { model_->rst = 1; }

  /// Outputs follow the inputs. @param time  of the edge that the cycle began with, ps
  void settle(std::uint64_t time) {
    if (model_->rst != 0) reset();
    model_->eval();
    edge_ = time;
    show(time + period_ / 2);
  }
  void tick() {
    model_->clk = 1;
    model_->eval();
    show(edge_ + period_);
    model_->clk = 0;
    model_->eval();
  }

 private:
  void reset() {
    for (const std::uint8_t level : {0, 1, 0}) {
      model_->clk = level;
      model_->eval();
    }
    model_->rst = 0;
  }
  void show(std::uint64_t time) {
    if (waves_ != nullptr && showing_) waves_->dump(time);
  }

  std::uint64_t period_, edge_ = 0;
  bool showing_ = true;
  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Verilated> model_;
  std::unique_ptr<VerilatedVcdC> waves_;
};

}  // namespace crosstile
