// SPDX-License-Identifier: Apache-2.0
// What training a network is made of: reads and updates of its layers, and digital work between them. A
// network asks for these steps in their order; who carries them out is another matter: the layers themselves,
// or the cores and the digital unit of a tile, over its bus.
#pragma once

#include "models/base/span.h"
#include "workloads/learning/learning_layer.h"

namespace crosstile::learning {

/// The digital functions, in single precision.
void activate(Activation activation, Span<float> y);
/// Softmax, in place, and minus the cross-entropy's gradient: error_j = [j = label] - output_j.
void outputErrors(Span<float> output, int label, Span<float> error);
/// error_j *= the activation's slope where its value is y_j.
void timesSlope(Activation activation, Span<const float> y, Span<float> error);

/// Layers are numbered from the input on; sizes of spans are those of the layer, bias lines left out.
class NetworkSteps {
 public:
  virtual ~NetworkSteps() = default;
  virtual void forward(std::size_t layer, const ReadMoment& moment, Span<const float> x, Span<float> y) = 0;
  virtual void backward(std::size_t layer, const ReadMoment& moment, Span<const float> error,
                        Span<float> out) = 0;
  /// Changes the weights, for the inputs of the layer's last forward().
  virtual void update(std::size_t layer, std::uint64_t index, double rateFactor, Span<const float> error) = 0;
  virtual void activate(Span<float> y) = 0;
  virtual void outputErrors(Span<float> output, int label, Span<float> error) = 0;
  virtual void timesSlope(Span<const float> y, Span<float> error) = 0;
};

/// Functional runs: the layers and the functions themselves.
class DirectSteps final : public NetworkSteps {
 public:
  /// @param layers  outlive this
  DirectSteps(Activation activation, std::vector<LearningLayer>& layers)
      : activation_(activation), layers_(layers) {}
  void forward(std::size_t layer, const ReadMoment& moment, Span<const float> x, Span<float> y) override {
    layers_[layer].forward(x.data(), moment, y.data());
  }
  void backward(std::size_t layer, const ReadMoment& moment, Span<const float> error,
                Span<float> out) override {
    layers_[layer].backward(error.data(), moment, out.data());
  }
  void update(std::size_t layer, std::uint64_t index, double rateFactor, Span<const float> error) override {
    layers_[layer].learn(error.data(), rateFactor, index);
  }
  void activate(Span<float> y) override { learning::activate(activation_, y); }
  void outputErrors(Span<float> output, int label, Span<float> error) override {
    learning::outputErrors(output, label, error);
  }
  void timesSlope(Span<const float> y, Span<float> error) override {
    learning::timesSlope(activation_, y, error);
  }

 private:
  Activation activation_;
  std::vector<LearningLayer>& layers_;
};

}  // namespace crosstile::learning
