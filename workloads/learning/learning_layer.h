// SPDX-License-Identifier: Apache-2.0
// A fully connected layer trained in place: word lines are its inputs and a bias line, bit lines its outputs.
#pragma once

#include "workloads/learning/update_rule.h"

namespace crosstile::learning {

/// When a read is made: what it is for decides whether training's noise is added, the index which draws.
struct ReadMoment {
  bool training = false;
  std::uint64_t index = 0;  ///< number of the sample, or of the test image
};

class LearningLayer final : public RowReader {
 public:
  /// @param owner  of the layer's random streams: `array` is the layer's number
  LearningLayer(const LearningConfig& config, std::size_t inputs, std::size_t outputs,
                const StreamOwner& owner);

  std::size_t inputs() const { return weights_.rows() - 1; }
  std::size_t outputs() const { return weights_.columns(); }
  const StepCells& weights() const { return weights_; }
  const Activity& activity() const { return activity_; }

  /// y = W' (x, 1). @param x  `inputs` values   @param y  `outputs` values (out)
  void forward(const float* x, const ReadMoment& moment, float* y);
  /// dx = W d, the transposed read, bias line left out. @param dx  `inputs` values (out)
  void backward(const float* delta, const ReadMoment& moment, float* dx);
  /// Changes the weights by the layer's rule, for the inputs of the last forward().
  void learn(const float* delta, double rateFactor, std::uint64_t index);

  void readRow(const StepCells& cells, std::size_t row, std::uint64_t index,
               std::vector<float>& out) override;

 private:
  enum Kind : std::uint32_t { kForward, kBackward, kTransfer, kInputs };
  using Product = void (*)(const float*, std::size_t, std::size_t, const float*, float, float*);
  /// One read with its periphery: from `values` on the driven lines to `out_`. @param driven, read  lines
  void read(Product product, Kind kind, const ReadMoment& moment, std::size_t driven, std::size_t read,
            double bound);
  void prepareInputs(Kind kind, const ReadMoment& moment, std::size_t driven);
  /// One try of the read with the inputs times `scale`. @return whether no output is at the bound
  bool convert(Product product, const ReadMoment& moment, std::size_t driven, std::size_t read, double bound,
               float scale);

  ReadConfig read_;
  StepCells weights_;
  std::unique_ptr<UpdateRule> rule_;
  RandomStream noise_;
  Activity activity_;
  AlignedVector<float> x_;       ///< of the last forward(), the bias line last
  AlignedVector<float> driven_;  ///< of the read under way
  AlignedVector<float> out_, normal_;
  AlignedVector<float> delta_;
};

}  // namespace crosstile::learning
