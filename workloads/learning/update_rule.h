// SPDX-License-Identifier: Apache-2.0
// How a layer's weights follow from inputs and errors: one rule a file, one interface for all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "workloads/learning/activity.h"
#include "workloads/learning/learning_config.h"

namespace crosstile::learning {

/// What one sample asks of a layer: change w[i][j] by rate x[i] delta[j] (delta is minus the loss's
/// gradient).
struct Update {
  Span<const float> x;      ///< of the word lines, the bias line last
  Span<const float> delta;  ///< of the bit lines
  double rateFactor = 1.0;  ///< on the configured rates: their decay
  std::uint64_t index = 0;  ///< number of the sample since the beginning, for random draws
};

/// Reads an array's row as the layer's periphery does: what a rule needs that transfers from one array to
/// another.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Word line `row` driven at full scale. @param out  a value a column
  virtual void readRow(const StepCells& cells, std::size_t row, std::uint64_t index,
                       std::vector<float>& out) = 0;
};

/// A layer's rule, with the state that it keeps between samples.
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  /// Gives the pulses that the rule makes of the update and counts them.
  virtual void apply(StepCells& weights, const Update& update, RowReader& reader, Activity& activity) = 0;
  /// An array that is read together with the weights, times share(); null: none.
  virtual const StepCells* readAlong() const { return nullptr; }
  virtual float share() const { return 0.0F; }
};

/// Rules by name, each in rule_NAME.cpp:
///   float          exact changes without pulses: stochastic gradient descent, the reference
///   outer_product  stochastic pulses on all lines at once (Gokmen & Vlasov 2016)
///   delta          every cell gets the nearest number of pulses (delta rule; Widrow & Hoff 1960), word line
///   by word line sign           one pulse in the wanted direction where input and error are beyond their
///   thresholds (Manhattan rule;
///                  Zamanidoost et al., WISES 2015)
///   tiki_taka      gradients gathered on a fast array, transferred line by line (Gokmen & Haensch, Front.
///   Neurosci. 2020) tiki_taka_v2   the same through a digital low-pass filter (Gokmen, Front. Artif. Intell.
///   2021)
std::vector<std::string> ruleNames();
/// Does the rule use a second, fast array?
bool usesFastArray(const std::string& rule);
/// The rule of a layer of rows x columns cells. @param owner  of its random streams, `replica` free for the
/// rule
/// @throws BadInput for an unknown name, listing the known ones
std::unique_ptr<UpdateRule> makeRule(const LearningConfig& config, std::size_t rows, std::size_t columns,
                                     const StreamOwner& owner);

/// The registered constructors.
std::unique_ptr<UpdateRule> makeFloat(const LearningConfig& config);
std::unique_ptr<UpdateRule> makeOuterProduct(const LearningConfig& config, const StreamOwner& owner);
std::unique_ptr<UpdateRule> makeDelta(const LearningConfig& config, const StreamOwner& owner);
std::unique_ptr<UpdateRule> makeSign(const LearningConfig& config);
std::unique_ptr<UpdateRule> makeTikiTaka(const LearningConfig& config, std::size_t rows, std::size_t columns,
                                         const StreamOwner& owner);
std::unique_ptr<UpdateRule> makeTikiTakaV2(const LearningConfig& config, std::size_t rows,
                                           std::size_t columns, const StreamOwner& owner);

/// Rewrites one-sided pairs that are used up, every `refreshEvery` updates; nothing for other devices.
void refreshPairs(StepCells& cells, const RuleConfig& rule, std::uint64_t index, PulseCount& given,
                  Activity& activity);

}  // namespace crosstile::learning
