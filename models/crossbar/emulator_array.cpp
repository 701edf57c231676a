// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/emulator_array.h"

#include <algorithm>

#include "models/crossbar/row_response.h"

namespace crosstile {
namespace {

/// Buffers of a thread, so that a read allocates nothing.
AlignedVector<float>& scratch(std::size_t which, std::size_t size) {
  thread_local std::array<AlignedVector<float>, 2> buffers;
  if (buffers[which].size() < size) buffers[which].resize(size);
  return buffers[which];
}

class ResidualArray final : public EmulatorArray {
 public:
  ResidualArray(std::shared_ptr<const Emulator> emulator, const ProgrammedArray& array,
                Span<const double> digitVoltages)
      : emulator_(std::move(emulator)), sums_(emulator_->technology, array, digitVoltages) {}
  std::size_t stride() const override { return sums_.columnStride(); }
  double unitAmpere() const override { return sums_.unitAmpere(); }
  const std::vector<double>& rowPower() const override { return sums_.rowPower(); }

  void read(Span<const Pulse> pulses, float* current) const override {
    AlignedVector<float>& sums = scratch(0, pulses.size() * sums_.stride());
    sums_.read(pulses, sums.data());
    for (std::size_t p = 0; p < pulses.size(); ++p)
      sums_.currents(emulator_->network, sums.data() + p * sums_.stride(), current + p * stride());
  }

 private:
  std::shared_ptr<const Emulator> emulator_;
  ResidualSums sums_;
};

/// Two products a read: V with the first layer's part of it (and with G, for I_ideal) in one table of pulses,
/// then the second layer.
class GeniexArray final : public EmulatorArray {
 public:
  GeniexArray(std::shared_ptr<const Emulator> emulator, const ProgrammedArray& array,
              Span<const double> digitVoltages)
      : emulator_(std::move(emulator)) {
    const EmulatorTechnology& t = emulator_->technology;
    const TwoLayerNetwork& network = emulator_->network;
    unit_ = t.device.gOn.value * t.voltage;
    const AlignedVector<float> g = normalisedConductances(t, array.conductance);
    base_.resize(network.hiddenStride());
    network.hiddenBase(g.data(), base_.data());
    tabulate(array, digitVoltages);
    fillRowPower(array, digitVoltages);
  }
  std::size_t stride() const override { return emulator_->network.outputStride(); }
  double unitAmpere() const override { return unit_; }
  const std::vector<double>& rowPower() const override { return rowPower_; }

  void read(Span<const Pulse> pulses, float* current) const override {
    const TwoLayerNetwork& network = emulator_->network;
    const std::size_t width = static_cast<std::size_t>(table_.stride), hidden = network.hiddenStride();
    AlignedVector<float>& sums = scratch(0, pulses.size() * width);
    AlignedVector<float>& activation = scratch(1, pulses.size() * hidden);
    readPulses(table_, pulses, sums.data(), nullptr);
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      for (std::size_t h = 0; h < hidden; ++h) activation[p * hidden + h] = sums[p * width + h] + base_[h];
    }
    network.finish(activation.data(), pulses.size(), current);
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      const float* ideal = sums.data() + p * width + hidden;
      float* out = current + p * stride();
      for (std::size_t j = 0; j < stride(); ++j) out[j] = ideal[j] / std::max(out[j], kLeastRatio);
    }
  }

 private:
  /// Far below any f_R of a passive circuit; keeps an untrained network from dividing by 0.
  static constexpr float kLeastRatio = 0.05F;

  void tabulate(const ProgrammedArray& array, Span<const double> digitVoltages) {
    const EmulatorTechnology& t = emulator_->technology;
    const TwoLayerNetwork& network = emulator_->network;
    const std::size_t hidden = network.hiddenStride();
    table_.rows = t.rows;
    table_.terms = 1;
    table_.stride = table_.columns = static_cast<int>(hidden + network.outputStride());
    table_.current.assign(static_cast<std::size_t>(t.rows) * static_cast<std::size_t>(table_.stride), 0.0F);
    for (std::size_t i = 0; i < static_cast<std::size_t>(t.rows); ++i) {
      float* row = table_.current.data() + i * static_cast<std::size_t>(table_.stride);
      std::copy_n(network.at(network.inputWeights()) + i * hidden, hidden, row);
      for (std::size_t j = 0; j < static_cast<std::size_t>(t.columns); ++j) {
        row[hidden + j] = static_cast<float>(array.conductance[i * static_cast<std::size_t>(t.columns) + j] /
                                             t.device.gOn.value);
      }
    }
    for (const double v : digitVoltages) {
      table_.digits.emplace_back();
      if (v != 0.0) table_.digits.back().push_back({0, static_cast<float>(v / t.voltage)});
    }
  }

  void fillRowPower(const ProgrammedArray& array, Span<const double> digitVoltages) {
    RowSolver solver(array, emulator_->technology.wires);
    const auto rows = static_cast<std::size_t>(array.rows);
    rowPower_.assign(digitVoltages.size() * rows, 0.0);
    for (std::size_t i = 0; i < rows; ++i) {
      const RowResponse& r = solver.solve(static_cast<int>(i), digitVoltages);
      for (std::size_t k = 0; k < r.current.size(); ++k)
        rowPower_[k % r.lanes * rows + i] += digitVoltages[k % r.lanes] * r.current[k];
    }
  }

  std::shared_ptr<const Emulator> emulator_;
  double unit_;
  AlignedVector<float> base_;
  PulseTable table_;
  std::vector<double> rowPower_;
};

}  // namespace

AlignedVector<float> normalisedConductances(const EmulatorTechnology& technology,
                                            Span<const double> conductance) {
  const double low = technology.device.gOff.value, high = technology.device.gOn.value;
  AlignedVector<float> g(paddedFloats(conductance.size()), 0.0F);
  for (std::size_t c = 0; c < conductance.size(); ++c)
    g[c] = static_cast<float>((2.0 * conductance[c] - high - low) / (high - low));
  return g;
}

std::unique_ptr<EmulatorArray> makeEmulatorArray(std::shared_ptr<const Emulator> emulator,
                                                 const ProgrammedArray& array,
                                                 Span<const double> digitVoltages) {
  if (emulator->kind == EmulatorKind::geniex)
    return std::make_unique<GeniexArray>(std::move(emulator), array, digitVoltages);
  return std::make_unique<ResidualArray>(std::move(emulator), array, digitVoltages);
}

}  // namespace crosstile
