// SPDX-License-Identifier: Apache-2.0
// Access devices: the transistor against ngspice's own level-1 model, slopes, symmetry, monotony; the
// selector's equation and its inverse.
#include "models/device/access_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "models/base/error.h"
#include "tests/unit/ngspice.h"

namespace crosstile {
namespace {

AccessConfig transistorConfig() {
  AccessConfig config;
  config.kind = "transistor";
  config.kp = 1.7e-4;
  config.widthOverLength = 6.0;
  config.threshold = Volts{0.45};
  config.lambda = 0.08;
  return config;
}

TEST(AccessTransistor, IsNgspicesLevelOne) {
  if (!test::ngspiceIsThere()) GTEST_SKIP() << "ngspice is not installed (Debian package ngspice)";
  const AccessConfig config = transistorConfig();
  const AccessTransistor transistor(config);
  std::ostringstream netlist;
  netlist.precision(17);
  netlist << ".model cell nmos level=1 kp=" << config.kp << " vto=" << config.threshold.value
          << " lambda=" << config.lambda << " gamma=0 is=1e-40\nVbulk bulk 0 -5\n";
  struct Point {
    double gate, drain, source;
  };
  std::vector<Point> points;
  std::vector<std::string> currents;
  for (const double g : {-0.5, 0.0, 0.4, 0.7, 1.1, 1.8}) {
    for (const double d : {-1.0, -0.3, -0.01, 0.0, 0.05, 0.25, 0.6, 1.0, 1.5}) {
      for (const double s : {-0.4, 0.0, 0.02, 0.3, 0.9}) {
        const std::string k = std::to_string(points.size());
        netlist << "Vg" << k << " g" << k << " 0 " << g << "\nVd" << k << " d" << k << " 0 " << d << "\nVs"
                << k << " s" << k << " 0 " << s << "\nM" << k << " d" << k << " g" << k << " s" << k
                << " bulk cell w=" << config.widthOverLength << "u l=1u\n";
        points.push_back({g, d, s});
        currents.push_back("i(Vd" + k + ")");
      }
    }
  }
  const std::vector<double> spice = test::ngspice(netlist.str(), currents);
  int conducting = 0;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Point& p = points[k];
    const double own = transistor.evaluate(p.gate - p.source, p.drain - p.source).current;
    if (std::abs(own) > 1e-9) ++conducting;
    // ngspice's bulk diodes carry 1e-24 A or so.
    EXPECT_NEAR(own, -spice[k], 1e-12 * std::abs(own) + 1e-20) << p.gate << ' ' << p.drain << ' ' << p.source;
  }
  EXPECT_GT(conducting, 100);
}

TEST(AccessTransistor, SlopesAreTheDerivatives) {
  const AccessTransistor transistor(transistorConfig());
  for (const double vgs : {0.2, 0.7, 1.3, 2.0}) {
    for (const double vds : {-1.2, -0.4, -0.03, 0.02, 0.3, 0.9, 1.7}) {
      const double h = 1e-6;
      const auto at = [&](double g, double d) { return transistor.evaluate(g, d).current; };
      const AccessTransistor::Channel channel = transistor.evaluate(vgs, vds);
      const double gate = (at(vgs + h, vds) - at(vgs - h, vds)) / (2 * h);
      const double drain = (at(vgs, vds + h) - at(vgs, vds - h)) / (2 * h);
      EXPECT_NEAR(channel.gate, gate, 1e-8 * (std::abs(gate) + 1e-4)) << vgs << ' ' << vds;
      EXPECT_NEAR(channel.drain, drain, 1e-8 * (std::abs(drain) + 1e-4)) << vgs << ' ' << vds;
      EXPECT_GE(channel.drain, 0.0);
    }
  }
}

TEST(AccessTransistor, DrainAndSourceExchange) {
  const AccessTransistor transistor(transistorConfig());
  for (const double vds : {0.1, 0.5, 1.5})
    EXPECT_DOUBLE_EQ(transistor.evaluate(1.2, vds).current, -transistor.evaluate(1.2 - vds, -vds).current);
  EXPECT_EQ(transistor.evaluate(1.2, 0.0).current, 0.0);
  EXPECT_EQ(transistor.evaluate(0.45, 1.0).current, 0.0);
}

TEST(Selector, FollowsItsEquationAndInverts) {
  AccessConfig config;
  config.selectorI0 = Amperes{2e-11};
  config.selectorV0 = Volts{0.04};
  const Selector selector(config);
  EXPECT_DOUBLE_EQ(selector.current(0.3), 2e-11 * std::sinh(7.5));
  EXPECT_DOUBLE_EQ(selector.current(-0.3), -2e-11 * std::sinh(7.5));
  for (const double v : {-0.9, -0.1, 1e-6, 0.05, 0.7}) {
    const double i = selector.current(v);
    EXPECT_NEAR(selector.voltage(i), v, 1e-14);
    EXPECT_NEAR(selector.slopeAtCurrent(i), 2e-11 / 0.04 * std::cosh(v / 0.04),
                1e-12 * selector.slopeAtCurrent(i));
  }
}

TEST(AccessDevices, RejectImpossibleParameters) {
  const auto refused = [](auto change, const char* key) {
    AccessConfig config;
    change(config);
    try {
      AccessTransistor{config};
      Selector{config};
      ADD_FAILURE() << key;
    } catch (const BadInput& e) {
      EXPECT_THAT(e.what(), testing::HasSubstr(key));
    }
  };
  refused([](AccessConfig& c) { c.kp = 0.0; }, "access.kp");
  refused([](AccessConfig& c) { c.widthOverLength = -1.0; }, "access.w_over_l");
  refused([](AccessConfig& c) { c.lambda = NAN; }, "access.lambda");
  refused([](AccessConfig& c) { c.threshold = Volts{INFINITY}; }, "access.v_th");
  refused([](AccessConfig& c) { c.gateVoltage = Volts{NAN}; }, "access.gate_voltage");
  refused([](AccessConfig& c) { c.selectorI0 = Amperes{0.0}; }, "access.selector_i0");
  refused([](AccessConfig& c) { c.selectorV0 = Volts{-0.1}; }, "access.selector_v0");
}

}  // namespace
}  // namespace crosstile
