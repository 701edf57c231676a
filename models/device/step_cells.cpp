// SPDX-License-Identifier: Apache-2.0
#include "models/device/step_cells.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr std::uint32_t kWriteNoiseRound = 0xFFFFFFFFU;  // no cell gets so many pulses
constexpr std::uint32_t kReferencePart = 8;

float single(double x) {
  return static_cast<float>(x);
}

StepLawTerms termsOf(const StepDevice& d) {
  StepLawTerms t;
  t.exponential = d.law == StepLaw::exponential;
  t.amplitude[0] = single(d.amplitudeUp);
  t.amplitude[1] = single(d.amplitudeDown);
  t.gamma[0] = single(d.gammaUp);
  t.gamma[1] = single(-d.gammaDown);
  t.b = single(d.b);
  t.c2c = single(d.c2c);
  t.c2cAdd = single(d.c2cAdd);
  t.c2cSlope = single(d.c2cSlope);
  t.multiplicativeNoise = d.multiplicativeNoise;
  return t;
}

/// Slope of a linear step over its scale; the exponential law's dz/dw.
double curveOf(const StepDevice& d, double gamma, double nominalBound, double bound, double range) {
  switch (d.law) {
    case StepLaw::constant:
      return 0.0;
    case StepLaw::linear:
      return nominalBound == 0.0 ? 0.0 : gamma / nominalBound;
    case StepLaw::softBounds:
      return bound == 0.0 ? 0.0 : 1.0 / bound;
    case StepLaw::exponential:
      return range == 0.0 ? 0.0 : 2.0 * d.a / range;
  }
  return 0.0;
}

}  // namespace

StepCells::StepCells(const StepDevice& device, std::size_t rows, std::size_t columns,
                     const StreamOwner& owner)
    : device_(device),
      rows_(rows),
      columns_(columns),
      stride_(paddedFloats(columns)),
      cells_(rows * stride_),
      devices_(device.oneSided ? 2 * cells_ : cells_),
      variation_(owner, Purpose::stepDevice),
      noise_(owner, Purpose::stepPulse),
      law_(termsOf(device)),
      reference_(cells_, 0.0F),
      seen_(cells_, 0.0F) {
  checkStepDevice(device);
  if (rows == 0 || columns == 0 || devices_ >= std::size_t{1} << 30)
    throw BadInput("array of {} x {} cells: must have from 1 to 2^30 devices", rows, columns);
  for (AlignedVector<float>* plane : {&weight_, &low_, &high_}) plane->assign(devices_ + 1, 0.0F);
  for (AlignedVector<float>* plane : {&scale_, &curve_}) plane->assign(2 * (devices_ + 1), 0.0F);
  if (device.oneSided) reset_.assign(devices_, 0.0F);
  const std::size_t devicesOfCell = device.oneSided ? 2 : 1;
  for (std::size_t side = 0; side < devicesOfCell; ++side) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c)
        draw((side * rows + r) * columns + c, side * cells_ + r * stride_ + c);
    }
  }
  set(std::vector<float>(rows * columns, 0.0F));
}

void StepCells::draw(std::size_t index, std::size_t i) {
  const auto normal = [&](std::uint32_t part) { return variation_.normal(index, part); };
  double low = device_.wMin * (1.0 + device_.wMinD2d * normal(0));
  double high = device_.wMax * (1.0 + device_.wMaxD2d * normal(1));
  if (low > high) low = high = 0.5 * (low + high);
  const double gain = 1.0 + device_.dwMinD2d * normal(2), asymmetry = device_.upDownD2d * normal(3);
  const std::size_t down = devices_ + 1 + i;
  scale_[i] = single(device_.dwMin * (gain + std::min(device_.upDown, 0.0) + asymmetry));
  scale_[down] = single(device_.dwMin * (gain - std::max(device_.upDown, 0.0) - asymmetry));
  curve_[i] = single(curveOf(device_, device_.gammaUp, device_.wMax, high, high - low));
  curve_[down] = single(curveOf(device_, device_.gammaDown, device_.wMin, low, high - low));
  low_[i] = single(low);
  high_[i] = single(high);
  if (device_.oneSided)
    reset_[i] = single(std::clamp(device_.reset + device_.resetD2d * normal(4), low, high));
}

void StepCells::see(std::size_t cell, float noise) {
  const float minus = device_.oneSided ? weight_[cells_ + cell] : 0.0F;
  seen_[cell] = weight_[cell] - minus - reference_[cell] + noise;
}

void StepCells::set(Span<const float> weights) {
  if (weights.size() != rows_ * columns_)
    throw BadInput("{} weights for {} x {} cells", weights.size(), rows_, columns_);
  const auto put = [this](std::size_t i, float w) { weight_[i] = std::min(std::max(w, low_[i]), high_[i]); };
  for (std::size_t r = 0; r < rows_; ++r) {
    for (std::size_t c = 0; c < columns_; ++c) {
      const std::size_t cell = r * stride_ + c;
      const float w = weights[r * columns_ + c];
      if (device_.oneSided) {
        put(cell, reset_[cell] + std::max(w, 0.0F));
        put(cells_ + cell, reset_[cells_ + cell] + std::max(-w, 0.0F));
      } else {
        put(cell, w + reference_[cell]);
      }
      see(cell, 0.0F);
    }
  }
}

