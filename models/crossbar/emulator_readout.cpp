// SPDX-License-Identifier: Apache-2.0
// The rung `emulator`: pulses of tiles, and voltages.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "models/base/error.h"
#include "models/crossbar/emulator_array.h"
#include "models/crossbar/readouts.h"

namespace crosstile {
namespace {

constexpr std::size_t kBatch = 16;

class EmulatorReader final : public PulseReader {
 public:
  EmulatorReader(std::unique_ptr<EmulatorArray> array, const ProgrammedArray& programmed,
                 const ArrayConfig& config, const PulseShaping& shaping, std::vector<int> columns)
      : array_(std::move(array)),
        factor_(static_cast<float>(array_->unitAmpere() / shaping.unitAmpere)),
        referenceColumn_(shaping.referenceColumn),
        rows_(static_cast<std::size_t>(programmed.rows)),
        columns_(std::move(columns)),
        readTimeS_(config.readTime.value) {}

  std::size_t preferredBatch() const override { return kBatch; }

  void read(Span<const Pulse> pulses, float* out, std::size_t stride, double* energyJ) const override {
    const std::size_t width = array_->stride();
    thread_local AlignedVector<float> current;
    if (current.size() < pulses.size() * width) current.resize(pulses.size() * width);
    array_->read(pulses, current.data());
    for (std::size_t p = 0; p < pulses.size(); ++p) {
      shape(current.data() + p * width, out + p * stride, stride);
      if (energyJ != nullptr) energyJ[p] = energyOf(pulses[p]);
    }
  }

 private:
  void shape(const float* from, float* to, std::size_t stride) const {
    const float reference = referenceColumn_ < 0 ? 0.0F : from[referenceColumn_] * factor_;
    for (std::size_t k = 0; k < columns_.size(); ++k)
      to[k] = columns_[k] == referenceColumn_ ? reference : from[columns_[k]] * factor_ - reference;
    std::fill(to + columns_.size(), to + stride, 0.0F);
  }
  double energyOf(const Pulse& pulse) const {
    double power = 0.0;
    for (int n = 0; n < pulse.count; ++n) {
      const std::size_t digit = pulse.digit == nullptr ? 1 : pulse.digit[n];
      power += array_->rowPower()[digit * rows_ + pulse.row[n]];
    }
    return power * readTimeS_;
  }

