// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/driver.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/base/error.h"
#include "platform/memory/transaction.h"
#include "platform/tile/address_map.h"
#include "platform/tile/wire.h"
#include "workloads/mapping/traffic.h"

namespace crosstile {
namespace {

/// A stage's part on a tile, its blocks without levels.
void addStage(ChipImage::TileImage& tile, const Stage& stage, const std::vector<AdcTrim>& trims) {
  tile.programs.emplace_back();
  TileProgram& program = tile.programs.back();
  program.stage = stage;
  std::tie(program.outputBegin, program.outputCount) = outputsOf(stage, tile.node);
  program.outputCount -= program.outputBegin;
  program.stage.blocks.clear();
  for (const ArrayBlock& block : stage.blocks) {
    if (block.tile != tile.node) continue;
    tile.blocks.push_back(&block);
    ArrayBlock mine = block;
    mine.levels = nullptr;
    program.stage.blocks.push_back(std::move(mine));
    program.trims.push_back(trims.at(static_cast<std::size_t>(block.id)));
  }
}

}  // namespace

ChipImage makeChipImage(const ChipProgram& program, const std::vector<AdcTrim>& trims,
                        const Hardware& hardware, std::uint64_t seed, std::uint32_t draw) {
  ChipImage image;
  const int host = hardware.chip.tiles();
  std::map<int, std::size_t> indexOf;  // of a node's tile
  for (const Stage& stage : program.stages) {
    for (const int node : stage.tiles) {
      if (indexOf.emplace(node, image.tiles.size()).second) image.tiles.push_back({node, {}, {}});
      ChipImage::TileImage& tile = image.tiles[indexOf.at(node)];
      addStage(tile, stage, trims);
      tile.programs.back().seed = seed;
      tile.programs.back().draw = draw;
    }
  }
  const auto programOf = [&](const Stage& stage, int node) -> TileProgram& {
    return image.tiles[indexOf.at(node)].programs.at(static_cast<std::size_t>(stage.slot));
  };
  for (const Stage& stage : program.stages) {
    for (std::size_t k = 0; k < stage.streams.size(); ++k) {
      const Stream& stream = stage.streams[k];
      const int number = static_cast<int>(k);
      for (const Stream::Part& part : stream.parts) {
        if (part.stage < 0) {
          for (const int to : stage.tiles) {
            programOf(stage, to).sources.push_back({host, number, 0});
            image.routes.push_back({static_cast<std::uint32_t>(to),
                                    static_cast<std::uint32_t>(stage.firstStream + number),
                                    static_cast<std::uint32_t>(stream.ringBytes)});
          }
          image.inputBytes =
              static_cast<std::uint64_t>(stream.elements()) * static_cast<std::uint64_t>(stream.bytes);
          image.inputStride = static_cast<std::uint64_t>(stream.imageBytes);
          image.inputBytesPerCode = stream.bytes;
          continue;
        }
        const Stage& from = program.stages[static_cast<std::size_t>(part.stage)];
        for (const int node : from.tiles) {
          for (const int to : stage.tiles) {
            const auto [first, last] = outputsSent(from, node, part, stage, to, k > 0);
            if (first >= last) continue;
            programOf(stage, to).sources.push_back({node, number, part.channelBegin + first});
            auto& targets = programOf(from, node).targets;
            // All tiles of a stage take in the same codes of its matrix's input.
            if (k == 0 && to != stage.tiles.front() && hardware.timing.multicast) {
              targets.back().nodes.push_back(to);
              continue;
            }
            targets.push_back({{to},
                               stage.firstStream + number,
                               first,
                               last - first,
                               part.channelBegin + first,
                               stream.channels,
                               static_cast<std::uint64_t>(stream.imageBytes),
                               static_cast<std::uint64_t>(stream.ringBytes)});
          }
        }
      }
    }
  }
  const Stage& final = program.stages.back();
  image.resultBytes = static_cast<std::uint64_t>(final.outPositions) *
                      static_cast<std::uint64_t>(final.outputs) *
                      static_cast<std::uint64_t>(final.outputBytes);
  for (const int node : final.tiles) {
    TileProgram& p = programOf(final, node);
    p.toHost = true;
    p.targets = {
        {{host}, 0, p.outputBegin, p.outputCount, p.outputBegin, final.outputs, image.resultBytes, 0}};
  }
  image.inputElement = program.inputElement;
  image.outputElement = program.outputElement;
  image.outputBytesPerCode = final.outputBytes;
  image.outputSigned = final.outputFormat.isSigned;
  return image;
}

Driver::Driver(const sc_core::sc_module_name& moduleName, Chip& chip, ChipImage image,
               std::vector<std::vector<std::int64_t>> images, std::vector<sc_core::sc_time> arrivals)
    : sc_module(moduleName),
      chip_(chip),
      image_(std::move(image)),
      images_(std::move(images)),
      arrivals_(std::move(arrivals)) {
  SC_HAS_PROCESS(Driver);
  SC_THREAD(run);
  set_stack_size(1 << 20);
  toChip.bind(chip.host.fromSystem);
}

void Driver::run() {
  quantum_.reset();
  load();
  waitFor(kInterruptProgrammed);
  if (chip_.mode() == TimingMode::loose) {  // the answer is here before its time has come
    const sc_core::sc_time end = chip_.mesh.clock().edge(chip_.host.programmedCycle());
    quantum_.set(std::max(end, sc_core::sc_time_stamp() + quantum_.get_local_time()) -
                 sc_core::sc_time_stamp());
  }
  if (programmed_) programmed_();
  started_ = sc_core::sc_time_stamp() + quantum_.get_local_time();
  submit();
  while (readRegister(Register::results) < images_.size()) waitFor(kInterruptResult);
  collect();
  done_ = true;
}

void Driver::write(std::uint64_t address, void* data, std::size_t size) {
  quantum_.set(transact(toChip, tlm::TLM_WRITE_COMMAND, address, data, size, quantum_.get_local_time()));
  if (quantum_.need_sync()) quantum_.sync();
}

void Driver::writeRegister(Register r, std::uint32_t value) {
  write(static_cast<std::uint64_t>(r), &value, 4);
}

std::uint32_t Driver::readRegister(Register r) {
  std::uint32_t value = 0;
  quantum_.set(transact(toChip, tlm::TLM_READ_COMMAND, static_cast<std::uint64_t>(r), &value, 4,
                        quantum_.get_local_time()));
  return value;
}

void Driver::transfer(int node, std::uint32_t kind, std::uint64_t to,
                      const std::vector<std::uint8_t>& bytes) {
  if (kind == kDmaProgramme) {
    std::vector<std::uint8_t> copy = bytes;  // payloads are written to, too
    write(kMemoryBase + memoryUsed_, copy.data(), copy.size());
    programBytes_ += copy.size();
  }
  writeRegister(Register::dmaSource, static_cast<std::uint32_t>(memoryUsed_));
  writeRegister(Register::dmaNode, static_cast<std::uint32_t>(node));
  writeRegister(Register::dmaKind, kind);
  writeRegister(Register::dmaAddress, static_cast<std::uint32_t>(to));
  writeRegister(Register::dmaAddressHigh, static_cast<std::uint32_t>(to >> 32));
  writeRegister(Register::dmaLength, static_cast<std::uint32_t>(bytes.size()));
  writeRegister(Register::dmaStart, 1);
  if (kind == kDmaProgramme) memoryUsed_ += (bytes.size() + 63) / 64 * 64;
}

void Driver::waitFor(std::uint32_t bit) {
  writeRegister(Register::interruptEnable, bit);
  if ((readRegister(Register::interruptStatus) & bit) == 0) {
    quantum_.sync();
    while ((readRegister(Register::interruptStatus) & bit) == 0) {
      wait(chip_.host.interrupt.value_changed_event());
    }
  }
  writeRegister(Register::interruptStatus, bit);
}

void Driver::load() {
  for (const ChipImage::TileImage& tile : image_.tiles) {
    for (const ArrayBlock* block : tile.blocks) {
      const auto index =
          static_cast<std::uint64_t>(block->core * chip_.hardware().chip.arraysPerCore + block->slot);
      transfer(tile.node, kDmaProgramme, address::kLevels + index * address::kArrayStride, *block->levels);
    }
    const std::vector<std::uint8_t> program = toWire(tile.programs);
    transfer(tile.node, kDmaProgramme, address::kProgram, program);
    transfer(tile.node, kDmaCommit, address::kCommit, program);
  }
}

void Driver::submit() {
  std::vector<std::uint32_t> route;
  for (const ChipImage::Route& r : image_.routes) route.insert(route.end(), {r.node, r.stream, r.ringBytes});
  write(kMemoryBase + memoryUsed_, route.data(), 4 * route.size());
  writeRegister(Register::routeAddress, static_cast<std::uint32_t>(memoryUsed_));
  writeRegister(Register::routeCount, static_cast<std::uint32_t>(image_.routes.size()));
  memoryUsed_ += (4 * route.size() + 63) / 64 * 64;
  writeRegister(Register::inputBytes, static_cast<std::uint32_t>(image_.inputBytes));
  writeRegister(Register::inputStride, static_cast<std::uint32_t>(image_.inputStride));
  const std::uint64_t results = memoryUsed_;
  memoryUsed_ += (image_.resultBytes * images_.size() + 63) / 64 * 64;
  writeRegister(Register::resultAddress, static_cast<std::uint32_t>(results));
  writeRegister(Register::resultBytes, static_cast<std::uint32_t>(image_.resultBytes));
  const auto bytes = static_cast<std::size_t>(image_.inputBytesPerCode);
  std::vector<std::uint8_t> data(image_.inputBytes);
  for (std::size_t n = 0; n < images_.size(); ++n) {
    const auto& codes = images_[n];
    for (std::size_t i = 0; i < codes.size(); ++i) {
      wire::encode(codes[i], static_cast<int>(bytes),
                   data.data() + static_cast<std::size_t>(image_.inputElement[i]) * bytes);
    }
    write(kMemoryBase + memoryUsed_, data.data(), data.size());
    writeRegister(Register::imageAddress, static_cast<std::uint32_t>(memoryUsed_));
    if (n < arrivals_.size()) {
      const sc_core::sc_time due = started_ + arrivals_[n];
      const sc_core::sc_time now = sc_core::sc_time_stamp();
      if (due > now + quantum_.get_local_time()) quantum_.set(due - now);
      if (quantum_.need_sync()) quantum_.sync();
    }
    writeRegister(Register::imageSubmit, 1);
    memoryUsed_ += (data.size() + 63) / 64 * 64;
  }
  memoryUsed_ = results;  // where collect() finds them
}

void Driver::collect() {
  const auto bytes = static_cast<std::size_t>(image_.outputBytesPerCode);
  std::vector<std::uint8_t> data(image_.resultBytes);
  for (std::size_t i = 0; i < images_.size(); ++i) {
    transact(toChip, tlm::TLM_READ_COMMAND, kMemoryBase + memoryUsed_ + i * data.size(), data.data(),
             data.size(), sc_core::SC_ZERO_TIME);
    std::vector<std::int64_t> codes;
    for (const std::int32_t e : image_.outputElement) {
      codes.push_back(wire::decode(data.data() + static_cast<std::size_t>(e) * bytes,
                                   image_.outputBytesPerCode, image_.outputSigned));
    }
    results_.push_back(std::move(codes));
  }
}

}  // namespace crosstile
