// SPDX-License-Identifier: Apache-2.0
// Reads by emulation: the split network against the concatenated one, pulses against voltages, and what an
// emulator refuses.
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/crossbar/emulator_array.h"
#include "models/crossbar/readouts.h"
#include "support.h"

namespace crosstile {
namespace {

using test::configOf;
using test::technology;
using test::untrained;

EmulatorSample sampleOf(const EmulatorTechnology& t, int vectors) {
  DrawPlan plan;
  plan.technology = t;
  plan.vectors = vectors;
  return drawSample(plan, 3);
}

TEST(EmulatorRead, SplitNetworkIsTheConcatenatedOne) {
  const EmulatorTechnology t = technology(12, 9);
  const auto e = untrained(EmulatorKind::geniex, t);
  const EmulatorSample s = sampleOf(t, 6);
  const EmulatorReadout readout(e, plainArray(t, s.conductance), configOf(t));
  const Eigen::MatrixXd current = readout.read(s.voltages);
  const Eigen::MatrixXd ideal = idealCurrents(t, s);
  const TwoLayerNetwork& n = e->network;
  for (Eigen::Index v = 0; v < s.voltages.cols(); ++v) {
    // x = (G..., V...), normalised, into one plain network in double.
    std::vector<double> x;
    for (const double g : s.conductance) x.push_back((2.0 * g - 1e-5 - 1e-5 / 6.0) / (1e-5 - 1e-5 / 6.0));
    for (int i = 0; i < t.rows; ++i) x.push_back(s.voltages(i, v) / t.voltage);
    for (std::size_t j = 0; j < 9; ++j) {
      double f = n.at(n.outputBias())[j];
      for (std::size_t h = 0; h < n.shape().hidden; ++h) {
        double sum = n.at(n.hiddenBias())[h];
        for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * double(n.at(0)[i * n.hiddenStride() + h]);
        f += std::max(0.0, sum) * double(n.at(n.outputWeights())[h * n.outputStride() + j]);
      }
      EXPECT_NEAR(current(static_cast<Eigen::Index>(j), v), ideal(static_cast<Eigen::Index>(j), v) / f,
                  2e-6 * ideal.maxCoeff());
    }
  }
}

class EachKind : public ::testing::TestWithParam<EmulatorKind> {};
INSTANTIATE_TEST_SUITE_P(Emulators, EachKind, ::testing::Values(EmulatorKind::geniex, EmulatorKind::residual),
                         [](const auto& info) { return std::string(nameOf(info.param)); });

TEST_P(EachKind, PulsesAreVoltagesOfTheirDigits) {
  EmulatorTechnology t = technology(20, 18);
  t.referenceColumn = 9;
  const auto e = untrained(GetParam(), t);
  const EmulatorSample s = sampleOf(t, 1);
  const auto array = plainArray(t, s.conductance);
  const std::vector<double> volts{0.0, 0.1, 0.3, 0.5};
  PulseShaping shaping;
  shaping.referenceColumn = 9;
  shaping.unitAmpere = 2e-6;
  ArrayConfig config = configOf(t);
  config.readTime = Seconds{50e-9};
  const auto reader = makeEmulatorReader(e, array, config, volts, shaping);
  const std::vector<std::uint16_t> rows{1, 4, 5, 19}, digits{3, 1, 2, 3};
  const Pulse pulse{rows.data(), digits.data(), 4}, silent{};
  const std::vector<Pulse> batch{silent, pulse, pulse};
  constexpr std::size_t kStride = 32;
  AlignedVector<float> out(3 * kStride, -1.0F), alone(kStride);
  std::vector<double> energy(3);
  reader->read(batch, out.data(), kStride, energy.data());
  reader->read({&pulse, 1}, alone.data(), kStride, nullptr);
  Eigen::MatrixXd v = Eigen::MatrixXd::Zero(20, 1);
  for (std::size_t k = 0; k < 4; ++k) v(rows[k], 0) = volts[digits[k]];
  const Eigen::MatrixXd current = EmulatorReadout(e, array, config).read(v);
  const double scale = current.maxCoeff();
  double power = 0.0;
  for (std::size_t j = 0; j < kStride; ++j) {
    EXPECT_EQ(out[j], 0.0F) << "a silent pulse";
    EXPECT_EQ(out[kStride + j], out[2 * kStride + j]);
    EXPECT_EQ(out[kStride + j], alone[j]) << "a value depends on its own pulse alone";
    const auto c = static_cast<Eigen::Index>(j);
    const double want = j >= 18 ? 0.0 : j == 9 ? current(9, 0) : current(c, 0) - current(9, 0);
    EXPECT_NEAR(out[kStride + j] * shaping.unitAmpere, want, 1e-6 * scale);
  }
  for (int j = 0; j < 18; ++j) {
    for (std::size_t k = 0; k < 4; ++k)
      power += v(rows[k], 0) * s.conductance[rows[k] * 18U + static_cast<unsigned>(j)] *
               std::sinh(2.0 * v(rows[k], 0)) / 2.0;
  }
  EXPECT_EQ(energy[0], 0.0);
  EXPECT_EQ(energy[1], energy[2]);
  // Without wires and sources the cells would dissipate `power`; the source resistance takes a little away.
  EXPECT_GT(energy[1], 0.8 * power * 50e-9);
  EXPECT_LT(energy[1], power * 50e-9);
}

TEST_P(EachKind, AReadDoesNotDependOnItsBatch) {
  const EmulatorTechnology t = technology(10, 10);
  const auto e = untrained(GetParam(), t);
  const EmulatorSample s = sampleOf(t, 4);
  const EmulatorReadout readout(e, plainArray(t, s.conductance), configOf(t));
  Eigen::MatrixXd v(10, 7);
  v.leftCols(4) = s.voltages;
  for (Eigen::Index k = 40; k < v.size(); ++k)
    v.data()[k] = 0.5 * static_cast<double>(k) / 70.0;  // continuous
  const Eigen::MatrixXd all = readout.read(v);
  for (Eigen::Index b = 0; b < v.cols(); ++b) EXPECT_EQ(readout.read(v.col(b)), all.col(b)) << b;
}

// Thirty-one digits are interpolated, fifteen are not: the same physics.
TEST(EmulatorRead, InterpolatedDigitsAreAsGoodAsTabulatedOnes) {
  const EmulatorTechnology t = technology(16, 16);
  const auto e = untrained(EmulatorKind::residual, t);
  const EmulatorSample s = sampleOf(t, 8);
  const auto array = plainArray(t, s.conductance);
  std::vector<double> few, many;
  for (int d = 0; d <= 15; ++d) few.push_back(0.5 * d / 15.0);
  for (int d = 0; d <= 30; ++d) many.push_back(0.5 * d / 30.0);
  const auto exact = makeEmulatorReader(e, array, configOf(t), few, {});
  const auto interpolated = makeEmulatorReader(e, array, configOf(t), many, {});
  const std::vector<std::uint16_t> rows{0, 3, 7, 15}, digits{15, 1, 8, 3}, doubled{30, 2, 16, 6};
  const Pulse a{rows.data(), digits.data(), 4}, b{rows.data(), doubled.data(), 4};
  AlignedVector<float> x(16), y(16);
  double energyA = 0.0, energyB = 0.0;
  exact->read({&a, 1}, x.data(), 16, &energyA);
  interpolated->read({&b, 1}, y.data(), 16, &energyB);
  for (std::size_t j = 0; j < 16; ++j) EXPECT_NEAR(x[j], y[j], 2e-6F * x[j]);
  EXPECT_NEAR(energyA, energyB, 1e-6 * energyA);
}

/// Runs `use` and returns what was refused.
template <typename Use>
std::string refusal(Use use) {
  try {
    use();
  } catch (const BadInput& e) {
    return e.what();
  }
  return "nothing";
}

TEST(EmulatorRead, RefusesWhatItWasNotTrainedFor) {
  const EmulatorTechnology t = technology(8, 8);
  const auto e = untrained(EmulatorKind::residual, t);
  const std::vector<double> volts{0.0, 0.5};
  const auto reader = [&](const EmulatorTechnology& other, const std::vector<double>& v) {
    const std::vector<double> g(static_cast<std::size_t>(other.rows * other.columns), other.device.gOn.value);
    return refusal([&] { makeEmulatorReader(e, plainArray(other, g), configOf(other), v, {}); });
  };
  EXPECT_EQ(reader(t, volts), "nothing");
  const auto changed = [&](auto change) {
    EmulatorTechnology other = t;
    change(other);
    return reader(other, volts);
  };
  EXPECT_NE(changed([](auto& o) { o.columns = 9; }).find("trained for 8x8"), std::string::npos);
  EXPECT_NE(changed([](auto& o) { o.wires.rBit = 2.6; }).find("array.r_bit = 2.5 ohm"), std::string::npos);
  EXPECT_NE(changed([](auto& o) { o.wires.rSource = 0; }).find("array.r_source"), std::string::npos);
  EXPECT_NE(changed([](auto& o) { o.device.sinhB = 2.1; }).find("other parameters"), std::string::npos);
  EXPECT_NE(changed([](auto& o) { o.device.law = "linear"; }).find("law sinh"), std::string::npos);
  EXPECT_NE(changed([](auto& o) { o.device.gOn = Siemens{2e-5}; }).find("cell (0, 0)"), std::string::npos);
  EXPECT_NE(reader(t, {0.0, 0.51}).find("an input is 0.51 V"), std::string::npos);
  EXPECT_NE(reader(t, {0.0, -0.1}).find("an input is -0.1 V"), std::string::npos);
  const EmulatorReadout readout(e, plainArray(t, std::vector<double>(64, 1e-5)), configOf(t));
  EXPECT_NE(refusal([&] { readout.read(Eigen::MatrixXd::Constant(8, 1, 0.6)); }).find("0.6 V"),
            std::string::npos);
  EXPECT_NE(refusal([&] { readout.read(Eigen::MatrixXd::Constant(7, 1, 0.1)); }).find("8 word lines"),
            std::string::npos);
}

TEST(EmulatorRead, RefusesOtherCircuits) {
  const EmulatorTechnology t = technology(8, 8);
  const auto e = untrained(EmulatorKind::residual, t);
  const auto with = [&](auto change) {
    ArrayConfig config = configOf(t);
    change(config);
    return refusal([&] {
      makeEmulatorReader(e, plainArray(t, std::vector<double>(64, 1e-5)), config,
                         std::vector<double>{0.0, 0.5}, {});
    });
  };
  EXPECT_NE(with([](auto& c) { c.access.kind = "transistor"; }).find("access.kind"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.driveBothEnds = true; }).find("drive_both_ends"), std::string::npos);
  EXPECT_NE(with([](auto& c) { c.floatIdleRows = true; }).find("float_idle_rows"), std::string::npos);
  DeviceConfig device = t.device;
  device.law = "mean_metastable_switch";
  EXPECT_NE(refusal([&] { checkEmulatorTechnology(device, configOf(t)); }).find("device.law"),
            std::string::npos);
}

TEST(EmulatorRead, RefusesShapingThatDoesNotFit) {
  const EmulatorTechnology t = technology(8, 8);
  const auto array = plainArray(t, std::vector<double>(64, 1e-5));
  const auto shaped = [&](const PulseShaping& shaping, const std::vector<double>& volts) {
    return refusal([&] {
      makeEmulatorReader(untrained(EmulatorKind::residual, t), array, configOf(t), volts, shaping);
    });
  };
  PulseShaping column, unit;
  column.referenceColumn = 8;
  unit.unitAmpere = 0.0;
  EXPECT_NE(shaped(column, {0.0, 0.2}).find("reference column 8"), std::string::npos);
  EXPECT_NE(shaped(unit, {0.0, 0.2}).find("unit current"), std::string::npos);
  EXPECT_NE(shaped({}, {0.1, 0.2}).find("digit 0 must be 0 V"), std::string::npos);
  EXPECT_NE(shaped({}, {}).find("digit voltages"), std::string::npos);
}

TEST(EmulatorRead, TheRungNeedsAnEmulator) {
  const EmulatorTechnology t = technology(8, 8);
  const auto array = plainArray(t, std::vector<double>(64, 1e-5));
  ArrayConfig config = configOf(t);
  EXPECT_NE(refusal([&] { makeReadout("emulator", array, config); }).find("array.emulator"),
            std::string::npos);
  config.trainedEmulator = untrained(EmulatorKind::residual, t);
  EXPECT_EQ(makeReadout("emulator", array, config)->read(Eigen::MatrixXd::Constant(8, 2, 0.5)).cols(), 2);
}

}  // namespace
}  // namespace crosstile
