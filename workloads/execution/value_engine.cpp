// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/value_engine.h"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "models/base/error.h"
#include "workloads/execution/array_ageing.h"
#include "workloads/execution/calibration.h"

namespace crosstile {
namespace {

/// Positions of a stage that calibration looks at: at most this many of each image, evenly spread.
constexpr int kCalibrationPositions = 24;

/// The trims of uncalibrated arrays, by id.
std::vector<AdcTrim> nominalTrims(const ChipProgram& program, const AnalogConfig& config) {
  std::vector<AdcTrim> trims(static_cast<std::size_t>(program.arrays));
  for (const Stage& stage : program.stages) {
    for (const ArrayBlock& block : stage.blocks)
      trims[static_cast<std::size_t>(block.id)] = nominalTrim(config, block.physicalColumns);
  }
  return trims;
}

/// Collects, for every array of a stage, currents and ideal sums over calibration inputs.
class SampleCollector {
 public:
  SampleCollector(const StageAnalog& real, const StageAnalog& ideal, double holdGain)
      : real_(real), ideal_(ideal), holdGain_(holdGain) {
    samples_.resize(real.arrays().size());
    for (std::size_t a = 0; a < samples_.size(); ++a) {
      const auto columns = static_cast<std::size_t>(real.arrays()[a].block->physicalColumns);
      samples_[a].current.resize(columns);
      samples_[a].ideal.resize(columns);
    }
  }

  void see(const std::int32_t* input, int position) {
    for (std::size_t a = 0; a < samples_.size(); ++a) {
      const ArrayBlock& block = *real_.arrays()[a].block;
      real_.gatherCodes(input, position, block.rowBlock, scratch_);
      real_.buildPlanes(scratch_.codes.data(), block.rowCount, planes_);
      pulses_.clear();
      for (std::size_t p = 0; p < planes_.count(); ++p) {
        if (planes_.pulse(p).count > 0) pulses_.push_back(planes_.pulse(p));
      }
      read(a);
    }
  }

  std::vector<ColumnSamples>& samples() { return samples_; }

 private:
  void read(std::size_t a) {
    const auto stride = static_cast<std::size_t>(real_.arrays()[a].analog->table.stride);
    current_.resize(pulses_.size() * stride);
    sum_.resize(pulses_.size() * stride);
    real_.readCurrents(real_.arrays()[a], pulses_, current_.data(), nullptr, nullptr);
    ideal_.readCurrents(ideal_.arrays()[a], pulses_, sum_.data(), nullptr, nullptr);
    for (std::size_t p = 0; p < pulses_.size(); ++p) record(a, pulses_[p], p * stride);
  }

  void record(std::size_t a, const Pulse& pulse, std::size_t at) {
    const auto hold = static_cast<float>(holdGain_);
    // Without a reference column the current holds every active row's G_off as well; the decoded sum should,
    // too.
    const std::vector<double>& baseline = real_.arrays()[a].analog->baseline;
    float rest = 0.0F;
    for (int i = 0; i < pulse.count && !baseline.empty(); ++i) {
      rest += static_cast<float>(baseline[pulse.digit == nullptr ? 1 : pulse.digit[i]]);
    }
    const std::vector<int>& columns = real_.arrays()[a].analog->columns;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto column = static_cast<std::size_t>(columns[k]);
      samples_[a].current[column].push_back(hold * current_[at + k]);
      samples_[a].ideal[column].push_back(sum_[at + k] + rest);
    }
  }

  const StageAnalog& real_;
  const StageAnalog& ideal_;
  double holdGain_;  // what the ADC sees of a current
  std::vector<ColumnSamples> samples_;
  StageAnalog::Scratch scratch_;
  InputPlanes planes_;
  std::vector<Pulse> pulses_;
  AlignedVector<float> current_, sum_;
};

}  // namespace

ValueEngine::ValueEngine(const ChipProgram& program, ArrayStore& store, const StreamOwner& owner,
                         const std::vector<std::vector<std::int64_t>>& calibration)
    : ValueEngine(program, store, owner, nominalTrims(program, store.config())) {
  const auto stages = program.stages.size();
  if (store.config().adc.range != "calibrated") return;
  if (calibration.empty()) throw BadInput("adc.range = \"calibrated\" needs images to calibrate on");
  const NonidealityConfig& n = store.config().nonideality;
  if (store.config().adc.calibratedAt == "programming" && (n.age.value > 0.0 || n.reads > 0.0)) {
    ArrayStore fresh(justProgrammed(store.config()));
    trims_ = ValueEngine(program, fresh, owner, calibration).trims();
    for (std::size_t s = 0; s < stages; ++s) buildStage(s);
    return;
  }
  // Every stage is calibrated on what the stages before it, as calibrated, deliver.
  for (std::size_t s = 0; s < stages; ++s) calibrate(s, calibration);
}

