// SPDX-License-Identifier: Apache-2.0
// A core's digital back end in RTL (core_backend.sv): its sums and its cycles are the RTL's.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "platform/cosim/rtl/rtl_clock.h"
#include "platform/cosim/rtl/rtl_snapshot.h"
#include "platform/tile/core_backend.h"

namespace crosstile {

/// A core's bus access is answered at once with the time at which the MVM will be ready, so the RTL's clock runs ahead of
/// the kernel's: to the ready pulse, from the state that was kept when the vector started. With the next vector it goes back
/// to that state and on in true time to the new start. So MVMs overlap in the RTL as they do in the machine, and every
/// cycle is one of the RTL's. While nothing is under way the clock stands still. The waveform shows true time only.
/// @tparam Verilated  the verilated back end
template <typename Verilated>
class RtlCoreBackend final : public CoreBackend {
  static constexpr int kSteps = sizeof(Verilated::take) / sizeof(Verilated::take[0]);
  static constexpr int kAdcs = sizeof(Verilated::codes[0]) / sizeof(Verilated::codes[0][0]);
  static constexpr int kPlanes = sizeof(Verilated::plane_shift) / sizeof(Verilated::plane_shift[0]);
  static constexpr int kLanes = sizeof(Verilated::sums) / sizeof(Verilated::sums[0]);
  static constexpr int kColumns = 2048, kSumBits = 48;
  static constexpr std::uint64_t kMostCycles = 100'000'000;

 public:
  /// @param waves  where its waveform goes; empty: none   @throws BadInput for timing that the RTL isn't made for
  RtlCoreBackend(const std::string& name, const CoreTiming& timing, const std::string& waves)
      : name_(name), timing_(timing), rtl_(name, waves, timing.period) {
    check("adc.per_core", static_cast<std::uint64_t>(timing.adcs), 1, kAdcs);
    check("core.shift_add_cycles", static_cast<std::uint64_t>(timing.shiftAddCycles), 1, 15);
    check("array.read_time, clock periods", timing.readTime / timing.period, 3, 1'000'000);
    check("conversions of an ADC in a clock period", timing.period / timing.adcPeriod, 0, kSteps - 2);
    Verilated& rtl = rtl_.model();
    rtl.period = static_cast<std::uint32_t>(timing.period);
    rtl.read_time = static_cast<std::uint32_t>(timing.readTime);
    rtl.adc_period = static_cast<std::uint32_t>(timing.adcPeriod);
    rtl.dac_cycles = static_cast<std::uint16_t>(timing.dacCycles);
    rtl.shift_add_cycles = static_cast<std::uint8_t>(timing.shiftAddCycles);
    rtl.adcs = static_cast<std::uint8_t>(timing.adcs);
  }
  /// The last MVM's cycles, for the waveform.
  ~RtlCoreBackend() override {
    if (rtl_.hasWaves()) goBackAndOn(kNever);
  }

  CoreSchedule run(std::uint64_t now, CoreCodes codes, std::int64_t* sums) override {
    const std::uint64_t start = now / timing_.period;
    if (!mvms_.empty()) {
      if (start < kept_.cycle) throw RunFailure("{}: two vectors start in cycle {}", name_, start);
      goBackAndOn(start);
    }
    cycle_ = start;
    prepare(codes);
    const int conversions = codes.conversions;
    mvms_.push_back(std::move(codes));
    rtl_.showing(true);
    rtl_.model().start = 1;
    step();
    rtl_.model().start = 0;
    keep();
    return runAhead(sums, conversions);
  }

  void reset() override {
    mvms_.clear();
    converting_ = ready_ = 0;
    rtl_.restart();
  }

 private:
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  void check(const char* what, std::uint64_t value, std::uint64_t least, std::uint64_t most) const {
    if (value < least || value > most)
      throw BadInput("{} = {}: the RTL of the core's back end is made for {} to {}", what, value, least, most);
  }

  /// Straps that depend on what the core holds; they never change while an MVM is under way.
  void prepare(const CoreCodes& codes) {
    check("encoding.input_bits in pulses: planes", codes.planes.size(), 1, kPlanes);
    check("conversions of a plane", static_cast<std::uint64_t>(codes.conversions), 1, kColumns);
    Verilated& rtl = rtl_.model();
    rtl.planes = static_cast<std::uint8_t>(codes.planes.size());
    rtl.conversions = static_cast<std::uint16_t>(codes.conversions);
    rtl.slots = static_cast<std::uint16_t>((codes.conversions + timing_.adcs - 1) / timing_.adcs);
    for (std::size_t p = 0; p < codes.planes.size(); ++p) {
      rtl.plane_shift[p] = static_cast<std::uint8_t>(codes.planes[p].shift);
      rtl.plane_negative[p] = codes.planes[p].negative ? 1 : 0;
    }
  }

