// SPDX-License-Identifier: Apache-2.0
// The targets' state machines, clock by clock: `clock` takes what was on the pins at a rising edge, and `out` is what
// they drive from then to the next. All outputs are registered, so that SystemC and Verilog see the same cycles.
//
// Responses: OKAY; SLVERR when the chip refuses, when a burst breaks a rule of AXI, or WLAST is in the wrong place (nothing
// is written); DECERR outside of the registers (AXI4-Lite) or of host memory (AXI4).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "platform/cosim/axi/axi_burst.h"
#include "platform/cosim/axi/host_access.h"

namespace crosstile::axi {

/// AXI4-Lite for the registers. They are accessed whole: a write with some strobes only gives SLVERR, with none does
/// nothing. An access takes place at the edge at which its last half (AW or W) was taken, its response is valid from then.
class LiteTarget {
 public:
  LiteOut out;
  LiteTarget() { reset(); }
  void reset();
  void clock(const LiteIn& in, HostAccess& chip);
  /// Whether the last clock() wrote a hardware reset to CONTROL.
  bool wroteReset() const { return wroteReset_; }

 private:
  Response write(HostAccess& chip);
  bool haveAddress_ = false, haveData_ = false, wroteReset_ = false;
  std::uint32_t address_ = 0, data_ = 0;
  std::uint8_t strobes_ = 0;
};

/// AXI4 for host memory: INCR, WRAP and FIXED bursts, narrow, unaligned, with strobes. One burst a direction at a time.
/// A write takes place as a whole when its last beat is in; a read sees memory as it is when its address is taken.
class FullTarget {
 public:
  FullOut out;
  FullTarget() { reset(); }
  void reset();
  void clock(const FullIn& in, HostAccess& chip);

 private:
  struct Piece {
    std::uint32_t address;
    std::vector<std::uint8_t> bytes;
  };
  void clockWrite(const FullIn& in, HostAccess& chip);
  void clockRead(const FullIn& in, HostAccess& chip);
  void collect(const FullIn& in);
  void finishWrite(HostAccess& chip);
  void fetch(HostAccess& chip);
  void showBeat();

  Burst writing_, reading_;
  bool writes_ = false, reads_ = false;
  bool broken_ = false;  // the burst under way won't be written
  int writeBeat_ = 0, readBeat_ = 0;
  std::uint8_t writeId_ = 0, readId_ = 0;
  std::vector<Piece> pieces_;
  std::vector<std::uint64_t> beats_;
  Response readResponse_ = okay;
};

/// AXI4-Stream. In: each frame is an image of INPUT_BYTES bytes; it goes into one of the slots in host memory and is
/// submitted. A frame of another length, or one that the chip refuses, is dropped and raises `error`. Out: each result
/// is a frame, in order. Before, routes, lengths and RESULT_ADDRESS must be set, and IMAGE_SUBMIT be left alone.
class Stream {
 public:
  struct Slots {
    std::uint32_t address = 32 << 20;  ///< in host memory, bytes
    std::uint32_t bytes = 1 << 20;     ///< of a slot; longer images are dropped
    std::uint32_t count = 16;          ///< images that may be under way
  };
  StreamOut out;
  Stream() : Stream(Slots()) {}
  explicit Stream(const Slots& slots) : slots_(slots) { reset(); }
  void reset();
  void clock(const StreamIn& in, HostAccess& chip);

 private:
  void take(const StreamIn& in, HostAccess& chip);
  bool submit(HostAccess& chip);
  void give(const StreamIn& in, HostAccess& chip);
  void showBeat();

  Slots slots_;
  std::vector<std::uint8_t> frame_, result_;
  std::size_t at_ = 0;  // of result_, shown
  std::uint32_t submitted_ = 0, given_ = 0;
};

}  // namespace crosstile::axi
