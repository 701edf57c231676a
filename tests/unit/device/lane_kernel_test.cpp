// SPDX-License-Identifier: Apache-2.0
// The laws' SIMD kernels against their plain forms, on every instruction set of the machine.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "../base/each_target.h"
#include "models/device/linear.h"
#include "models/device/log_linear.h"
#include "models/device/poole_frenkel.h"
#include "models/device/sinh.h"

namespace crosstile {
namespace {

/// Cells at `lanes` voltages each, up to `top` volt.
struct Population {
  std::size_t cells = 37;
  std::size_t lanes;
  std::vector<double> parameters, voltage;

  Population(const DeviceLaw& law, std::size_t lanesEach, double top) : lanes(lanesEach) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> g(1e-6, 1e-4), v(-top, top);
    std::vector<double> conductance(cells);
    for (double& x : conductance) x = g(random);
    conductance[3] = 0.0;
    parameters.resize(law.parameterCount() * cells);
    const RandomStream stream({1, 0, 0, 0, 0}, Purpose::lawResidual);
    law.prepare(conductance, &stream, parameters);
    voltage.resize(cells * lanes);
    for (double& x : voltage) x = v(random);
    voltage[0] = 0.0;
  }
};

template <typename T>
void compare(const DeviceLaw& law, std::size_t lanes, double top, double tolerance) {
  const Population p(law, lanes, top);
  const std::size_t n = p.voltage.size();
  std::vector<T> parameters(p.parameters.begin(), p.parameters.end()), v(p.voltage.begin(), p.voltage.end());
  std::vector<T> current(n), slope(n), alone(n);
  const CellLanes<T> cells{parameters.data(), p.cells, p.cells, p.lanes};
  law.evaluateLanes(cells, v.data(), current.data(), slope.data());
  law.evaluateLanes(cells, v.data(), alone.data(), nullptr);
  for (std::size_t c = 0; c < p.cells; ++c) {
    std::vector<double> own;
    for (std::size_t k = 0; k < law.parameterCount(); ++k) own.push_back(p.parameters[k * p.cells + c]);
    for (std::size_t l = 0; l < lanes; ++l) {
      const std::size_t at = c * lanes + l;
      double i = 0.0, g = 0.0;
      law.evaluate(own, {&p.voltage[at], 1}, {&i, 1}, {&g, 1});
      EXPECT_NEAR(current[at], i, tolerance * std::abs(i)) << c << ' ' << l << ' ' << p.voltage[at];
      EXPECT_NEAR(alone[at], i, tolerance * std::abs(i)) << c << ' ' << l;
      EXPECT_NEAR(slope[at], g, 4.0 * tolerance * std::abs(g)) << c << ' ' << l;
    }
  }
}

TEST(LaneKernel, EqualsThePlainForm) {
  const LinearLaw linear;
  const SinhLaw weak(0.5), strong(4.0), ohmic(0.0);
  const SimplePooleFrenkelLaw simple(3.0);
  PooleFrenkelLaw::Config config;  // SiOx, the high-resistance states (preset siox-high)
  config.slope = {-1.030230317777696, -0.09010781860450282};
  config.intercept = {-0.25059514794513227, -37.11860657563127};
  config.covariance = {0.03208283860060697, 0.09272695077717953, 0.3251081761056706};
  const PooleFrenkelLaw full(config);
  const LogLinearLaw power(2.989, 0.369, Volts{0.25}), straight(2.0, 0.0, Volts{0.25});
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (const DeviceLaw* law : std::initializer_list<const DeviceLaw*>{&linear, &weak, &strong, &ohmic,
                                                                        &simple, &full, &power, &straight}) {
      for (const std::size_t lanes :
           {std::size_t{1}, std::size_t{3}, std::size_t{8}, std::size_t{16}, std::size_t{21}}) {
        SCOPED_TRACE(law->name());
        compare<double>(*law, lanes, 2.0, 2e-14);
        compare<float>(*law, lanes, 2.0, 4e-6);
      }
    }
  }
}

TEST(LaneKernel, FarVoltagesOverflowAsInThePlainForm) {
  const SinhLaw law(2.0);
  const double g = 1e-4;
  for (const double v : {1e6, -1e6}) {
    double i = 0.0, plain = 0.0;
    law.evaluateLanes(CellLanes<double>{&g, 1, 1, 1}, &v, &i, nullptr);
    law.evaluate({&g, 1}, {&v, 1}, {&plain, 1}, {});
    EXPECT_EQ(i, plain);
  }
}

}  // namespace
}  // namespace crosstile
