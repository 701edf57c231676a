// SPDX-License-Identifier: Apache-2.0
// Which event waited for which: the chain that decides the latency of the first image.
#pragma once

#include <cstdint>
#include <vector>

namespace crosstile {

/// Parts of a machine that a step of the critical path is attributed to.
enum class PathPart { host, network, buffer, bus, core, digital };

/// Nodes are points in time, each caused by an earlier one; the steps from a node back to the start partition
/// its time.
class CriticalPath {
 public:
  struct Node {
    int cause = -1;
    PathPart part = PathPart::host;
    int layer = -1;
    std::uint64_t cycle = 0;
  };
  /// A new node. @param cause  the one it waited for; -1: the start
  int add(int cause, PathPart part, int layer, std::uint64_t cycle) {
    nodes_.push_back({cause, part, layer, cycle});
    return static_cast<int>(nodes_.size()) - 1;
  }
  const Node& node(int id) const { return nodes_[static_cast<std::size_t>(id)]; }
  /// The chain that ends in `id`, first step first.
  std::vector<Node> chain(int id) const {
    std::vector<Node> steps;
    for (; id >= 0; id = node(id).cause) steps.push_back(node(id));
    return {steps.rbegin(), steps.rend()};
  }
  void clear() { nodes_.clear(); }

 private:
  std::vector<Node> nodes_;
};

}  // namespace crosstile
