// SPDX-License-Identifier: Apache-2.0
// TLM-2.0's rules of the two interfaces beside transport (IEEE 1666-2011, 11.2.5, 11.3 and 14.2): direct
// memory pointers and debug accesses. Used by BaseProtocolChecker, one a connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

namespace crosstile::testing {

/// Rules, by name:
///   debug-time        simulated time, or a delta cycle, passed in transport_dbg
///   debug-attributes  transport_dbg changed the command, address, pointer, length or the bytes of a write
///   debug-length      more bytes returned than asked for
///   debug-data        bytes returned without a data pointer, or for TLM_IGNORE_COMMAND
///   dmi-time          simulated time, or a delta cycle, passed in get_direct_mem_ptr
///   dmi-command       a pointer asked for with TLM_IGNORE_COMMAND
///   dmi-attributes    get_direct_mem_ptr changed the command, address, pointer or length
///   dmi-region        granted without a pointer, for an empty region, or for one without the address
///   dmi-access        granted, but not for the command asked for
///   dmi-range         an invalidation that ends before it starts
///   dmi-stale         a granted region, not invalidated, holds other bytes than a transport or debug access
///   moved
class DirectAccessRules {
 public:
  using Payload = tlm::tlm_generic_payload;
  using Violate = std::function<void(const char* rule, const std::string& text)>;
  explicit DirectAccessRules(Violate violate) : violate_(std::move(violate)) {}

  unsigned int debug(Payload& payload, const std::function<unsigned int()>& call);
  bool request(Payload& payload, tlm::tlm_dmi& dmi, const std::function<bool()>& call);
  void invalidate(sc_dt::uint64 start, sc_dt::uint64 end);
  /// A transaction has come back with TLM_OK_RESPONSE.
  void transported(const Payload& payload) { compare(payload, payload.get_data_length()); }

  std::uint64_t checks() const { return checks_; }
  std::uint64_t requests() const { return requests_; }  ///< for pointers
  std::uint64_t debugs() const { return debugs_; }

 private:
  struct Region {
    sc_dt::uint64 start, end;
    const unsigned char* bytes;  // of start
  };
  void rule(bool good, const char* name, const char* text);
  void compare(const Payload& payload, unsigned int bytes);

  Violate violate_;
  std::uint64_t checks_ = 0, requests_ = 0, debugs_ = 0;
  std::vector<Region> granted_;
};

}  // namespace crosstile::testing
