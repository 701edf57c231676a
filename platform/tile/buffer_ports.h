// SPDX-License-Identifier: Apache-2.0
// Who may use a tile's buffer when: banks, and the ports of each.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "platform/tile/resource.h"

namespace crosstile {

/// Lines lie in the banks in turn: line i in bank i mod banks (low-order interleaving). A transfer (a packet
/// that comes, a window with its operands) asks each bank that it has lines in for a port; a bank serves its
/// part of the transfer without a gap, one line after the other, whatever other banks do. The transfer is
/// done when its last part is. docs/timing.md has the cycles.
class BufferPorts {
 public:
  struct Config {
    int banks = 1;
    int readWritePorts = 1, readPorts = 0, writePorts = 0;  ///< of a bank
    int lineBytes = 32;
    int accessCycles = 1;
  };
  /// Accesses of each bank; not used where there is one bank.
  using Lines = std::vector<std::uint64_t>;

  BufferPorts(const Config& config, Clockwork& clockwork);

  /// Requester 0 writes what comes from the network; 1 + i reads windows of the tile's stage i.
  void setReaders(std::size_t readers);
  bool banked() const { return banks_.size() > 1; }
  /// Adds the lines that some bytes lie in.
  void addLines(Lines& lines, std::uint64_t address, std::uint64_t bytes) const;
  /// @param work  moves the data, once, when the first part is served; returns the cycles on one bank
  void acquire(int requester, std::uint64_t ready, const Lines& lines, Resource::Work work,
               Resource::Done done, int layer);
  /// Loose timing: a transfer of this many lines, spread evenly. @return its cycles, at least 1
  std::uint64_t cyclesOf(std::uint64_t lines) const;
  void book(int requester, std::uint64_t ready, std::uint64_t start, std::uint64_t cycles, int layer);

  const std::vector<std::unique_ptr<Resource>>& banks() const { return banks_; }
  /// Cycles that transfers took from their first line on, beyond those of as many lines spread evenly over
  /// idle banks: lines that lie in the same banks, and waiting for some while others are done.
  std::uint64_t conflictCycles() const { return conflictCycles_; }
  void setTrace(const BusyTrace* trace, const std::string& owner);
  void clearStatistics();
  void reset();

 private:
  struct Transfer {
    std::size_t parts = 0;  ///< not yet done
    bool begun = false;
    std::uint64_t start = UINT64_MAX, end = 0;
    std::uint64_t evenCycles = 0;
    Resource::Work work;
    Resource::Done done;
  };
  void partDone(Transfer& transfer, std::uint64_t start, std::uint64_t end);

  Config config_;
  std::vector<std::unique_ptr<Resource>> banks_;
  std::uint64_t conflictCycles_ = 0;
};

}  // namespace crosstile