void StepCells::moveRow(std::size_t row, Span<const float> change, float factor) {
  float* const weight = weight_.data() + row * stride_;
  float* const seen = seen_.data() + row * stride_;
  for (std::size_t c = 0; c < columns_; ++c) {
    weight[c] += factor * change[c];
    seen[c] += factor * change[c];
  }
}

std::int32_t StepCells::target(const CellPulses& p) const {
  return static_cast<std::int32_t>(device_.oneSided && p.count < 0 ? cells_ + p.cell : p.cell);
}

void StepCells::pulseRound(std::size_t count, std::uint64_t update, std::uint32_t round) {
  const std::size_t padded = (count + kPulseBlock - 1) / kPulseBlock * kPulseBlock;
  index_.resize(padded, static_cast<std::int32_t>(devices_));
  sign_.resize(padded, 1.0F);
  if (normal_.size() < padded) normal_.resize(padded, 0.0F);
  if (device_.c2c > 0.0)
    fillNormals(noise_.key(), static_cast<std::uint32_t>(update), static_cast<std::uint32_t>(update >> 32),
                round, normal_.data(), padded);
  else
    std::fill_n(normal_.begin(), padded, 0.0F);
  pulseEach(law_, {weight_.data(), scale_.data(), curve_.data(), low_.data(), high_.data(), devices_ + 1},
            index_.data(), sign_.data(), normal_.data(), padded);
}

PulseCount StepCells::pulse(Span<const CellPulses> pulses, std::uint64_t update) {
  PulseCount given;
  for (std::uint32_t round = 0;; ++round) {
    index_.clear();
    sign_.clear();
    for (const CellPulses& p : pulses) {
      if (static_cast<std::uint32_t>(std::abs(p.count)) <= round) continue;
      index_.push_back(target(p));
      sign_.push_back(p.count > 0 || device_.oneSided ? 1.0F : -1.0F);
      ++(p.count > 0 ? given.up : given.down);
    }
    if (index_.empty()) break;
    pulseRound(index_.size(), update, round);
  }
  const float writeNoise = single(device_.writeNoise * device_.dwMin);
  if (writeNoise > 0.0F) {
    normal_.resize(std::max(normal_.size(), pulses.size()));
    fillNormals(noise_.key(), static_cast<std::uint32_t>(update), static_cast<std::uint32_t>(update >> 32),
                kWriteNoiseRound, normal_.data(), pulses.size());
  }
  for (std::size_t i = 0; i < pulses.size(); ++i) {
    if (pulses[i].count != 0) see(pulses[i].cell, writeNoise > 0.0F ? writeNoise * normal_[i] : 0.0F);
  }
  return given;
}

PulseCount StepCells::refresh(double fullness, std::uint64_t update) {
  PulseCount given;
  if (!device_.oneSided) return given;
  std::vector<CellPulses> rewrite;
  for (std::size_t r = 0; r < rows_; ++r) {
    for (std::size_t c = 0; c < columns_; ++c) {
      const std::size_t plus = r * stride_ + c, minus = cells_ + plus;
      const auto full = [&](std::size_t i) {
        return weight_[i] > low_[i] + single(fullness) * (high_[i] - low_[i]);
      };
      if (!full(plus) && !full(minus)) continue;
      const float w = weight_[plus] - weight_[minus];
      weight_[plus] = reset_[plus];
      weight_[minus] = reset_[minus];
      given.down += 2;
      // The mean response from the reset state says how many pulses come nearest to the old weight.
      std::int32_t count = 0;
      for (double at = device_.reset, goal = device_.reset + std::abs(w); at < goal && count < 1000;
           ++count) {
        const double next = at + device_.meanUp(at);
        if (next - goal > goal - at) break;
        at = next;
      }
      rewrite.push_back({static_cast<std::uint32_t>(plus), w > 0.0F ? count : -count});
      see(plus, 0.0F);
    }
  }
  given += pulse(rewrite, update);
  return given;
}

float StepCells::excess(std::size_t cell, float w) const {
  const auto step = [&](int side) {
    const std::size_t i = cell + static_cast<std::size_t>(side) * (devices_ + 1);
    if (!law_.exponential) return scale_[i] * (1.0F - curve_[i] * w);
    const float e = std::exp(law_.gamma[side] * (curve_[i] * w + law_.b));
    return scale_[i] * std::max(1.0F - law_.amplitude[side] * e, 0.0F);
  };
  return step(0) - step(1);
}

float StepCells::symmetryPoint(std::size_t row, std::size_t column) const {
  if (device_.oneSided || device_.law == StepLaw::constant) return 0.0F;
  const std::size_t cell = row * stride_ + column;
  float low = low_[cell], high = high_[cell];
  for (int i = 0; i < 40; ++i) {
    const float middle = 0.5F * (low + high);
    (excess(cell, middle) > 0.0F ? low : high) = middle;
  }
  return 0.5F * (low + high);
}

void StepCells::shiftToSymmetryPoints(double error) {
  for (std::size_t r = 0; r < rows_; ++r) {
    for (std::size_t c = 0; c < columns_; ++c) {
      const std::size_t cell = r * stride_ + c;
      const double deviation =
          error > 0.0 ? error * variation_.normal(r * columns_ + c, kReferencePart) : 0.0;
      reference_[cell] = symmetryPoint(r, c) + single(deviation);
      see(cell, 0.0F);
    }
  }
}

}  // namespace crosstile
