// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/host_sequence.h"

#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"

namespace crosstile {

HostSequence::HostSequence(ChipImage image, const Hardware& hardware, Write write)
    : image_(std::move(image)), arraysPerCore_(hardware.chip.arraysPerCore), write_(std::move(write)) {}

void HostSequence::writeRegister(Register r, std::uint64_t value) {
  auto word = static_cast<std::uint32_t>(value);
  write_(static_cast<std::uint64_t>(r), &word, 4);
}

std::uint64_t HostSequence::reserve(std::uint64_t bytes) {
  const std::uint64_t at = used_;
  used_ += (bytes + 63) / 64 * 64;
  return at;
}

void HostSequence::transfer(int node, std::uint32_t kind, std::uint64_t to, const std::vector<std::uint8_t>& bytes) {
  std::uint64_t at = used_;
  if (kind == kDmaProgramme) {
    std::vector<std::uint8_t> copy = bytes;  // payloads are written to, too
    at = reserve(copy.size());
    write_(kMemoryBase + at, copy.data(), copy.size());
    programBytes_ += copy.size();
  }
  writeRegister(Register::dmaSource, at);
  writeRegister(Register::dmaNode, static_cast<std::uint32_t>(node));
  writeRegister(Register::dmaKind, kind);
  writeRegister(Register::dmaAddress, to);
  writeRegister(Register::dmaAddressHigh, to >> 32);
  writeRegister(Register::dmaLength, bytes.size());
  writeRegister(Register::dmaStart, 1);
}

void HostSequence::load() {
  for (const ChipImage::TileImage& tile : image_.tiles) {
    for (const ArrayBlock* block : tile.blocks) {
      const auto index = static_cast<std::uint64_t>(block->core * arraysPerCore_ + block->slot);
      transfer(tile.node, kDmaProgramme, address::kLevels + index * address::kArrayStride, *block->levels);
    }
    const std::vector<std::uint8_t> program = toWire(tile.programs);
    transfer(tile.node, kDmaProgramme, address::kProgram, program);
    transfer(tile.node, kDmaCommit, address::kCommit, program);
  }
}

void HostSequence::configure(std::size_t images) {
  std::vector<std::uint32_t> route;
  for (const ChipImage::Route& r : image_.routes) route.insert(route.end(), {r.node, r.stream, r.ringBytes});
  const std::uint64_t routes = reserve(4 * route.size());
  write_(kMemoryBase + routes, route.data(), 4 * route.size());
  writeRegister(Register::routeAddress, routes);
  writeRegister(Register::routeCount, image_.routes.size());
  writeRegister(Register::inputBytes, image_.inputBytes);
  writeRegister(Register::inputStride, image_.inputStride);
  results_ = reserve(image_.resultBytes * images);
  writeRegister(Register::resultAddress, results_);
  writeRegister(Register::resultBytes, image_.resultBytes);
}

std::vector<std::uint8_t> HostSequence::encode(const std::vector<std::int64_t>& codes) const {
  const auto bytes = static_cast<std::size_t>(image_.inputBytesPerCode);
  std::vector<std::uint8_t> data(image_.inputBytes);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    wire::encode(codes[i], image_.inputBytesPerCode,
                 data.data() + static_cast<std::size_t>(image_.inputElement[i]) * bytes);
  }
  return data;
}

std::vector<std::int64_t> HostSequence::decode(const std::uint8_t* result) const {
  const auto bytes = static_cast<std::size_t>(image_.outputBytesPerCode);
  std::vector<std::int64_t> codes;
  for (const std::int32_t e : image_.outputElement) {
    codes.push_back(wire::decode(result + static_cast<std::size_t>(e) * bytes, image_.outputBytesPerCode,
                                 image_.outputSigned));
  }
  return codes;
}

void HostSequence::place(const std::vector<std::int64_t>& codes) {
  std::vector<std::uint8_t> data = encode(codes);
  placed_ = reserve(data.size());
  write_(kMemoryBase + placed_, data.data(), data.size());
  writeRegister(Register::imageAddress, placed_);
}

void HostSequence::submit() {
  writeRegister(Register::imageSubmit, 1);
}

}  // namespace crosstile
