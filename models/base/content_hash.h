// SPDX-License-Identifier: Apache-2.0
// A name for content: 128 bits of XXH3 over everything added, in order. Two contents that differ have two names (for
// all that a simulator will meet: 10^12 contents collide with a probability of 10^-15); no protection against people
// who want them to collide.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace crosstile {

class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(ContentHash&&) noexcept;
  ContentHash& operator=(ContentHash&&) noexcept;

  ContentHash& bytes(const void* data, std::size_t count);
  /// With its length, so that neighbours can't run into one another.
  ContentHash& text(std::string_view text);
  template <typename T>
  ContentHash& value(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    return bytes(&value, sizeof value);
  }
  /// A container of numbers, with its length.
  template <typename Values>
  ContentHash& values(const Values& values) {
    static_assert(std::is_arithmetic_v<std::decay_t<decltype(*values.data())>>);
    value(values.size());
    return bytes(values.data(), values.size() * sizeof(*values.data()));
  }
  /// 32 hexadecimal digits.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crosstile
