// SPDX-License-Identifier: Apache-2.0
// Addresses inside a tile: what packets and the tile's own bus use. docs/architecture.md lists them.
#pragma once

#include <cstdint>

namespace crosstile::address {

// Packets to a tile. Activations and credits: number of the stream, and an address in it that counts on from
// image to image.
inline constexpr int kStreamBit = 48;
inline constexpr std::uint64_t inStream(int stream, std::uint64_t at) {
  return static_cast<std::uint64_t>(stream) << kStreamBit | at;
}
inline constexpr int streamOf(std::uint64_t address) {
  return static_cast<int>(address >> kStreamBit);
}
inline constexpr std::uint64_t atOf(std::uint64_t address) {
  return address & ((1ULL << kStreamBit) - 1);
}

inline constexpr std::uint64_t kProgram = 0x4000'0000;  ///< the tile program, CBOR
inline constexpr std::uint64_t kCommit =
    0x4F00'0000;  ///< 8 bytes: length of the program; programs the arrays
inline constexpr std::uint64_t kLevels = 0x1'0000'0000;   ///< + (core * arraysPerCore + slot) * kArrayStride
inline constexpr std::uint64_t kArrayStride = 0x10'0000;  ///< levels of one array, a byte a cell, row by row

// The bus: the upper half of an address selects devices (bit d: core d, kDigitalBit: the digital unit).
inline constexpr int kDigitalBit = 31;
inline constexpr std::uint64_t select(std::uint32_t devices, std::uint64_t offset) {
  return static_cast<std::uint64_t>(devices) << 32 | offset;
}

// A core, by offset.
inline constexpr std::uint64_t kInput = 0x0000'0000;  ///< + row block of the core * kInputStride: input codes
inline constexpr std::uint64_t kInputStride = 0x2'0000;
inline constexpr std::uint64_t kStart =
    0x4000'0000;  ///< write {image u64, position u64}: MVM with the vector written
inline constexpr std::uint64_t kStatus =
    0x4000'0010;  ///< read u64: time (steps) at which the input register is free
inline constexpr std::uint64_t kOutput = 0x4100'0000;      ///< read: sums of the finished MVM, i64 an output
inline constexpr std::uint64_t kCoreLevels = 0x8000'0000;  ///< + slot * kArrayStride

// A learning core, by offset.
inline constexpr std::uint64_t kPulse =
    0x5000'0000;  ///< write {cell u64, V f64, width in s f64, conductance aimed at in S f64}
inline constexpr std::uint64_t kRest = 0x5000'0020;    ///< write {s f64}: all cells at 0 V
inline constexpr std::uint64_t kVerify = 0x5100'0000;  ///< + cell * 8: read f64, its conductance as sensed, S

// A learning core that holds a layer of a network; values are f32.
inline constexpr std::uint64_t kForward = 0x5200'0000;   ///< write {sample u64, inputs...}: a forward read
inline constexpr std::uint64_t kBackward = 0x5200'0010;  ///< write {sample u64, errors...}: a backward read
inline constexpr std::uint64_t kUpdate =
    0x5200'0020;  ///< write {sample u64, factor on the rates f64, errors...}: change the weights
inline constexpr std::uint64_t kRead = 0x5300'0000;  ///< read: outputs of the last read

// The digital unit of a learning tile; values are f32.
inline constexpr std::uint64_t kActivate = 0x5400'0000;      ///< write {outputs...}
inline constexpr std::uint64_t kOutputErrors = 0x5400'0010;  ///< write {label u64, outputs...}
inline constexpr std::uint64_t kSlopes = 0x5400'0020;        ///< write {activations..., errors...}
inline constexpr std::uint64_t kComputed =
    0x5500'0000;  ///< read: activations; output probabilities, then errors; errors times slopes

// The digital unit, by offset: + slot of the stage in the tile * kSlotStride (results: kResultStride).
inline constexpr std::uint64_t kSlotStride = 0x10'0000;
inline constexpr std::uint64_t kResultStride = 0x100'0000;
inline constexpr int kSlots = 128;
inline constexpr std::uint64_t kSums =
    0x0000'0000;  ///< write {image u64, position u64, first output u64, sums...}
inline constexpr std::uint64_t kOperand =
    0x0800'0000;  ///< write {image u64, position u64, stream u64, codes...}: operands of additions, sums of
                  ///< other rows
inline constexpr std::uint64_t kFinish =
    0x1000'0000;  ///< write {image u64, position u64}: bias, activation, pooling
inline constexpr std::uint64_t kResult =
    0x2000'0000;  ///< + output position: read codes of the image last finished

}  // namespace crosstile::address
