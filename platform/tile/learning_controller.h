// SPDX-License-Identifier: Apache-2.0
// The learning controller of a tile: runs the rules of models/programming and workloads/learning in simulated
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "platform/tile/learning_core.h"
#include "tlm_utils/simple_initiator_socket.h"

namespace crosstile {

/// A processor with one program, a thread. What the program asks for goes over the tile's bus, and the
/// program goes on at the first clock edge at which the access is over. Two views of the tile are made for
/// programs: cells(core), every pulse, verifying read and rest of target tuning, and RemoteNetworkSteps, the
/// steps of a network's training. Both are the calls that a functional run makes on cells and layers
/// themselves, so both runs do the same to them, bit for bit. True conductances and the cells' own clock are
/// read beside the bus, for reports.
class LearningController : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<LearningController> toBus{"toBus"};

  struct Statistics {
    std::uint64_t pulses = 0, reads = 0;  ///< of cells: accesses over the bus
  };

  /// @param cores  on the bus, in the order of its sockets; outlive this
  LearningController(const sc_core::sc_module_name& moduleName, const sc_core::sc_time& period,
                     std::vector<LearningCore*> cores);
  ~LearningController() override;

  /// What runs once simulation starts. An exception that leaves it stays here, for rethrow().
  void setProgram(std::function<void()> program) { program_ = std::move(program); }
  WritableCells& cells(std::size_t core);
  /// For the program: one access, over the bus, then to the next clock edge at which it is over.
  /// @param device  a core, or address::kDigitalBit   @throws RunFailure when refused
  void access(tlm::tlm_command command, std::size_t device, std::uint64_t offset, std::uint8_t* data,
              unsigned size);
  /// For the program: to a time in steps; nothing when it is over.
  void waitUntil(std::uint64_t time);
  const Statistics& statistics() const { return statistics_; }
  /// After simulation: throws what the program threw.
  void rethrow() const;

 private:
  class RemoteCells;
  void run();

  sc_core::sc_time period_;
  std::vector<LearningCore*> cores_;
  std::vector<std::unique_ptr<RemoteCells>> remote_;
  std::function<void()> program_;
  std::exception_ptr failure_;
  Statistics statistics_;
};

}  // namespace crosstile
