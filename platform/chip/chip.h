// SPDX-License-Identifier: Apache-2.0
// The chip: host interface, mesh and tiles, built from a hardware description. Instantiate it in your own
// SystemC, more than once if you like, and bind an initiator to `host.fromSystem`; it never calls sc_start or
// sc_stop.
#pragma once

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/hardware/hardware.h"
#include "platform/host/host.h"
#include "platform/noc/mesh.h"
#include "platform/tile/tile.h"

namespace crosstile {

/// Who makes the parts that can be something else than the model's: RTL, or parts of your own. What is empty is as the
/// hardware description says (router.implementation, core.backend).
struct ChipParts {
  RouterFactory router;
  CoreBackendFactory coreBackend;
};

class Chip : public sc_core::sc_module {
 public:
  CriticalPath path;  ///< of the first image
  Host host;
  Mesh mesh;
  std::vector<std::unique_ptr<Tile>> tiles;  ///< by node

  /// @param store  programmed arrays, shared with other chips and modes of the same hardware
  /// @throws BadInput when the description can't be built
  Chip(const sc_core::sc_module_name& moduleName, const Hardware& hardware, TimingMode mode,
       std::shared_ptr<ArrayStore> store);
  /// The same with every pair of sockets bound through `binder` (a protocol checker, a monitor).
  Chip(const sc_core::sc_module_name& moduleName, const Hardware& hardware, TimingMode mode,
       std::shared_ptr<ArrayStore> store, Binder& binder, ChipParts parts = {});

  const Hardware& hardware() const { return hardware_; }
  TimingMode mode() const { return mode_; }
  /// Called for every busy interval of every resource of the chip; after programming.
  void setTrace(const BusyTrace& trace);
  void clearStatistics();
  /// Everything that waits for something: empty when the chip is quiet.
  std::vector<std::string> waiting() const;
  /// Timed kernel events so far; those of its tiles alone.
  std::uint64_t kernelEvents() const;
  std::uint64_t tileEvents() const;

 private:
  void build(Binder& binder, const ChipParts& parts);

  Hardware hardware_;
  TimingMode mode_;
  std::shared_ptr<ArrayStore> store_;
};

/// The physics of a hardware description's arrays.
AnalogConfig analogConfig(const Hardware& hardware);
/// The sizes that traffic depends on.
TrafficConfig trafficConfig(const Hardware& hardware);
NocConfig nocConfig(const Hardware& hardware);
/// Data bytes of the host's input packets.
inline constexpr int kHostPacketBytes = 64;

}  // namespace crosstile
