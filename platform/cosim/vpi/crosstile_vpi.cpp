// SPDX-License-Identifier: Apache-2.0
// VPI (IEEE 1800-2017, clauses 36 to 38) for Icarus Verilog: every call of crosstile_cosim.h is a system
// function of the same name and arguments, `status = $crosstile_write_register(offset, value)`. Strings are
// Verilog strings; what a C function writes through a pointer is written to the argument, which must be a
// variable. $crosstile_last_error() returns text of up to 400 characters, right-aligned as Verilog has it
// (%0s).
#include <vpi_user.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "platform/cosim/dpi/crosstile_cosim.h"

namespace {

constexpr PLI_INT32 kTextBits = 8 * 400;

std::vector<vpiHandle> argumentsOf(vpiHandle call) {
  std::vector<vpiHandle> found;
  vpiHandle each = vpi_iterate(vpiArgument, call);
  while (each != nullptr) {
    vpiHandle one = vpi_scan(each);
    if (one == nullptr) break;
    found.push_back(one);
  }
  return found;
}

/// An argument of type T, as it is for the length of a call.
template <typename T>
struct Argument {  // a number: unknown bits count as 0
  T value = 0;
  explicit Argument(vpiHandle handle) {
    s_vpi_value read{};
    read.format = vpiVectorVal;
    vpi_get_value(handle, &read);
    const PLI_INT32 bits = vpi_get(vpiSize, handle);
    std::uint64_t all = 0;
    for (int word = 0; word < 2 && 32 * word < bits; ++word) {
      const s_vpi_vecval& part = read.value.vector[word];
      all |= std::uint64_t{static_cast<std::uint32_t>(part.aval & ~part.bval)} << (32 * word);
    }
    const bool negative = vpi_get(vpiSigned, handle) != 0 && bits < 64 && (all >> (bits - 1) & 1) != 0;
    value = static_cast<T>(negative ? all | ~std::uint64_t{0} << bits : all);
  }
  T pass() { return value; }
  void finish() {}
};

template <>
struct Argument<const char*> {
  std::string text;
  explicit Argument(vpiHandle handle) {
    s_vpi_value read{};
    read.format = vpiStringVal;
    vpi_get_value(handle, &read);
    if (read.value.str != nullptr) text = read.value.str;
    text.erase(0, text.find_first_not_of(' '));  // of a reg that is wider than its text
  }
  const char* pass() { return text.c_str(); }
  void finish() {}
};

template <typename T>
struct Argument<T*> {  // what the call writes
  vpiHandle handle;
  T value = 0;
  explicit Argument(vpiHandle h) : handle(h) {}
  T* pass() { return &value; }
  void finish() {
    s_vpi_value put{};
    put.format = vpiIntVal;
    put.value.integer = static_cast<PLI_INT32>(value);
    vpi_put_value(handle, &put, nullptr, vpiNoDelay);
  }
};

void answer(vpiHandle call, long long value) {
  s_vpi_vecval words[2] = {{static_cast<PLI_INT32>(value), 0}, {static_cast<PLI_INT32>(value >> 32), 0}};
  s_vpi_value put{};
  put.format = vpiVectorVal;
  put.value.vector = words;
  vpi_put_value(call, &put, nullptr, vpiNoDelay);
}

void answer(vpiHandle call, int value) {
  s_vpi_value put{};
  put.format = vpiIntVal;
  put.value.integer = value;
  vpi_put_value(call, &put, nullptr, vpiNoDelay);
}

/// The last character is in the lowest byte.
void answer(vpiHandle call, const char* text) {
  std::vector<s_vpi_vecval> words(kTextBits / 32);
  const std::size_t length = std::min<std::size_t>(std::strlen(text), kTextBits / 8);
  for (std::size_t i = 0; i < length; ++i) {
    const auto byte = std::uint32_t{static_cast<unsigned char>(text[length - 1 - i])};
    words[i / 4].aval |= static_cast<PLI_INT32>(byte << (8 * (i % 4)));
  }
  s_vpi_value put{};
  put.format = vpiVectorVal;
  put.value.vector = words.data();
  vpi_put_value(call, &put, nullptr, vpiNoDelay);
}

template <typename Result, typename... Parameters, std::size_t... I>
void invoke(Result (*function)(Parameters...), vpiHandle call, std::index_sequence<I...>) {
  const std::vector<vpiHandle> handles = argumentsOf(call);
  std::tuple<Argument<Parameters>...> arguments{Argument<Parameters>(handles[I])...};
  const Result result = function(std::get<I>(arguments).pass()...);
  (std::get<I>(arguments).finish(), ...);
  answer(call, result);
}

template <typename Result, typename... Parameters>
PLI_INT32 serve(Result (*function)(Parameters...)) {
  invoke(function, vpi_handle(vpiSysTfCall, nullptr), std::index_sequence_for<Parameters...>());
  return 0;
}

template <typename Result, typename... Parameters>
constexpr std::size_t countOf(Result (*)(Parameters...)) {
  return sizeof...(Parameters);
}

/// Before the simulation: a call with another number of arguments ends it.
template <auto function>
PLI_INT32 check(PLI_BYTE8* name) {
  const std::size_t found = argumentsOf(vpi_handle(vpiSysTfCall, nullptr)).size();
  if (found == countOf(function)) return 0;
  vpi_printf("ERROR: %s has %d arguments, found %d\n", name, static_cast<int>(countOf(function)),
             static_cast<int>(found));
  vpi_control(vpiFinish, 1);
  return 0;
}

/// Width of what a call returns.
template <typename Result>
constexpr PLI_INT32 kBits = std::is_same_v<Result, const char*> ? kTextBits
                                                                : 8 * static_cast<PLI_INT32>(sizeof(Result));

template <auto function, typename Result, typename... Parameters>
void add(const char* name, Result (*)(Parameters...)) {
  s_vpi_systf_data call{};
  call.type = vpiSysFunc;
  call.sysfunctype = std::is_same_v<Result, int>         ? vpiIntFunc
                     : std::is_same_v<Result, long long> ? vpiSizedSignedFunc
                                                         : vpiSizedFunc;
  call.tfname = name;
  call.calltf = [](PLI_BYTE8*) { return serve(function); };
  call.compiletf = check<function>;
  call.sizetf = [](PLI_BYTE8*) { return kBits<Result>; };
  call.user_data = const_cast<PLI_BYTE8*>(name);  // VPI's type; nobody writes to it
  vpi_register_systf(&call);
}

#define CROSSTILE_CALL(function) add<function>("$" #function, function)

void addAll() {
  CROSSTILE_CALL(crosstile_open);
  CROSSTILE_CALL(crosstile_close);
  CROSSTILE_CALL(crosstile_last_error);
  CROSSTILE_CALL(crosstile_load);
  CROSSTILE_CALL(crosstile_write_register);
  CROSSTILE_CALL(crosstile_read_register);
  CROSSTILE_CALL(crosstile_write_memory);
  CROSSTILE_CALL(crosstile_read_memory);
  CROSSTILE_CALL(crosstile_write_byte);
  CROSSTILE_CALL(crosstile_read_byte);
  CROSSTILE_CALL(crosstile_start);
  CROSSTILE_CALL(crosstile_wait_interrupt);
  CROSSTILE_CALL(crosstile_advance);
  CROSSTILE_CALL(crosstile_reset);
  CROSSTILE_CALL(crosstile_interrupt);
  CROSSTILE_CALL(crosstile_cycle);
  CROSSTILE_CALL(crosstile_latency);
}

}  // namespace

/// What the simulator calls when it has loaded the module.
void (*vlog_startup_routines[])() = {addAll, nullptr};  // NOLINT: the name is VPI's