  /// One cycle. MVMs are converted in the order of their starts.
  void step() {
    Verilated& rtl = rtl_.model();
    rtl_.settle(cycle_ * timing_.period);
    std::uint64_t mvm = converting_;
    bool any = false;
    for (int i = 0; i < kSteps; ++i) {
      if (rtl.take[i] == 0) continue;
      any = true;
      if (mvm < mvms_.size()) give(i, mvms_[mvm]);
      if (rtl.take_plane[i] + 1 == rtl.planes && rtl.take_slot[i] + 1 == rtl.slots) ++mvm;
    }
    converting_ = mvm;
    if (any) rtl_.settle(cycle_ * timing_.period);
    if (rtl.ready != 0) ++ready_;
    rtl_.tick();
    ++cycle_;
  }

  void give(int i, const CoreCodes& mvm) {
    Verilated& rtl = rtl_.model();
    const int first = rtl.take_slot[i] * timing_.adcs;
    const std::int32_t* codes = mvm.codes.data() + std::size_t{rtl.take_plane[i]} * static_cast<std::size_t>(mvm.conversions);
    if (rtl.take_plane[i] >= mvm.planes.size()) throw RunFailure("{}: the RTL converts a plane that isn't", name_);
    for (int a = 0; a < timing_.adcs; ++a)
      rtl.codes[i][a] = first + a < mvm.conversions ? static_cast<std::uint16_t>(codes[first + a]) : std::uint16_t{0};
  }

  /// From the kept state to the start of cycle `to`, or to where everything is ready.
  void goBackAndOn(std::uint64_t to) {
    if (mvms_.empty()) return;
    snapshot_.restore(rtl_.model());
    cycle_ = kept_.cycle;
    converting_ = kept_.converting;
    ready_ = kept_.ready;
    rtl_.showing(true);
    while (cycle_ < to && ready_ < mvms_.size()) step();
    while (ready_ > 0 && converting_ > 0) {  // nobody asks for its codes any more
      mvms_.pop_front();
      --ready_;
      --converting_;
    }
  }

  void keep() {
    snapshot_.save(rtl_.model());
    kept_ = {cycle_, converting_, ready_};
  }

  CoreSchedule runAhead(std::int64_t* sums, int conversions) {
    rtl_.showing(false);
    CoreSchedule schedule;
    std::uint64_t freed = 0;  // registers, from the kept state on: the last of them is this vector's
    for (const std::uint64_t end = cycle_ + kMostCycles; cycle_ < end;) {
      rtl_.settle(cycle_ * timing_.period);
      if (rtl_.model().input_free != 0) freed = cycle_;
      if (rtl_.model().ready != 0 && ready_ + 1 == mvms_.size()) {
        schedule = {cycle_ * timing_.period, freed * timing_.period};
        readSums(sums, conversions);
        return schedule;
      }
      step();
    }
    throw RunFailure("{}: the RTL gives no sums within {} cycles", name_, kMostCycles);
  }

  void readSums(std::int64_t* sums, int conversions) {
    for (int c = 0; c < conversions; c += kLanes) {
      rtl_.model().read_column = static_cast<std::uint16_t>(c);
      rtl_.settle(cycle_ * timing_.period);
      for (int l = 0; l < std::min(kLanes, conversions - c); ++l) {
        const std::uint64_t raw = rtl_.model().sums[l];
        sums[c + l] = static_cast<std::int64_t>(raw << (64 - kSumBits)) >> (64 - kSumBits);
      }
    }
    rtl_.model().read_column = 0;
  }

  struct Kept {
    std::uint64_t cycle = 0, converting = 0, ready = 0;
  };
  std::string name_;
  CoreTiming timing_;
  RtlClock<Verilated> rtl_;
  RtlSnapshot snapshot_;
  Kept kept_;
  std::deque<CoreCodes> mvms_;                 // under way in the kept state, and the one that starts
  std::uint64_t cycle_ = 0;                    // that comes next
  std::uint64_t converting_ = 0, ready_ = 0;   // how many of mvms_ are converted, and ready
};

}  // namespace crosstile
