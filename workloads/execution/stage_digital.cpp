// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/stage_digital.h"

#include <algorithm>

#include "models/digital/fixed_point.h"

namespace crosstile {

StageDigital::StageDigital(const Stage& stage, int outputBegin, int outputCount, int gainBits)
    : stage_(&stage), order_(stage), outputBegin_(outputBegin), channels_(outputCount), gainBits_(gainBits) {}

StageDigital::State StageDigital::makeState() const {
  State state;
  const auto channels = static_cast<std::size_t>(channels_);
  state.codes.emplace_back(static_cast<std::size_t>(stage_->input.positions()) * channels);
  for (const DigitalOp& op : stage_->ops) {
    state.codes.emplace_back(static_cast<std::size_t>(op.outPositions()) * channels);
  }
  state.operands.resize(stage_->streams.size());
  for (std::size_t k = 1; k < state.operands.size(); ++k)
    state.operands[k].resize(static_cast<std::size_t>(stage_->streams[k].elements() / stage_->outputs) *
                             channels);
  return state;
}

void StageDigital::accept(State& state, int position, const std::int64_t* sums,
                          std::vector<int>& ready) const {
  auto* codes =
      state.codes.front().data() + static_cast<std::size_t>(position) * static_cast<std::size_t>(channels_);
  const std::int64_t half = std::int64_t{1} << (gainBits_ - 1);
  const std::int64_t* more = nullptr;  // sums of the rows that other stages have
  if (stage_->sumStream >= 0) {
    more = state.operands[static_cast<std::size_t>(stage_->sumStream)].data() +
           static_cast<std::size_t>(position) * static_cast<std::size_t>(channels_);
  }
  for (int c = 0; c < channels_; ++c) {
    const std::int64_t bias = stage_->bias[static_cast<std::size_t>(outputBegin_ + c)];
    const std::int64_t sum =
        sums[c] + bias * (std::int64_t{1} << gainBits_) + (more != nullptr ? more[c] : 0);
    const Requantise& r = stage_->requantise;
    if (stage_->partial)
      codes[c] = sum;
    else if (stage_->hasRequantise)
      codes[c] = requantise(sum, r.multiplier, r.shift + gainBits_, r.low, r.high);
    else
      codes[c] = (sum + half) >> gainBits_;
  }
  if (stage_->ops.empty()) {
    ready.push_back(position);
    return;
  }
  const int last = static_cast<int>(stage_->ops.size()) - 1;
  for (const StageOrder::Work& work : order_.workAt(position)) {
    run(state, work);
    if (work.op == last) ready.push_back(work.position);
  }
}

void StageDigital::run(State& state, const StageOrder::Work& work) const {
  const DigitalOp& op = stage_->ops[static_cast<std::size_t>(work.op)];
  const auto channels = static_cast<std::size_t>(channels_);
  const auto& from = state.codes[static_cast<std::size_t>(work.op)];
  auto* out = state.codes[static_cast<std::size_t>(work.op) + 1].data() +
              static_cast<std::size_t>(work.position) * channels;
  if ((op.kind == DigitalOp::Kind::maxPool || op.kind == DigitalOp::Kind::averagePool)) {
    pool(op, from.data(), work.position, out);
    return;
  }
  const auto* in = from.data() + static_cast<std::size_t>(work.position) * channels;
  if (op.kind == DigitalOp::Kind::add) {
    add(op, state, in, work.position, out);
    return;
  }
  if (op.kind == DigitalOp::Kind::clamp) {
    for (std::size_t c = 0; c < channels; ++c) out[c] = std::clamp(in[c], op.low, op.high);
    return;
  }
  for (std::size_t c = 0; c < channels; ++c) out[c] = lookUp(op.table, op.tableLow, in[c]);
}

void StageDigital::add(const DigitalOp& op, const State& state, const std::int64_t* in, int position,
                       std::int64_t* out) const {
  const auto at = static_cast<std::size_t>(position) * static_cast<std::size_t>(channels_);
  std::vector<std::int64_t> codes(op.operands.size() + 1), multipliers{op.multiplier};
  for (const DigitalOp::Operand& operand : op.operands) multipliers.push_back(operand.multiplier);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    codes[0] = in[c];
    for (std::size_t k = 0; k < op.operands.size(); ++k)
      codes[k + 1] = state.operands[static_cast<std::size_t>(op.operands[k].stream)][at + c];
    out[c] = addScaled(codes, multipliers, op.shift, op.low, op.high);
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
