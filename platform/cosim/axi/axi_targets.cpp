// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/axi/axi_targets.h"

#include <algorithm>

#include "platform/host/register_table.h"

namespace crosstile::axi {
namespace {

std::uint64_t at(Register r) {
  return static_cast<std::uint64_t>(r);
}

bool writeWord(HostAccess& chip, Register r, std::uint64_t value) {
  const auto word = static_cast<std::uint32_t>(value);
  return chip.write(at(r), &word, 4);
}

}  // namespace

// --- AXI4-Lite ---------------------------------------------------------------------------------------------------

void LiteTarget::reset() {
  out = {};
  out.awready = out.wready = out.arready = true;
  haveAddress_ = haveData_ = wroteReset_ = false;
}

void LiteTarget::clock(const LiteIn& in, HostAccess& chip) {
  wroteReset_ = false;
  if (in.awvalid && out.awready) {
    haveAddress_ = true;
    address_ = in.awaddr;
  }
  if (in.wvalid && out.wready) {
    haveData_ = true;
    data_ = in.wdata;
    strobes_ = in.wstrb;
  }
  if (in.bready) out.bvalid = false;
  if (haveAddress_ && haveData_ && !out.bvalid) {
    out.bresp = write(chip);
    out.bvalid = true;
    haveAddress_ = haveData_ = false;
  }
  out.awready = !haveAddress_;
  out.wready = !haveData_;

  const bool taken = in.arvalid && out.arready;
  if (in.rready) out.rvalid = false;
  if (taken) {
    out.rvalid = true;
    out.rdata = 0;
    out.rresp = okay;
    if (in.araddr >= kRegisterBytes)
      out.rresp = decodeError;
    else if (!chip.read(in.araddr, &out.rdata, 4))
      out.rresp = slaveError;
  }
  out.arready = !out.rvalid;
}

Response LiteTarget::write(HostAccess& chip) {
  if (address_ >= kRegisterBytes) return decodeError;
  if (strobes_ == 0) return okay;
  if (strobes_ != 0xF || !chip.write(address_, &data_, 4)) return slaveError;
  wroteReset_ = address_ == at(Register::control) && (data_ & kControlReset) != 0;
  return okay;
}

// --- AXI4 --------------------------------------------------------------------------------------------------------

void FullTarget::reset() {
  out = {};
  out.awready = out.arready = true;
  writes_ = reads_ = false;
  pieces_.clear();
}

void FullTarget::clock(const FullIn& in, HostAccess& chip) {
  clockWrite(in, chip);
  clockRead(in, chip);
}

void FullTarget::clockWrite(const FullIn& in, HostAccess& chip) {
  if (in.bready) out.bvalid = false;
  if (in.wvalid && out.wready) {
    collect(in);
    if (++writeBeat_ == writing_.beats()) finishWrite(chip);
  } else if (in.awvalid && out.awready) {
    writing_ = {in.awaddr, in.awlen, in.awsize, in.awburst};
    writeId_ = in.awid;
    writeBeat_ = 0;
    writes_ = true;
    broken_ = writing_.violation() != nullptr;
    pieces_.clear();
  }
  out.awready = !writes_ && !out.bvalid;
  out.wready = writes_;
}

/// Bytes of a beat whose strobes are set, joined to what is there where they follow it.
void FullTarget::collect(const FullIn& in) {
  if (in.wlast != (writeBeat_ + 1 == writing_.beats())) broken_ = true;
  if (broken_) return;
  const std::uint32_t line = writing_.beatAddress(writeBeat_) / kDataBytes * kDataBytes;
  const std::uint32_t strobes = writing_.lanes(writeBeat_) & in.wstrb;
  for (std::uint32_t lane = 0; lane < kDataBytes; ++lane) {
    if ((strobes >> lane & 1) == 0) continue;
    const bool follows = !pieces_.empty() && pieces_.back().address + pieces_.back().bytes.size() == line + lane;
    if (!follows) pieces_.push_back({line + lane, {}});
    pieces_.back().bytes.push_back(static_cast<std::uint8_t>(in.wdata >> (8 * lane)));
  }
}

void FullTarget::finishWrite(HostAccess& chip) {
  writes_ = false;
  out.bvalid = true;
  out.bid = writeId_;
  out.bresp = broken_ ? slaveError : okay;
  if (!broken_ && writing_.address < kMemoryBase) {
    out.bresp = decodeError;
    return;
  }
  if (broken_) return;
  for (const Piece& piece : pieces_) {
    if (!chip.write(piece.address, piece.bytes.data(), piece.bytes.size())) out.bresp = decodeError;
  }
}

void FullTarget::clockRead(const FullIn& in, HostAccess& chip) {
  if (out.rvalid && in.rready) {
    out.rvalid = false;
    reads_ = ++readBeat_ < reading_.beats();
    if (reads_) showBeat();
  } else if (in.arvalid && out.arready) {
    reading_ = {in.araddr, in.arlen, in.arsize, in.arburst};
    readId_ = in.arid;
    readBeat_ = 0;
    reads_ = true;
    fetch(chip);
    showBeat();
  }
  out.arready = !reads_;
}

/// All beats of the burst, each in its byte lanes.
void FullTarget::fetch(HostAccess& chip) {
  beats_.assign(static_cast<std::size_t>(reading_.beats()), 0);
  readResponse_ = reading_.violation() != nullptr ? slaveError : reading_.address < kMemoryBase ? decodeError : okay;
  for (int i = 0; i < reading_.beats() && readResponse_ == okay; ++i) {
    const std::uint32_t first = reading_.beatAddress(i);
    const std::uint32_t size = reading_.aligned(first) + reading_.beatBytes() - first;
    std::uint64_t value = 0;
    if (!chip.read(first, &value, size)) readResponse_ = decodeError;
    beats_[static_cast<std::size_t>(i)] = value << (8 * (first % kDataBytes));
  }
}

void FullTarget::showBeat() {
  out.rvalid = true;
  out.rid = readId_;
  out.rresp = readResponse_;
  out.rdata = readResponse_ == okay ? beats_[static_cast<std::size_t>(readBeat_)] : 0;
  out.rlast = readBeat_ + 1 == reading_.beats();
}

// --- AXI4-Stream -------------------------------------------------------------------------------------------------

void Stream::reset() {
  out = {};
  out.tready = true;
  frame_.clear();
  result_.clear();
  submitted_ = given_ = 0;
}

void Stream::clock(const StreamIn& in, HostAccess& chip) {
  take(in, chip);
  give(in, chip);
  // An image lies in its slot until its result has come.
  out.tready = submitted_ - chip.peek(at(Register::results)) < slots_.count;
}

void Stream::take(const StreamIn& in, HostAccess& chip) {
  if (!in.tvalid || !out.tready) return;
  for (int lane = 0; lane < 8 && frame_.size() <= slots_.bytes; ++lane) {
    if ((in.tkeep >> lane & 1) != 0) frame_.push_back(static_cast<std::uint8_t>(in.tdata >> (8 * lane)));
  }
  if (!in.tlast) return;
  if (!submit(chip)) out.error = true;
  frame_.clear();
}

bool Stream::submit(HostAccess& chip) {
  const std::uint32_t wanted = chip.peek(at(Register::inputBytes));
  if (frame_.size() != wanted || frame_.size() > slots_.bytes) return false;
  const std::uint32_t slot = slots_.address + submitted_ % slots_.count * slots_.bytes;
  const bool ok = chip.write(kMemoryBase + slot, frame_.data(), frame_.size()) &&
                  writeWord(chip, Register::imageAddress, slot) && writeWord(chip, Register::imageSubmit, 1);
  if (ok) ++submitted_;
  return ok;
}

void Stream::give(const StreamIn& in, HostAccess& chip) {
  if (out.tvalid) {
    if (!in.tready) return;
    at_ += kDataBytes;
    out.tvalid = false;
    if (at_ < result_.size()) return showBeat();
    ++given_;
  }
  if (given_ >= chip.peek(at(Register::results))) return;
  const std::uint32_t bytes = chip.peek(at(Register::resultBytes));
  result_.assign(bytes, 0);
  at_ = 0;
  const std::uint64_t from = kMemoryBase + chip.peek(at(Register::resultAddress)) + std::uint64_t{given_} * bytes;
  if (bytes == 0 || !chip.read(from, result_.data(), bytes)) {
    out.error = true;
    ++given_;
    return;
  }
  showBeat();
}

void Stream::showBeat() {
  const std::size_t left = std::min<std::size_t>(result_.size() - at_, kDataBytes);
  out.tvalid = true;
  out.tdata = 0;
  for (std::size_t i = 0; i < left; ++i) out.tdata |= std::uint64_t{result_[at_ + i]} << (8 * i);
  out.tkeep = static_cast<std::uint8_t>((1U << left) - 1);
  out.tlast = at_ + left == result_.size();
}

}  // namespace crosstile::axi
