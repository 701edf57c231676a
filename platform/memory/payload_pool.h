// SPDX-License-Identifier: Apache-2.0
// The memory manager of TLM-2.0 generic payloads. A payload's data array is its cargo's bytes: every hop has
// a transaction of its own, and all hops of a packet share one copy of the bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <tlm>
#include <utility>
#include <vector>

#include "platform/memory/pool.h"

namespace crosstile {

/// What a payload carries beside its bytes: the owner of those bytes, which knows routing and attribution
/// only.
template <typename Cargo>
class CargoExtension final : public tlm::tlm_extension<CargoExtension<Cargo>> {
 public:
  PoolRef<Cargo> cargo;

  tlm::tlm_extension_base* clone() const override {
    auto copy = std::make_unique<CargoExtension>();
    copy->cargo = cargo;
    return copy.release();
  }
  void copy_from(const tlm::tlm_extension_base& other) override {
    cargo = static_cast<const CargoExtension&>(other).cargo;
  }
};

/// Pool of payloads. `Cargo` is a pooled object with a `data` vector of bytes. The extension stays with its
/// payload for good; the cargo leaves it when the payload comes back.
template <typename Cargo>
class PayloadPool final : public tlm::tlm_mm_interface {
 public:
  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;

  /// A payload that carries `cargo` to `address`, with a reference count of one: release() it when done. A
  /// cargo without bytes travels as TLM_IGNORE_COMMAND, since the base protocol knows no empty write.
  tlm::tlm_generic_payload& take(PoolRef<Cargo> cargo, tlm::tlm_command command, sc_dt::uint64 address) {
    tlm::tlm_generic_payload& payload = idlePayload();
    const auto length = static_cast<unsigned int>(cargo->data.size());
    payload.set_command(length == 0 ? tlm::TLM_IGNORE_COMMAND : command);
    payload.set_address(address);
    payload.set_data_ptr(length == 0 ? nullptr : cargo->data.data());
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_byte_enable_length(0);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    payload.template get_extension<CargoExtension<Cargo>>()->cargo = std::move(cargo);
    payload.acquire();
    return payload;
  }

  /// The cargo of a payload, or null when it has none of this kind.
  static PoolRef<Cargo> cargoOf(const tlm::tlm_generic_payload& payload) {
    const auto* extension = payload.get_extension<CargoExtension<Cargo>>();
    return extension == nullptr ? PoolRef<Cargo>() : extension->cargo;
  }

  /// The same without a reference of its own: for as long as the payload is held.
  static Cargo* cargo(const tlm::tlm_generic_payload& payload) {
    const auto* extension = payload.get_extension<CargoExtension<Cargo>>();
    return extension == nullptr ? nullptr : extension->cargo.get();
  }

  /// Called by the payload when its last reference is released.
  void free(tlm::tlm_generic_payload* payload) override {
    payload->template get_extension<CargoExtension<Cargo>>()->cargo.reset();
    idle_.push_back(payload);
  }

  std::size_t created() const { return all_.size(); }
  std::size_t lent() const { return all_.size() - idle_.size(); }

 private:
  tlm::tlm_generic_payload& idlePayload() {
    if (idle_.empty()) {
      all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
      all_.back()->set_extension(new CargoExtension<Cargo>);  // owned by the payload from here on
      return *all_.back();
    }
    tlm::tlm_generic_payload& payload = *idle_.back();
    idle_.pop_back();
    return payload;
  }

  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> idle_;
};

}  // namespace crosstile
