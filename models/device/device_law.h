// SPDX-License-Identifier: Apache-2.0
// The current-voltage law of a memristive cell.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "models/base/quantity.h"
#include "models/base/random.h"
#include "models/base/span.h"

namespace crosstile {

struct DeviceConfig;

/// Cells that are evaluated at several voltages each, one a lane: parameter plane p of cell c is
/// parameters[p * stride + c], voltage and current of its lane l are at [c * lanes + l].
template <typename T>
struct CellLanes {
  const T* parameters = nullptr;
  std::size_t stride = 0;
  std::size_t cells = 0;
  std::size_t lanes = 1;
};

/// I(V) of a cell in a given state: monotone in V and 0 at 0 V; odd unless isOdd() says otherwise. A cell is
/// `parameterCount()` numbers derived once from its zero-field (or, for fitted laws, read) conductance; a
/// population of n cells stores them as planes of n values.
class DeviceLaw {
 public:
  virtual ~DeviceLaw() = default;
  virtual std::string name() const = 0;
  virtual std::size_t parameterCount() const = 0;
  /// Cell parameters of n cells from their conductances (S). With `residual`, cell i draws the law's
  /// residuals from index i of the stream. @param parameters  parameterCount() * n values (out); G = 0 gives
  /// a cell without current
  virtual void prepare(Span<const double> conductance, const RandomStream* residual,
                       Span<double> parameters) const = 0;
  /// Currents (A) and small-signal conductances (S) of n cells at n voltages. `slope` may be empty.
  virtual void evaluate(Span<const double> parameters, Span<const double> voltage, Span<double> current,
                        Span<double> slope) const = 0;
  /// The same for circuits, which solve many input vectors at once. `slope` may be null. The plain forms call
  /// the one above; a law with a SIMD kernel overrides both.
  virtual void evaluateLanes(const CellLanes<double>& cells, const double* voltage, double* current,
                             double* slope) const;
  virtual void evaluateLanes(const CellLanes<float>& cells, const float* voltage, float* current,
                             float* slope) const;
  /// True when I = G V with the first parameter plane as G, whatever V.
  virtual bool isLinear() const { return false; }
  /// True when I(-V) = -I(V).
  virtual bool isOdd() const { return true; }
  /// What `duration` at constant voltages across the cells does to their conductances; nothing for laws
  /// without a state of their own. An absent cell (G = 0) stays absent.
  virtual void disturb(Span<const double> /*voltage*/, Seconds /*duration*/,
                       Span<double> /*conductance*/) const {}
};

/// The law that `config.law` names. @throws BadInput for an unknown name, listing the known ones
std::shared_ptr<const DeviceLaw> makeDeviceLaw(const DeviceConfig& config);
/// Names of all laws.
std::vector<std::string> deviceLawNames();

}  // namespace crosstile
