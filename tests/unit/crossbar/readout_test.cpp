// SPDX-License-Identifier: Apache-2.0
// The readout ladder: each rung against the physics it claims and against the rung below; compiled tables
// against read().
#include "models/crossbar/readout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

#include "models/base/error.h"
#include "models/crossbar/node_equations.h"
#include "models/device/poole_frenkel.h"

namespace crosstile {
namespace {

using Array = std::shared_ptr<const ProgrammedArray>;

DeviceConfig sioxHigh() {
  DeviceConfig d;  // tests/golden/siox_poole_frenkel.json, high_R
  d.law = "poole_frenkel";
  d.gOff = Siemens{5.248407497001691e-07};
  d.gOn = Siemens{2.6242037485008458e-06};
  d.pfSlope = {-1.030230317777696, -0.09010781860450282};
  d.pfIntercept = {-0.25059514794513227, -37.11860657563127};
  d.pfCovariance = {0.03208283860060697, 0.09272695077717953, 0.3251081761056706};
  return d;
}

DeviceConfig deviceOf(const std::string& law) {
  DeviceConfig d = sioxHigh();
  d.law = law;
  d.sinhB = 3.0;
  return d;
}

Array arrayOf(const DeviceConfig& d, int rows, int columns) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(d.gOff.value, d.gOn.value);
  std::vector<double> target(static_cast<std::size_t>(rows * columns));
  for (double& g : target) g = uniform(random);
  return programOneShot(d, {}, target, rows, columns, {});
}

ArrayConfig wired() {
  ArrayConfig config;
  config.rWord = Ohms{20};
  config.rBit = Ohms{30};
  config.rSource = Ohms{500};
  config.rSink = Ohms{100};
  return config;
}

std::vector<double> uniformDigits(int bits, double fullScale) {
  std::vector<double> v;
  const int top = (1 << bits) - 1;
  for (int d = 0; d <= top; ++d) v.push_back(fullScale * d / top);
  return v;
}

/// What readPulses() computes, in plain loops and double precision, from the table's own numbers.
Eigen::VectorXd pulse(const PulseTable& table, const std::vector<int>& digit,
                      const AlignedVector<float>& plane, bool squared) {
  Eigen::VectorXd out = Eigen::VectorXd::Zero(table.columns);
  for (int i = 0; i < table.rows; ++i) {
    for (const auto& term : table.digits[static_cast<std::size_t>(digit[static_cast<std::size_t>(i)])]) {
      const double c = squared ? double{term.coefficient} * term.coefficient : double{term.coefficient};
      for (int j = 0; j < table.columns; ++j)
        out[j] += c * plane[static_cast<std::size_t>((term.index * table.rows + i) * table.stride + j)];
    }
  }
  return out;
}

std::vector<int> randomDigits(int rows, int digits) {
  std::mt19937_64 random(17);
  std::uniform_int_distribution<int> uniform(0, digits - 1);
  std::vector<int> result(static_cast<std::size_t>(rows));
  for (int& d : result) d = uniform(random);
  return result;
}

Eigen::MatrixXd voltagesOf(const std::vector<int>& digit, const std::vector<double>& level) {
  Eigen::MatrixXd v(digit.size(), 1);
  for (std::size_t i = 0; i < digit.size(); ++i)
    v(static_cast<Eigen::Index>(i), 0) = level[static_cast<std::size_t>(digit[i])];
  return v;
}

struct TableCase {
  std::string readout, law;
  int bits;
};
void PrintTo(const TableCase& c, std::ostream* out) {
  *out << c.readout << ' ' << c.law << ' ' << c.bits << " bits";
}

class CompiledTable : public testing::TestWithParam<TableCase> {};

TEST_P(CompiledTable, AgreesWithReadTo1e6OfTheLargestCurrent) {
  const auto& [name, law, bits] = GetParam();
  const Array array = arrayOf(deviceOf(law), 40, 21);
  const auto readout = makeReadout(name, array, wired());
  const std::vector<double> level = uniformDigits(bits, 0.5);
  const PulseTable table = readout->compile(level);
  ASSERT_EQ(table.rows, 40);
  ASSERT_EQ(table.columns, 21);
  EXPECT_EQ(table.stride, 32);
  EXPECT_TRUE(table.digits[0].empty());
  EXPECT_TRUE(table.variance.empty());
  const std::vector<int> digit = randomDigits(40, 1 << bits);
  const Eigen::VectorXd expected = readout->read(voltagesOf(digit, level)).col(0);
  const Eigen::VectorXd found = pulse(table, digit, table.current, false);
  EXPECT_LE((found - expected).cwiseAbs().maxCoeff(), 1e-6 * expected.cwiseAbs().maxCoeff());
  for (int k = 0; k < table.terms * table.rows; ++k) {
    for (int j = table.columns; j < table.stride; ++j)
      EXPECT_EQ(table.current[static_cast<std::size_t>(k * table.stride + j)], 0.0F);
  }
}

TEST_P(CompiledTable, RowEnergyIsTheDevicesPowerTimesTheReadTime) {
  const auto& [name, law, bits] = GetParam();
  const Array array = arrayOf(deviceOf(law), 12, 9);
  ArrayConfig config = wired();
  config.readTime = Seconds{50e-9};
  const auto readout = makeReadout(name, array, config);
  const std::vector<double> level = uniformDigits(bits, 0.4);
  const PulseTable table = readout->compile(level);
  for (std::size_t d = 0; d < level.size(); d += 3) {
    for (int i = 0; i < 12; ++i) {
      Eigen::MatrixXd v = Eigen::MatrixXd::Zero(12, 1);
      v(i, 0) = level[d];
      const double expected = level[d] * readout->read(v).sum() * 50e-9;
      EXPECT_NEAR(table.rowEnergy[d * 12 + static_cast<std::size_t>(i)], expected, 1e-6 * expected);
    }
  }
}

TEST_P(CompiledTable, ReadNoiseVarianceIsTheSumOverCells) {
  const auto& [name, law, bits] = GetParam();
  const Array array = arrayOf(deviceOf(law), 30, 10);
  const auto readout = makeReadout(name, array, wired());
  const std::vector<double> level = uniformDigits(bits, 0.5);
  PulseShaping shaping;
  shaping.readNoiseOfG = 0.02;
  shaping.readNoiseOfRange = 0.01;
  shaping.conductanceRange = 2e-6;
  const PulseTable table = readout->compile(level, shaping);
  const std::vector<int> digit = randomDigits(30, 1 << bits);
  const Eigen::VectorXd found = pulse(table, digit, table.variance, true);
  const Eigen::VectorXd current = pulse(table, digit, table.current, false);
  EXPECT_LE((current - readout->read(voltagesOf(digit, level)).col(0)).cwiseAbs().maxCoeff(),
            1e-6 * current.cwiseAbs().maxCoeff());
  const CurrentTable effective = readout->tabulate(std::vector<double>{0.0, 1.0});
  for (int j = 0; j < 10; ++j) {
    double expected = 0.0;
    for (int i = 0; i < 30; ++i) {
      const double g = array->conductance[static_cast<std::size_t>(i * 10 + j)];
      const double gain = name == "ir_drop" ? effective.current(0, i, j) / g : 1.0;
      const double sigma = std::hypot(0.02 * g, 0.01 * 2e-6) * gain;
      expected += std::pow(level[static_cast<std::size_t>(digit[static_cast<std::size_t>(i)])] * sigma, 2);
    }
    EXPECT_NEAR(found[j], expected, 1e-5 * expected) << j;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rungs, CompiledTable,
    testing::Values(TableCase{"ideal", "linear", 1}, TableCase{"ohmic", "linear", 8},
                    TableCase{"ohmic", "sinh", 2}, TableCase{"device", "linear", 8},
                    TableCase{"device", "sinh", 1}, TableCase{"device", "sinh", 3},
                    TableCase{"device", "sinh", 8}, TableCase{"device", "poole_frenkel", 3},
                    TableCase{"device", "poole_frenkel", 4}, TableCase{"device", "poole_frenkel", 5},
                    TableCase{"device", "poole_frenkel", 8}, TableCase{"device", "log_linear", 3},
                    TableCase{"device", "log_linear", 8}, TableCase{"ir_drop", "linear", 1},
                    TableCase{"ir_drop", "linear", 8}));

TEST(DeviceReadout, FewDigitsHaveExactPlanesManyAreInterpolated) {
  const Array array = arrayOf(sioxHigh(), 8, 8);
  const auto readout = makeReadout("device", array, {});
  const PulseTable few = readout->compile(uniformDigits(3, 0.5));
  EXPECT_EQ(few.terms, 7);
  EXPECT_EQ(few.digits[5].size(), 1U);
  const PulseTable many = readout->compile(uniformDigits(8, 0.5));
  EXPECT_EQ(many.terms, 12);
  EXPECT_EQ(many.digits[5].size(), 12U);
}

TEST(DeviceReadout, AStrongNonlinearityThatCannotBeInterpolatedStaysExact) {
  DeviceConfig d = deviceOf("sinh");
  d.sinhB = 60.0;  // sinh(30) at full scale
  const Array array = arrayOf(d, 6, 6);
  const auto readout = makeReadout("device", array, {});
  const std::vector<double> level = uniformDigits(6, 0.5);
  const PulseTable table = readout->compile(level);
  EXPECT_EQ(table.terms, 63);
  const std::vector<int> digit = randomDigits(6, 64);
  const Eigen::VectorXd expected = readout->read(voltagesOf(digit, level)).col(0);
  EXPECT_LE((pulse(table, digit, table.current, false) - expected).cwiseAbs().maxCoeff(),
            1e-6 * expected.cwiseAbs().maxCoeff());
}

TEST(DeviceReadout, ALawThatIsNotOddIsNeverMirrored) {
  DeviceConfig d = deviceOf("tabulated");
  for (int k = -8; k <= 8; ++k) {  // a smooth diode-like curve
    d.tableVoltage.push_back(0.1 * k);
    d.tableCurrent.push_back(1e-6 * std::expm1(0.2 * k));
  }
  const Array array = arrayOf(d, 6, 5);
  const auto readout = makeReadout("device", array, {});
  std::vector<double> level = uniformDigits(6, 0.4);
  for (std::size_t k = 32; k < level.size(); ++k) level[k] = -level[k - 31];
  const PulseTable table = readout->compile(level, {});
  const std::vector<int> digit = randomDigits(6, 64);
  const Eigen::VectorXd expected = readout->read(voltagesOf(digit, level)).col(0);
  EXPECT_LE((pulse(table, digit, table.current, false) - expected).cwiseAbs().maxCoeff(),
            1e-6 * expected.cwiseAbs().maxCoeff());
}

TEST(DeviceReadout, SumsEveryCellsOwnCurrent) {
  const Array array = arrayOf(sioxHigh(), 5, 3);
  Eigen::MatrixXd v(5, 2);
  v << 0.1, -0.2, 0.5, 0.0, 0.3, 0.4, -0.5, 0.05, 0.2, 0.25;
  const Eigen::MatrixXd current = makeReadout("device", array, {})->read(v);
  constexpr double kEOverKt = 1.602176634e-19 / (1.380649e-23 * 293.15);
  for (int b = 0; b < 2; ++b) {
    for (int j = 0; j < 3; ++j) {
      double expected = 0.0;
      for (int i = 0; i < 5; ++i) {
        const double c = array->cellParameters[static_cast<std::size_t>(i * 3 + j)];
        const double a = array->cellParameters[static_cast<std::size_t>(15 + i * 3 + j)];
        expected += c * v(i, b) * std::exp(std::sqrt(a * std::abs(v(i, b)) + kEOverKt * kEOverKt * 1e-18));
      }
      EXPECT_NEAR(current(j, b), expected, 1e-12 * std::abs(expected));
    }
  }
}

TEST(Ladder, EachRungMeetsTheOneBelowInItsLimit) {
  const Array linear = arrayOf(deviceOf("linear"), 10, 7);
  const Eigen::MatrixXd v = Eigen::MatrixXd::Random(10, 4);
  const Eigen::MatrixXd ohmic = makeReadout("ohmic", linear, {})->read(v);
  EXPECT_TRUE(makeReadout("ideal", linear, {})->read(v) == ohmic);
  EXPECT_LE((makeReadout("device", linear, {})->read(v) - ohmic).norm(), 1e-14 * ohmic.norm());
  EXPECT_LE((makeReadout("ir_drop", linear, {})->read(v) - ohmic).norm(), 1e-14 * ohmic.norm());
  const Eigen::MatrixXd wires = makeReadout("ir_drop", linear, wired())->read(v);
  EXPECT_GT((wires - ohmic).norm(), 1e-3 * ohmic.norm());
}

TEST(IrDrop, IsTheCircuitsSolution) {
  const Array array = arrayOf(deviceOf("linear"), 14, 9);
  const ArrayConfig config = wired();
  const auto readout = makeReadout("ir_drop", array, config);
  EXPECT_LE(readout->residual(), 1e-9);
  EXPECT_GT(readout->residual(), 0.0);
  const Eigen::VectorXd v = Eigen::VectorXd::Random(14);
  const std::vector<double> source(v.data(), v.data() + 14);
  const NodeSolution nodes = solveNodes(array->conductance, 14, 9, wiresOf(config), source);
  EXPECT_LE((readout->read(v).col(0) - nodes.current).cwiseAbs().maxCoeff(),
            1e-9 * nodes.current.cwiseAbs().maxCoeff());
}

TEST(IrDrop, FewInputsAndManyAgreeFromManyThreads) {
  const Array array = arrayOf(deviceOf("linear"), 130, 140);
  const ArrayConfig config = wired();
  ASSERT_TRUE(inputsAreFew(array->conductance, 130, 140, wiresOf(config), 2));
  ASSERT_FALSE(inputsAreFew(array->conductance, 130, 140, wiresOf(config), 130));
  const Eigen::MatrixXd v = Eigen::MatrixXd::Random(130, 130);
  const auto readout = makeReadout("ir_drop", array, config);
  std::vector<Eigen::MatrixXd> few(4), many(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      few[t] = readout->read(v.leftCols(2));
      many[t] = readout->read(v);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 1; t < 4; ++t) {
    EXPECT_TRUE(few[t] == few[0]);
    EXPECT_TRUE(many[t] == many[0]);
  }
  EXPECT_LE((few[0] - many[0].leftCols(2)).cwiseAbs().maxCoeff(), 1e-9 * few[0].cwiseAbs().maxCoeff());
  EXPECT_LE(readout->residual(), 1e-9);
  // A read of few inputs before anything else has the same bits, and its residual is theirs.
  const auto fresh = makeReadout("ir_drop", array, config);
  EXPECT_TRUE(fresh->read(v.leftCols(2)) == few[0]);
  EXPECT_GT(fresh->residual(), 0.0);
  EXPECT_LE(fresh->residual(), 1e-9);
}

TEST(Shaping, ReferenceColumnIsSubtractedBeforeRounding) {
  // A difference of 1e-6 of the reference: single precision before the subtraction would leave 6 % of it as
  // error.
  const double g = 5e-6, difference = 5e-12;
  const std::vector<double> target{g + difference, g, g - difference, g};
  const Array array = programOneShot(deviceOf("linear"), {}, target, 2, 2, {});
  const auto readout = makeReadout("ohmic", array, {});
  PulseShaping shaping;
  shaping.referenceColumn = 1;
  shaping.unitAmpere = 1e-9;
  shaping.readNoiseOfG = 0.01;
  const PulseTable table = readout->compile(std::vector<double>{0.0, 0.2}, shaping);
  EXPECT_NEAR(table.current[0], difference / 1e-9, 1e-6 * difference / 1e-9);
  EXPECT_NEAR(table.current[static_cast<std::size_t>(table.stride)], -difference / 1e-9,
              1e-6 * difference / 1e-9);
  EXPECT_NEAR(table.current[1], g / 1e-9, 1e-6 * g / 1e-9) << "the reference column itself stays";
  const double own = std::pow(0.01 * (g + difference) / 1e-9, 2), reference = std::pow(0.01 * g / 1e-9, 2);
  EXPECT_NEAR(table.variance[0], own + reference, 1e-6 * own) << "variances add";
  EXPECT_NEAR(table.variance[1], reference, 1e-6 * reference);
}

TEST(Shaping, ScaledTableScalesVarianceBySquare) {
  const Array array = arrayOf(deviceOf("linear"), 2, 2);
  PulseShaping shaping;
  shaping.readNoiseOfG = 0.1;
  const PulseTable before = makeReadout("ohmic", array, {})->compile(std::vector<double>{0.0, 1.0}, shaping);
  PulseTable after = before;
  scaleCurrents(after, 1e6);
  EXPECT_FLOAT_EQ(after.current[0], before.current[0] * 1e6F);
  EXPECT_FLOAT_EQ(after.variance[0], before.variance[0] * 1e12F);
}

TEST(Registry, UnknownRungListsTheKnownOnes) {
  EXPECT_EQ(readoutNames(),
            (std::vector<std::string>{"ideal", "ohmic", "device", "ir_drop", "circuit", "emulator"}));
  try {
    makeReadout("magic", arrayOf(deviceOf("linear"), 1, 1), {});
    FAIL() << "no error";
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("ideal, ohmic, device, ir_drop, circuit, emulator"));
  }
}

TEST(Readout, ShapesThatDontFitAreBadInput) {
  const Array array = arrayOf(deviceOf("linear"), 3, 2);
  for (const std::string& name : readoutNames()) {
    if (name == "emulator") continue;  // no table; tests/unit/emulator
    const auto readout = makeReadout(name, array, {});
    EXPECT_THROW(readout->read(Eigen::MatrixXd::Zero(4, 1)), BadInput);
    EXPECT_THROW(readout->compile(std::vector<double>{}), BadInput);
    EXPECT_THROW(readout->compile(std::vector<double>{0.1, 0.2}), BadInput);
    EXPECT_THROW(readout->compile(std::vector<double>{0.0, NAN}), BadInput);
    PulseShaping shaping;
    shaping.referenceColumn = 2;
    EXPECT_THROW(readout->compile(std::vector<double>{0.0, 0.2}, shaping), BadInput);
    shaping = {};
    shaping.unitAmpere = 0.0;
    EXPECT_THROW(readout->compile(std::vector<double>{0.0, 0.2}, shaping), BadInput);
  }
}

}  // namespace
}  // namespace crosstile
