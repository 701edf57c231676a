// SPDX-License-Identifier: Apache-2.0
#include "models/base/content_hash.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace crosstile {

struct ContentHash::State {
  XXH3_state_t xxh;
};

ContentHash::ContentHash() : state_(new State) {
  XXH3_128bits_reset(&state_->xxh);
}

ContentHash::~ContentHash() = default;
ContentHash::ContentHash(ContentHash&&) noexcept = default;
ContentHash& ContentHash::operator=(ContentHash&&) noexcept = default;

ContentHash& ContentHash::bytes(const void* data, std::size_t count) {
  if (count > 0) XXH3_128bits_update(&state_->xxh, data, count);
  return *this;
}

ContentHash& ContentHash::text(std::string_view text) {
  value(text.size());
  return bytes(text.data(), text.size());
}

std::string ContentHash::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace crosstile
