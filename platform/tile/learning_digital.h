// SPDX-License-Identifier: Apache-2.0
// The digital unit of a learning tile: activations, softmax with output errors, products with slopes.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm_utils/simple_target_socket.h"
#include "workloads/learning/learning_config.h"

namespace crosstile {

/// `lanes` operations a cycle behind a pipeline of `cycles` (docs/timing.md, "Learning"); single precision.
/// Results stay until the next write.
class LearningDigital : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<LearningDigital> fromBus{"fromBus"};

  struct Config {
    sc_core::sc_time period;
    int cycles = 1, lanes = 1;
    learning::Activation activation = learning::Activation::sigmoid;
  };
  LearningDigital(const sc_core::sc_module_name& moduleName, const Config& config);

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// @return operations; 0: refused
  std::size_t compute(std::uint64_t offset, const std::uint8_t* data, std::size_t size);

  Config config_;
  std::vector<float> in_, out_;
};

}  // namespace crosstile
