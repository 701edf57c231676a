// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/stage_digital.h"

#include <algorithm>

#include "models/digital/fixed_point.h"

namespace crosstile {
namespace {

bool isPool(const DigitalOp& op) {
  return op.kind == DigitalOp::Kind::maxPool || op.kind == DigitalOp::Kind::averagePool;
}

/// The part of a pool's window at an output position that lies inside the image.
struct PoolWindow {
  PoolWindow(const DigitalOp& op, int position) {
    const int y0 = position / op.outWidth * op.window.strideH - op.window.padTop;
    const int x0 = position % op.outWidth * op.window.strideW - op.window.padLeft;
    top = std::max(y0, 0);
    left = std::max(x0, 0);
    bottom = std::min(y0 + op.window.kernelH, op.inHeight);
    right = std::min(x0 + op.window.kernelW, op.inWidth);
  }
  int count() const { return std::max(bottom - top, 0) * std::max(right - left, 0); }
  int top, left, bottom, right;
};

}  // namespace

StageDigital::StageDigital(const Stage& stage, int outputBegin, int outputCount, int gainBits)
    : stage_(&stage), outputBegin_(outputBegin), channels_(outputCount), gainBits_(gainBits) {
  std::vector<int> by(static_cast<std::size_t>(stage.input.positions()));
  for (std::size_t p = 0; p < by.size(); ++p) by[p] = static_cast<int>(p);
  work_.resize(by.size());
  for (std::size_t k = 0; k < stage.ops.size(); ++k) {
    const DigitalOp& op = stage.ops[k];
    std::vector<int> next(static_cast<std::size_t>(op.outPositions()));
    for (int q = 0; q < op.outPositions(); ++q) {
      int last = 0;
      if (isPool(op)) {
        const PoolWindow w(op, q);
        for (int y = w.top; y < w.bottom; ++y) {
          for (int x = w.left; x < w.right; ++x)
            last = std::max(last, by[static_cast<std::size_t>(y * op.inWidth + x)]);
        }
      } else {
        last = by[static_cast<std::size_t>(q)];
      }
      next[static_cast<std::size_t>(q)] = last;
      work_[static_cast<std::size_t>(last)].push_back({static_cast<int>(k), q});
    }
    by.swap(next);
  }
  completedBy_ = std::move(by);
}

StageDigital::State StageDigital::makeState() const {
  State state;
  const auto channels = static_cast<std::size_t>(channels_);
  state.codes.emplace_back(static_cast<std::size_t>(stage_->input.positions()) * channels);
  for (const DigitalOp& op : stage_->ops) {
    state.codes.emplace_back(static_cast<std::size_t>(op.outPositions()) * channels);
  }
  return state;
}

void StageDigital::accept(State& state, int position, const std::int64_t* sums,
                          std::vector<int>& ready) const {
  auto* codes =
      state.codes.front().data() + static_cast<std::size_t>(position) * static_cast<std::size_t>(channels_);
  const std::int64_t half = std::int64_t{1} << (gainBits_ - 1);
  for (int c = 0; c < channels_; ++c) {
    const std::int64_t bias = stage_->bias[static_cast<std::size_t>(outputBegin_ + c)];
    const std::int64_t sum = sums[c] + bias * (std::int64_t{1} << gainBits_);
    const Requantise& r = stage_->requantise;
    codes[c] = stage_->hasRequantise ? requantise(sum, r.multiplier, r.shift + gainBits_, r.low, r.high)
                                     : (sum + half) >> gainBits_;
  }
  if (stage_->ops.empty()) {
    ready.push_back(position);
    return;
  }
  const int last = static_cast<int>(stage_->ops.size()) - 1;
  for (const Work& work : work_[static_cast<std::size_t>(position)]) {
    run(state, work);
    if (work.op == last) ready.push_back(work.position);
  }
}

void StageDigital::run(State& state, const Work& work) const {
  const DigitalOp& op = stage_->ops[static_cast<std::size_t>(work.op)];
  const auto channels = static_cast<std::size_t>(channels_);
  const auto& from = state.codes[static_cast<std::size_t>(work.op)];
  auto* out = state.codes[static_cast<std::size_t>(work.op) + 1].data() +
              static_cast<std::size_t>(work.position) * channels;
  if (isPool(op)) {
    pool(op, from.data(), work.position, out);
    return;
  }
  const auto* in = from.data() + static_cast<std::size_t>(work.position) * channels;
  for (std::size_t c = 0; c < channels; ++c) {
    out[c] = op.kind == DigitalOp::Kind::clamp ? std::clamp(in[c], op.low, op.high)
                                               : lookUp(op.table, op.tableLow, in[c]);
  }
}

void StageDigital::pool(const DigitalOp& op, const std::int64_t* in, int position, std::int64_t* out) const {
  const PoolWindow w(op, position);
  const bool largest = op.kind == DigitalOp::Kind::maxPool;
  const std::int64_t divisor =
      op.countIncludePad ? op.window.kernelH * op.window.kernelW : std::max(w.count(), 1);
  for (int c = 0; c < channels_; ++c) {
    std::int64_t value = largest ? INT64_MIN : 0;
    for (int y = w.top; y < w.bottom; ++y) {
      for (int x = w.left; x < w.right; ++x) {
        const std::int64_t code = in[static_cast<std::ptrdiff_t>(y * op.inWidth + x) * channels_ + c];
        value = largest ? std::max(value, code) : value + code;
      }
    }
    out[c] = largest ? value : average(value, divisor);
  }
}

}  // namespace crosstile
