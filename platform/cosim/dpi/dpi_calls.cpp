// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/dpi/dpi_calls.h"

#include <fmt/format.h>

#include <new>

#include "models/base/error.h"

namespace crosstile::cosim {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

int fail(int status, const std::string& text) {
  bench().lastError = text;
  return status;
}

int refused(const char* what, unsigned offset) {
  return fail(CROSSTILE_REFUSED, fmt::format("{}: the chip refuses the access at 0x{:x}", what, offset));
}

template <typename T>
int writeAt(const char* what, std::uint64_t base, unsigned offset, T value, std::uint64_t end = kAll) {
  return guarded(what, [&](CosimChip& chip) {
    return offset < end && chip.write(base + offset, &value, sizeof(T)) ? CROSSTILE_OK : refused(what, offset);
  });
}

template <typename T>
int readAt(const char* what, std::uint64_t base, unsigned offset, T* value, std::uint64_t end = kAll) {
  *value = 0;
  return guarded(what, [&](CosimChip& chip) {
    return offset < end && chip.read(base + offset, value, sizeof(T)) ? CROSSTILE_OK : refused(what, offset);
  });
}

}  // namespace

/// Never destroyed: static objects of the simulator around it may be gone before.
Bench& bench() {
  static Bench* const one = new Bench;
  return *one;
}

int statusOfException() {
  try {
    throw;
  } catch (const BadInput& error) {
    return fail(CROSSTILE_BAD_INPUT, error.what());
  } catch (const std::exception& error) {
    return fail(CROSSTILE_FAILED, error.what());
  } catch (...) {
    return fail(CROSSTILE_FAILED, "unknown failure");
  }
}

int statusWithoutChip(const char* what) {
  if (bench().chip) return CROSSTILE_FAILED;  // lastError says why
  return fail(CROSSTILE_BAD_INPUT, fmt::format("{}: no chip is open", what));
}

}  // namespace crosstile::cosim

using namespace crosstile;         // NOLINT: the C functions of this file only
using namespace crosstile::cosim;  // NOLINT

/// Debian's libsystemc has a main() that calls this; simulators bring their own main.
__attribute__((weak)) int sc_main(int, char**) {
  return 1;
}

extern "C" {

int crosstile_open(const char* hardware, const char* network, const char* options) {
  if (bench().opened)
    return fail(CROSSTILE_BAD_INPUT, "crosstile_open: a process has one chip, and it has been opened already");
  try {
    bench().chip = std::make_unique<CosimChip>(hardware, network, options);
    bench().opened = true;
    return CROSSTILE_OK;
  } catch (...) {
    return statusOfException();  // nothing was built: another attempt may do better
  }
}

int crosstile_close(void) {
  if (!bench().chip) return fail(CROSSTILE_BAD_INPUT, "crosstile_close: no chip is open");
  bench().chip.reset();
  return CROSSTILE_OK;
}

const char* crosstile_last_error(void) {
  return bench().lastError.c_str();
}

int crosstile_load(int images) {
  return guarded("crosstile_load", [&](CosimChip& chip) {
    if (images < 0) throw BadInput("crosstile_load: {} images; 0 or more are allowed", images);
    chip.load(static_cast<std::size_t>(images));
    return CROSSTILE_OK;
  });
}

int crosstile_write_register(unsigned offset, unsigned value) {
  return writeAt("crosstile_write_register", 0, offset, value, kRegisterBytes);
}

int crosstile_read_register(unsigned offset, unsigned* value) {
  return readAt("crosstile_read_register", 0, offset, value, kRegisterBytes);
}

int crosstile_write_memory(unsigned offset, unsigned value) {
  return writeAt("crosstile_write_memory", kMemoryBase, offset, value);
}

int crosstile_read_memory(unsigned offset, unsigned* value) {
  return readAt("crosstile_read_memory", kMemoryBase, offset, value);
}

int crosstile_write_byte(unsigned offset, unsigned char value) {
  return writeAt("crosstile_write_byte", kMemoryBase, offset, value);
}

int crosstile_read_byte(unsigned offset, unsigned char* value) {
  return readAt("crosstile_read_byte", kMemoryBase, offset, value);
}

int crosstile_start(unsigned offset) {
  const int status = crosstile_write_register(static_cast<unsigned>(Register::imageAddress), offset);
  return status == CROSSTILE_OK ? crosstile_write_register(static_cast<unsigned>(Register::imageSubmit), 1) : status;
}

int crosstile_wait_interrupt(long long cycles) {
  return guarded("crosstile_wait_interrupt", [&](CosimChip& chip) {
    if (cycles < 0) throw BadInput("crosstile_wait_interrupt: {} cycles; 0 or more are allowed", cycles);
    if (chip.waitInterrupt(static_cast<std::uint64_t>(cycles))) return CROSSTILE_OK + 0;
    return fail(CROSSTILE_TIMEOUT, fmt::format("crosstile_wait_interrupt: none in {} cycles", cycles));
  });
}

int crosstile_advance(long long cycles) {
  return guarded("crosstile_advance", [&](CosimChip& chip) {
    if (cycles < 0) throw BadInput("crosstile_advance: {} cycles; 0 or more are allowed", cycles);
    chip.advance(static_cast<std::uint64_t>(cycles) * chip.periodPs());
    return CROSSTILE_OK;
  });
}

int crosstile_reset(void) {
  return guarded("crosstile_reset", [](CosimChip& chip) {
    chip.reset();
    bench().stream.reset();
    return CROSSTILE_OK;
  });
}

int crosstile_interrupt(void) {
  return bench().chip ? static_cast<int>(bench().chip->interrupt()) : -1;
}

long long crosstile_cycle(void) {
  return bench().chip ? static_cast<long long>(bench().chip->cycle()) : -1;
}

long long crosstile_latency(int image) {
  return bench().chip && image >= 0 ? bench().chip->latency(static_cast<std::size_t>(image)) : -1;
}

}  // extern "C"