ValueEngine::ValueEngine(const ChipProgram& program, ArrayStore& store, const StreamOwner& owner,
                         std::vector<AdcTrim> trims)
    : program_(&program), store_(&store), trims_(std::move(trims)) {
  programArrays(owner);
  analog_.resize(program.stages.size());
  for (std::size_t s = 0; s < analog_.size(); ++s) {
    digital_.push_back(
        std::make_unique<StageDigital>(program.stages[s], 0, program.stages[s].outputs, kGainBits));
    buildStage(s);
  }
}

void ValueEngine::programArrays(const StreamOwner& owner) {
  std::vector<const ArrayBlock*> blocks;
  for (const Stage& stage : program_->stages) {
    for (const ArrayBlock& block : stage.blocks) blocks.push_back(&block);
  }
  arrays_.resize(blocks.size());
  tbb::parallel_for(std::size_t{0}, blocks.size(), [&](std::size_t i) {
    StreamOwner mine = owner;
    mine.array = static_cast<std::uint32_t>(blocks[i]->id);
    arrays_[static_cast<std::size_t>(blocks[i]->id)] = store_->get(*blocks[i], blocks[i]->levels, mine);
  });
  for (const auto& array : arrays_) {
    if (array->programmed == nullptr) continue;
    programming_.pulses += static_cast<std::int64_t>(array->programmed->pulses);
    programming_.energyJ += array->programmed->programmingEnergyJ;
    programming_.detail += array->programmed->detail;
    programming_.timeS = std::max(programming_.timeS, array->programmed->programmingTimeS);
  }
}

void ValueEngine::buildStage(std::size_t s) {
  const Stage& stage = program_->stages[s];
  if (stage.layer < 0) return;
  const AnalogConfig& config = store_->config();
  std::vector<std::vector<StageArray>> arrays(static_cast<std::size_t>(stage.replicas));
  for (const ArrayBlock& block : stage.blocks) {
    const auto id = static_cast<std::size_t>(block.id);
    arrays[static_cast<std::size_t>(block.replica)].push_back(
        {&block, arrays_[id], trims_[id],
         Adc(config.adc, config.sampleHold, trims_[id].lsb, arrays_[id]->noiseKey)});
  }
  analog_[s].clear();
  const auto elements = StageAnalog::windowElements(stage);
  for (auto& copy : arrays)
    analog_[s].push_back(
        std::make_unique<StageAnalog>(stage, config, std::move(copy), 0, stage.outputs, elements));
}

void ValueEngine::calibrate(std::size_t s, const std::vector<std::vector<std::int64_t>>& inputs) {
  const Stage& stage = program_->stages[s];
  if (stage.layer < 0) return;
  AnalogConfig exact = store_->config();
  exact.readout = "ideal";
  std::vector<StageArray> real, ideal;  // all copies: they share one LSB
  for (const auto& copy : analog_[s]) real.insert(real.end(), copy->arrays().begin(), copy->arrays().end());
  for (const StageArray& a : real)
    ideal.push_back({a.block, makeAnalogArray(exact, *a.block, a.block->levels, {}), a.trim, a.adc});
  const StageAnalog own(stage, store_->config(), std::move(real), 0, stage.outputs);
  const StageAnalog reference(stage, exact, std::move(ideal), 0, stage.outputs);
  SampleCollector collector(own, reference, store_->config().sampleHold.gain);
  Scratch scratch;
  std::vector<ReadFacts> facts(program_->stages.size());
  const int positions = stage.input.positions();
  for (const auto& input : inputs) {
    for (std::size_t before = 0; before <= s; ++before) {
      loadInputs(before, input.data(), scratch);
      if (before < s) runStage(before, 0, scratch, facts[before], nullptr);
    }
    const int step = std::max(1, positions / kCalibrationPositions);
    for (int p = step / 2; p < positions; p += step) collector.see(scratch.input.data(), p);
  }
  const std::vector<AdcTrim> trims = calibrateTrims(store_->config(), collector.samples());
  for (std::size_t a = 0; a < trims.size(); ++a) {
    trims_[static_cast<std::size_t>(own.arrays()[a].block->id)] = trims[a];
  }
  buildStage(s);
}

void ValueEngine::loadStream(const Stream& stream, const std::int64_t* input, const Scratch& scratch,
                             std::vector<std::int32_t>& codes) const {
  codes.resize(static_cast<std::size_t>(stream.elements()));
  if (stream.fromHost()) {
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[static_cast<std::size_t>(program_->inputElement[i])] = static_cast<std::int32_t>(input[i]);
    return;
  }
  for (const Stream::Part& part : stream.parts) {
    const auto producer = static_cast<std::size_t>(part.stage);
    const auto channels = static_cast<std::size_t>(program_->stages[producer].outputs);
    const std::int64_t* from = scratch.digital[producer].codes.back().data();
    std::int32_t* to = codes.data() + part.channelBegin;
    for (int q = 0; q < stream.positions; ++q, from += channels, to += stream.channels) {
      for (std::size_t c = 0; c < channels; ++c) to[c] = static_cast<std::int32_t>(from[c]);
    }
  }
}

