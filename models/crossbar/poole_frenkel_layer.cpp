// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/poole_frenkel_layer.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/crossbar/poole_frenkel_kernel.h"

namespace crosstile {
namespace {

constexpr std::size_t kLane = 16;  // floats of the widest register

}  // namespace

PooleFrenkelLayer::PooleFrenkelLayer(const PooleFrenkelLaw& law, std::size_t rows, std::size_t columns)
    : law_(law.relations()), rows_(rows), columns_(columns), stride_((columns + kLane - 1) / kLane * kLane) {
  if (rows == 0 || columns == 0)
    throw BadInput("a layer of {}x{} cells: must have at least 1x1", rows, columns);
  for (AlignedVector<float>* plane : {&scale_, &field_, &byResistance_}) plane->assign(rows * stride_, 0.0F);
}

void PooleFrenkelLayer::program(const float* conductance, const RandomStream* residual, std::uint32_t draw) {
  const std::size_t cells = rows_ * columns_;
  const float* normal = nullptr;
  if (residual != nullptr) {
    normal_.resize(2 * cells);
    fillNormals(residual->key(), draw, 0, 0, normal_.data(), normal_.size());
    normal = normal_.data();
  }
  for (std::size_t i = 0; i < rows_; ++i) {
    const std::size_t from = i * columns_, to = i * stride_;
    prepareCells(law_, conductance + from, normal == nullptr ? nullptr : normal + from,
                 normal == nullptr ? nullptr : normal + cells + from, columns_, scale_.data() + to,
                 field_.data() + to, byResistance_.data() + to);
  }
}

void PooleFrenkelLayer::forward(const float* voltage, std::size_t batch, float* current, float* power) const {
  AlignedVector<float> sum(batch * stride_, 0.0F);
  const PooleFrenkelCells cells{rows_, stride_, scale_.data(), field_.data(), nullptr};
  forwardCells(cells, voltage, batch, sum.data(), power);
  for (std::size_t b = 0; b < batch; ++b)
    std::copy_n(sum.data() + b * stride_, columns_, current + b * columns_);
}

void PooleFrenkelLayer::backward(const float* voltage, std::size_t batch, const float* currentGradient,
                                 const float* powerGradient, float* conductanceGradient,
                                 float* voltageGradient) {
  AlignedVector<float> outer(batch * stride_, 0.0F), gradient(rows_ * stride_, 0.0F);
  for (std::size_t b = 0; b < batch; ++b)
    std::copy_n(currentGradient + b * columns_, columns_, outer.data() + b * stride_);
  const PooleFrenkelCells cells{rows_, stride_, scale_.data(), field_.data(), byResistance_.data()};
  backwardCells(cells, law_, voltage, batch, outer.data(), powerGradient, gradient.data(), voltageGradient);
  for (std::size_t i = 0; i < rows_; ++i)
    std::copy_n(gradient.data() + i * stride_, columns_, conductanceGradient + i * columns_);
}

}  // namespace crosstile
