// SPDX-License-Identifier: Apache-2.0
#include "platform/chip/driver.h"

#include <algorithm>

#include "platform/memory/transaction.h"

namespace crosstile {

Driver::Driver(const sc_core::sc_module_name& moduleName, Chip& chip, ChipImage image,
               std::vector<std::vector<std::int64_t>> images, std::vector<sc_core::sc_time> arrivals)
    : sc_module(moduleName),
      chip_(chip),
      sequence_(std::move(image), chip.hardware(),
                [this](std::uint64_t address, void* data, std::size_t size) { write(address, data, size); }),
      images_(std::move(images)),
      arrivals_(std::move(arrivals)) {
  SC_HAS_PROCESS(Driver);
  SC_THREAD(run);
  set_stack_size(1 << 20);
  toChip.bind(chip.host.fromSystem);
}

void Driver::run() {
  quantum_.reset();
  sequence_.load();
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

void Driver::submit() {
  sequence_.configure(images_.size());
  for (std::size_t n = 0; n < images_.size(); ++n) {
    sequence_.place(images_[n]);
    if (n < arrivals_.size()) {
      const sc_core::sc_time due = started_ + arrivals_[n];
      const sc_core::sc_time now = sc_core::sc_time_stamp();
      if (due > now + quantum_.get_local_time()) quantum_.set(due - now);
      if (quantum_.need_sync()) quantum_.sync();
    }
    sequence_.submit();
  }
}

void Driver::collect() {
  std::vector<std::uint8_t> data(sequence_.image().resultBytes);
  for (std::size_t i = 0; i < images_.size(); ++i) {
    transact(toChip, tlm::TLM_READ_COMMAND, kMemoryBase + sequence_.resultAddress() + i * data.size(), data.data(),
             data.size(), sc_core::SC_ZERO_TIME);
    results_.push_back(sequence_.decode(data.data()));
  }
}

}  // namespace crosstile