void ValueEngine::loadInputs(std::size_t s, const std::int64_t* input, Scratch& scratch) const {
  const Stage& stage = program_->stages[s];
  if (scratch.digital.size() != digital_.size()) {
    scratch.digital.clear();
    for (const auto& digital : digital_) scratch.digital.push_back(digital->makeState());
  }
  loadStream(stage.streams.front(), input, scratch, scratch.input);
  for (std::size_t k = 1; k < stage.streams.size(); ++k) {
    const Stream& stream = stage.streams[k];
    auto& operands = scratch.digital[s].operands[k];
    if (static_cast<int>(k) == stage.sumStream) {  // wider than codes
      operands = scratch.digital[static_cast<std::size_t>(stream.parts.front().stage)].codes.back();
      continue;
    }
    loadStream(stream, input, scratch, scratch.stream);
    std::copy(scratch.stream.begin(), scratch.stream.end(), operands.begin());
  }
}

void ValueEngine::passInput(const Stage& stage, int position, Scratch& scratch) {
  for (int o = 0; o < stage.outputs; ++o) {
    const auto element =
        stage.input.elementOf[static_cast<std::size_t>(o * stage.input.positions() + position)];
    scratch.sums[static_cast<std::size_t>(o)] =
        std::int64_t{scratch.input[static_cast<std::size_t>(element)]} * (std::int64_t{1} << kGainBits);
  }
}

void ValueEngine::runStage(std::size_t s, std::uint64_t image, Scratch& scratch, ReadFacts& facts,
                           ValueDump* dump) const {
  const Stage& stage = program_->stages[s];
  AnalogDump* record = nullptr;
  const bool weighted = !analog_[s].empty();
  if (dump != nullptr && weighted && dump->count(static_cast<int>(s)) != 0) {
    record = &(*dump)[static_cast<int>(s)];
    const auto positions = static_cast<std::size_t>(stage.input.positions());
    std::size_t codes = 0;
    for (const StageArray& a : analog_[s][0]->arrays())
      codes += static_cast<std::size_t>(a.block->physicalColumns);
    record->dac.assign(positions * stage.planes.size() * static_cast<std::size_t>(stage.input.rows()), 0);
    record->adc.assign(positions * stage.planes.size() * codes, 0);
    record->sums.assign(positions * static_cast<std::size_t>(stage.outputs), 0);
  }
  const int positions = stage.input.positions();
  const int replicas = stage.replicas;
  const int most = weighted ? analog_[s][0]->preferredPositions() * replicas : 1;
  scratch.sums.resize(static_cast<std::size_t>(std::min(most, positions)) *
                      static_cast<std::size_t>(stage.outputs));
  for (int first = 0, count = 0; first < positions; first += count) {
    count = std::min(most, positions - first);
    for (int r = 0; weighted && r < std::min(replicas, count); ++r) {
      analog_[s][static_cast<std::size_t>(r)]->run(
          scratch.input.data(), first + r, (count - r + replicas - 1) / replicas, image, scratch.analog,
          scratch.sums.data() + static_cast<std::ptrdiff_t>(r) * stage.outputs, facts, record);
    }
    if (!weighted) passInput(stage, first, scratch);
    for (int p = 0; p < count; ++p) {
      scratch.ready.clear();
      digital_[s]->accept(scratch.digital[s], first + p,
                          scratch.sums.data() + static_cast<std::ptrdiff_t>(p) * stage.outputs,
                          scratch.ready);
    }
  }
}

void ValueEngine::run(const std::int64_t* input, std::uint64_t image, Scratch& scratch,
                      std::vector<ReadFacts>& facts, std::vector<std::int64_t>& output,
                      ValueDump* dump) const {
  facts.resize(program_->stages.size());
  for (std::size_t s = 0; s < program_->stages.size(); ++s) {
    loadInputs(s, input, scratch);
    runStage(s, image, scratch, facts[s], dump);
  }
  const auto& last = scratch.digital.back().codes.back();
  output.resize(program_->outputElement.size());
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = last[static_cast<std::size_t>(program_->outputElement[i])];
  }
}

std::vector<std::vector<std::int64_t>> ValueEngine::runAllStages(const std::int64_t* input,
                                                                 std::uint64_t image) const {
  Scratch scratch;
  std::vector<ReadFacts> facts;
  std::vector<std::int64_t> output;
  run(input, image, scratch, facts, output);
  std::vector<std::vector<std::int64_t>> codes;
  for (const auto& state : scratch.digital) codes.push_back(state.codes.back());
  return codes;
}

}  // namespace crosstile
