// SPDX-License-Identifier: Apache-2.0
#include "tests/tlm/direct_access_rules.h"

#include <algorithm>
#include <cstring>

namespace crosstile::testing {
namespace {

/// What time it is, to the delta cycle.
struct Moment {
  sc_core::sc_time time = sc_core::sc_time_stamp();
  sc_dt::uint64 delta = sc_core::sc_delta_count();
  bool passed() const { return time != sc_core::sc_time_stamp() || delta != sc_core::sc_delta_count(); }
};

/// What a debug or DMI call may not change.
struct Request {
  tlm::tlm_command command;
  sc_dt::uint64 address;
  const unsigned char* data;
  unsigned int length;
  std::vector<unsigned char> written;

  explicit Request(const tlm::tlm_generic_payload& p)
      : command(p.get_command()),
        address(p.get_address()),
        data(p.get_data_ptr()),
        length(p.get_data_length()) {
    if (p.is_write() && data != nullptr) written.assign(data, data + length);
  }
  bool changed(const tlm::tlm_generic_payload& p) const {
    return p.get_command() != command || p.get_address() != address || p.get_data_ptr() != data ||
           p.get_data_length() != length ||
           (!written.empty() && !std::equal(written.begin(), written.end(), data));
  }
};

}  // namespace

void DirectAccessRules::rule(bool good, const char* name, const char* text) {
  ++checks_;
  if (!good) violate_(name, text);
}

unsigned int DirectAccessRules::debug(Payload& payload, const std::function<unsigned int()>& call) {
  ++debugs_;
  const Moment before;
  const Request request(payload);
  const unsigned int bytes = call();
  rule(!before.passed(), "debug-time", "time passed in transport_dbg");
  rule(!request.changed(payload), "debug-attributes", "transport_dbg changed the request");
  rule(bytes <= request.length, "debug-length", "transport_dbg moved more bytes than asked for");
  rule(bytes == 0 || (request.data != nullptr && request.command != tlm::TLM_IGNORE_COMMAND), "debug-data",
       "transport_dbg moved bytes that nobody gave or wanted");
  compare(payload, std::min(bytes, request.length));
  return bytes;
}

bool DirectAccessRules::request(Payload& payload, tlm::tlm_dmi& dmi, const std::function<bool()>& call) {
  ++requests_;
  const Moment before;
  const Request request(payload);
  rule(request.command != tlm::TLM_IGNORE_COMMAND, "dmi-command", "a pointer for no command");
  const bool granted = call();
  rule(!before.passed(), "dmi-time", "time passed in get_direct_mem_ptr");
  rule(!request.changed(payload), "dmi-attributes", "get_direct_mem_ptr changed the request");
  if (!granted) return false;
  const bool region = dmi.get_dmi_ptr() != nullptr && dmi.get_start_address() <= request.address &&
                      request.address <= dmi.get_end_address();
  rule(region, "dmi-region", "a pointer to nothing, or to a region without the address");
  rule(request.command == tlm::TLM_WRITE_COMMAND ? dmi.is_write_allowed() : dmi.is_read_allowed(),
       "dmi-access", "a pointer without the access asked for");
  if (region) granted_.push_back({dmi.get_start_address(), dmi.get_end_address(), dmi.get_dmi_ptr()});
  return true;
}

void DirectAccessRules::invalidate(sc_dt::uint64 start, sc_dt::uint64 end) {
  rule(start <= end, "dmi-range", "an invalidation that ends before it starts");
  granted_.erase(std::remove_if(granted_.begin(), granted_.end(),
                                [&](const Region& r) { return r.start <= end && start <= r.end; }),
                 granted_.end());
}

/// A pointer is another way to the same bytes. Regions that the access leaves are left out.
void DirectAccessRules::compare(const Payload& payload, unsigned int bytes) {
  if (bytes == 0 || payload.get_data_ptr() == nullptr || payload.get_byte_enable_ptr() != nullptr ||
      payload.get_streaming_width() < bytes)
    return;
  for (const Region& r : granted_) {
    const sc_dt::uint64 at = payload.get_address();
    if (at < r.start || at > r.end || r.end - at < bytes - 1) continue;
    rule(std::memcmp(r.bytes + (at - r.start), payload.get_data_ptr(), bytes) == 0, "dmi-stale",
         "a granted pointer shows other bytes than were moved");
  }
}

}  // namespace crosstile::testing