  std::unique_ptr<EmulatorArray> array_;
  float factor_;
  int referenceColumn_;
  std::size_t rows_;
  std::vector<int> columns_;
  double readTimeS_;
};

/// The voltages that occur, 0 first.
std::vector<double> distinct(const double* begin, const double* end) {
  std::vector<double> voltages(begin, end);
  voltages.push_back(0.0);
  std::sort(voltages.begin(), voltages.end());
  voltages.erase(std::unique(voltages.begin(), voltages.end()), voltages.end());
  return voltages;
}

/// How many vectors from `from` on one table serves.
Eigen::Index alike(const Eigen::MatrixXd& voltages, Eigen::Index from) {
  const auto of = [&](Eigen::Index b) {
    const double* first = voltages.data() + b * voltages.rows();
    return distinct(first, first + voltages.rows());
  };
  constexpr std::size_t kMost = ResidualSums::kMostExactDigits + 1, kMostDigits = 60000;
  std::vector<double> known = of(from), both;
  const bool interpolated = known.size() > kMost;
  Eigen::Index n = 1;
  for (; from + n < voltages.cols(); ++n) {
    const std::vector<double> next = of(from + n);
    if ((next.size() > kMost) != interpolated) break;
    both.clear();
    std::set_union(known.begin(), known.end(), next.begin(), next.end(), std::back_inserter(both));
    if (both.size() > (interpolated ? kMostDigits : kMost)) break;
    std::swap(known, both);
  }
  return n;
}

/// Input vectors as pulses of digits.
struct Digitised {
  std::vector<std::uint16_t> row, digit;
  Pulse pulse;
  Digitised(const double* voltage, std::size_t rows, const std::vector<double>& digits) {
    for (std::size_t i = 0; i < rows; ++i) {
      if (voltage[i] == 0.0) continue;
      row.push_back(static_cast<std::uint16_t>(i));
      digit.push_back(static_cast<std::uint16_t>(std::lower_bound(digits.begin(), digits.end(), voltage[i]) -
                                                 digits.begin()));
    }
    pulse = {row.data(), digit.data(), static_cast<int>(row.size())};
  }
};

}  // namespace

EmulatorReadout::EmulatorReadout(std::shared_ptr<const Emulator> emulator,
                                 std::shared_ptr<const ProgrammedArray> array, const ArrayConfig& config)
    : emulator_(std::move(emulator)), array_(std::move(array)), config_(config) {
  checkEmulatorFits(emulator_->technology, *array_, config, {});
}

void EmulatorReadout::readVectors(const Eigen::MatrixXd& voltages, Eigen::Index from, Eigen::Index count,
                                  Eigen::MatrixXd& current) const {
  const auto rows = static_cast<std::size_t>(array_->rows);
  const double* first = voltages.data() + from * voltages.rows();
  std::vector<double> digits = distinct(first, first + count * voltages.rows());
  if (digits.size() < 2)
    digits.push_back(emulator_->technology.voltage);  // all at rest: a table has a digit 1
  const auto prepared = makeEmulatorArray(emulator_, *array_, digits);
  AlignedVector<float> out(prepared->stride());
  for (Eigen::Index b = from; b < from + count; ++b) {
    const Digitised input(voltages.data() + b * voltages.rows(), rows, digits);
    prepared->read({&input.pulse, 1}, out.data());
    for (Eigen::Index j = 0; j < current.rows(); ++j)
      current(j, b) = static_cast<double>(out[static_cast<std::size_t>(j)]) * prepared->unitAmpere();
  }
}

/// A value depends on its own vector alone: a vector of few voltages is always tabulated exactly, one of many
/// always interpolated between the same nodes.
Eigen::MatrixXd EmulatorReadout::read(const Eigen::MatrixXd& voltages) const {
  checkVoltages(voltages, *array_);
  checkEmulatorVoltages(emulator_->technology, {voltages.data(), static_cast<std::size_t>(voltages.size())});
  Eigen::MatrixXd current(array_->columns, voltages.cols());
  for (Eigen::Index from = 0, n = 0; from < voltages.cols(); from += n) {
    n = alike(voltages, from);
    readVectors(voltages, from, n, current);
  }
  return current;
}

CurrentTable EmulatorReadout::tabulate(Span<const double> digitVoltages) const {
  return tabulateLinear(array_, config_, digitVoltages);
}

std::shared_ptr<const PulseReader> EmulatorReadout::reader(Span<const double> digitVoltages,
                                                           const PulseShaping& shaping,
                                                           const std::vector<int>& columns) const {
  return makeEmulatorReader(emulator_, array_, config_, digitVoltages, shaping, columns);
}

std::unique_ptr<PulseReader> makeEmulatorReader(std::shared_ptr<const Emulator> emulator,
                                                std::shared_ptr<const ProgrammedArray> array,
                                                const ArrayConfig& config, Span<const double> digitVoltages,
                                                const PulseShaping& shaping,
                                                const std::vector<int>& columns) {
  checkDigitVoltages(digitVoltages);
  checkEmulatorFits(emulator->technology, *array, config, digitVoltages);
  if (!(shaping.unitAmpere > 0.0) || !std::isfinite(shaping.unitAmpere))
    throw BadInput("unit current {} A: must be a finite number above 0", shaping.unitAmpere);
  if (shaping.referenceColumn >= array->columns)
    throw BadInput("reference column {}: the array has {} columns", shaping.referenceColumn, array->columns);
  auto prepared = makeEmulatorArray(std::move(emulator), *array, digitVoltages);
  std::vector<int> wanted = columns;
  if (wanted.empty()) {
    wanted.resize(static_cast<std::size_t>(array->columns));
    std::iota(wanted.begin(), wanted.end(), 0);
  }
  return std::make_unique<EmulatorReader>(std::move(prepared), *array, config, shaping, std::move(wanted));
}

}  // namespace crosstile
