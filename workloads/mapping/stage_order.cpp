// SPDX-License-Identifier: Apache-2.0
#include "workloads/mapping/stage_order.h"

#include <algorithm>

#include "workloads/mapping/traffic.h"

namespace crosstile {

PoolWindow::PoolWindow(const DigitalOp& op, int position) {
  const int y0 = position / op.outWidth * op.window.strideH - op.window.padTop;
  const int x0 = position % op.outWidth * op.window.strideW - op.window.padLeft;
  top = std::max(y0, 0);
  left = std::max(x0, 0);
  bottom = std::min(y0 + op.window.kernelH, op.inHeight);
  right = std::min(x0 + op.window.kernelW, op.inWidth);
}

int PoolWindow::count() const {
  return std::max(bottom - top, 0) * std::max(right - left, 0);
}

StageOrder::StageOrder(const Stage& stage) {
  std::vector<int> by(static_cast<std::size_t>(stage.input.positions()));
  for (std::size_t p = 0; p < by.size(); ++p) by[p] = static_cast<int>(p);
  work_.resize(by.size());
  for (std::size_t k = 0; k < stage.ops.size(); ++k) {
    const DigitalOp& op = stage.ops[k];
    std::vector<int> next(static_cast<std::size_t>(op.outPositions()));
    for (int q = 0; q < op.outPositions(); ++q) {
      int last = 0;
      if (op.isPool()) {
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

std::vector<int> StageOrder::emission() const {
  std::vector<int> order(completedBy_.size());
  for (std::size_t q = 0; q < order.size(); ++q) order[q] = static_cast<int>(q);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return completedBy(a) < completedBy(b); });
  return order;
}

std::vector<std::pair<std::int32_t, std::int32_t>> streamRuns(const Stage& stage, const StageOrder& order,
                                                              int stream, int position) {
  if (stream == 0) return windowRuns(stage.input, position);
  std::vector<std::pair<std::int32_t, std::int32_t>> runs;
  const auto add = [&](int p) { runs.emplace_back(p * stage.outputs, (p + 1) * stage.outputs - 1); };
  if (stream == stage.sumStream) add(position);
  for (const StageOrder::Work& work : order.workAt(position)) {
    for (const DigitalOp::Operand& operand : stage.ops[static_cast<std::size_t>(work.op)].operands) {
      if (operand.stream == stream) add(work.position);
    }
  }
  return runs;
}

std::int64_t givenBack(const Stream& stream, const StreamUse& use, std::size_t position) {
  if (position + 1 == use.keep.size()) return stream.imageBytes;
  return use.keep[position] * stream.bytes / stream.creditBytes * stream.creditBytes;
}

StreamUse useOf(const Stage& stage, const StageOrder& order, int stream) {
  const auto positions = static_cast<std::size_t>(stage.input.positions());
  StreamUse use;
  use.last.assign(positions, -1);
  use.keep.assign(positions, stage.streams[static_cast<std::size_t>(stream)].elements());
  std::vector<std::int64_t> first(positions, stage.streams[static_cast<std::size_t>(stream)].elements());
  std::int64_t last = -1;
  for (std::size_t p = 0; p < positions; ++p) {
    for (const auto& [from, to] : streamRuns(stage, order, stream, static_cast<int>(p))) {
      first[p] = std::min<std::int64_t>(first[p], from);
      last = std::max<std::int64_t>(last, to);
    }
    use.last[p] = last;
  }
  for (std::size_t p = positions - 1; p > 0; --p) use.keep[p - 1] = std::min(use.keep[p], first[p]);
  return use;
}

}  // namespace crosstile
