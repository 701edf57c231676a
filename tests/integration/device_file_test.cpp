// SPDX-License-Identifier: Apache-2.0
// Devices described in files, through the program: a curve beside the hardware file, and what is refused.
#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "program.h"

namespace crosstile::test {
namespace {

class DeviceFiles : public RunTest {
 protected:
  DeviceFiles() : RunTest(4) {}

  std::string hardware(const std::string& toml) const { return scratch_.write("h.toml", toml); }
  void refuse(const std::string& toml, const std::vector<std::string>& what) {
    expectRefused({"describe", "--hardware", hardware(toml)}, what);
  }
  void refuseTable(const std::string& csv, const std::vector<std::string>& what) {
    scratch_.write("curve.csv", csv);
    refuse("[device]\nlaw = \"tabulated\"\ntable = \"curve.csv\"\n", what);
  }
  /// Current of one cell of conductance g at v volt.
  double current(const std::string& toml, const std::string& g, const std::string& v) {
    const Outcome outcome = runProgram({"--quiet", "crossbar", "--device", hardware(toml), "--conductances",
                                        scratch_.write("G.csv", g), "--voltages", scratch_.write("V.csv", v),
                                        "--out", scratch_.file("I.csv")});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return std::stod(readBytes(scratch_.file("I.csv")));
  }
};

TEST_F(DeviceFiles, ATableIsReadBesideTheHardwareFile) {
  scratch_.write("curve.csv", "voltage,current\n# measured\n-0.2, -8e-6\n\n0,0\r\n+0.1,2e-6\n0.3,9e-6\n");
  const std::string toml =
      "[device]\nlaw = \"tabulated\"\ntable = \"curve.csv\"\ntable_read_voltage = \"0.1 V\"\n";
  EXPECT_NEAR(current(toml, "20e-6", "0.3"), 9e-6, 1e-18);
  EXPECT_NEAR(current(toml, "5e-6", "0.3"), 9e-6 / 4, 1e-18);
  EXPECT_NEAR(current(toml, "20e-6", "-0.2"), -8e-6, 1e-18);
}

TEST_F(DeviceFiles, TheEffectiveDescriptionFindsTheTableFromAnywhere) {
  scratch_.write("curve.csv", "0,0\n0.1,2e-6\n0.3,9e-6\n");
  const std::string first = hardware("[device]\nlaw = \"tabulated\"\ntable = \"curve.csv\"\n");
  const Outcome described = runProgram({"describe", "--hardware", first, "--toml"});
  ASSERT_EQ(described.code, 0) << described.err;
  const ScratchFolder elsewhere;
  const Outcome again =
      runProgram({"describe", "--hardware", elsewhere.write("h.toml", described.out), "--toml"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, described.out);
}

/// A file may start from another; what that names lies beside that one.
TEST_F(DeviceFiles, AFileStartsFromAnother) {
  const ScratchFolder elsewhere;
  elsewhere.write("curve.csv", "0,0\n0.1,2e-6\n0.3,9e-6\n");
  const std::string base = elsewhere.write(
      "base.toml",
      "preset = \"isaac\"\n[array]\nrows = 7\n[device]\nlaw = \"tabulated\"\ntable = \"curve.csv\"\n");
  const std::string upper = hardware("preset = \"" + base + "\"\n[array]\ncolumns = 9\n");
  const Outcome described = runProgram({"describe", "--hardware", upper, "--toml"});
  ASSERT_EQ(described.code, 0) << described.err;
  for (const char* line : {"\nrows = 7\n", "\ncolumns = 9\n", "curve.csv"})
    EXPECT_THAT(described.out, testing::HasSubstr(line));
  elsewhere.write("base.toml", "[array]\nrows = 0\n");
  expectRefused({"describe", "--hardware", upper}, {"base.toml:2", "array.rows"});
  scratch_.write("h.toml", "preset = \"h.toml\"\n");
  expectRefused({"describe", "--hardware", scratch_.file("h.toml")}, {"h.toml:1", "circle"});
}

TEST_F(DeviceFiles, ATabulatedNetworkRuns) {
  scratch_.write("curve.csv", "0,0\n0.1,1e-6\n0.2,2.2e-6\n0.3,9e-6\n");
  const std::string file = hardware(
      "preset = \"isaac\"\nreadout = \"device\"\n[device]\nlaw = \"tabulated\"\ntable = \"curve.csv\"\n");
  const auto json = report({"--hardware", file, "--timing", "functional"});
  EXPECT_TRUE(json.contains("accuracy"));
}

TEST_F(DeviceFiles, TablesThatCantBeACell) {
  refuseTable("0,0\n0.1,2e-6\n0.2,1e-6\n", {"curve.csv:3", "current 1e-06 A", "monotone"});
  refuseTable("voltage,current\n0,0\n0.1,2e-6\n# note\n0.1,3e-6\n", {"curve.csv:5", "must rise"});
  refuseTable("0,0\n-0.1,-2e-6\n", {"curve.csv:2", "must rise"});
  refuseTable("0.1,1e-6\n0.2,2e-6\n", {"curve.csv:1", "0 V"});
  refuseTable("-0.1,-1e-6\n0,1e-9\n0.1,1e-6\n", {"curve.csv:2", "0 A"});
  refuseTable("0,0\n", {"curve.csv:1", "two points"});
  refuseTable("", {"curve.csv", "two points"});
  refuseTable("0,0\n0.1\n", {"curve.csv:2", "voltage and a current"});
  refuseTable("0,0\n0.1,2e-6,3\n", {"curve.csv:2"});
  refuseTable("0,0\n0.1,nan\n", {"curve.csv:2", "finite"});
  refuseTable("volts,amps\n0,0\n0.1,1e-6\n", {"curve.csv:1"});
  refuseTable("0,0\n0.1,0\n0.2,1e-6\n", {"curve.csv", "table_read_voltage", "conductance is 0"});
  refuse("[device]\nlaw = \"tabulated\"\ntable = \"none.csv\"\n",
         {"h.toml:3", "device.table", "none.csv", "can't be read"});
  refuse("[device]\nlaw = \"tabulated\"\ntable = \".\"\n", {"h.toml:3", "can't be read"});
  refuse("[device]\nlaw = \"tabulated\"\n", {"h.toml:2", "device.table"});
  scratch_.write("curve.csv", "0,0\n0.1,1e-6\n");
  refuse("[device]\nlaw = \"tabulated\"\ntable = \"curve.csv\"\ntable_read_voltage = \"0.2 V\"\n",
         {"curve.csv", "table_read_voltage", "inside the table"});
}

TEST_F(DeviceFiles, AMetastableSwitchIsReadFromItsFile) {
  const std::string toml =
      "[device]\nlaw = \"mean_metastable_switch\"\nr_on = \"500 ohm\"\nr_off = \"1500 ohm\"\nmms_phi = 0.6\n"
      "mms_forward_current = \"1 uA\"\nmms_reverse_current = \"0.2 uA\"\nmms_forward_b = 8\nmms_reverse_b = "
      "5\n";
  EXPECT_NEAR(current(toml, "1e-3", "-0.5"),
              -0.6e-3 * 0.5 + 0.4 * (1e-6 * std::expm1(-4.0) - 2e-7 * std::expm1(2.5)), 1e-17);
}

TEST_F(DeviceFiles, MetastableSwitchesOutOfRange) {
  const std::string head =
      "[device]\nlaw = \"mean_metastable_switch\"\nr_on = \"500 ohm\"\nr_off = \"1500 ohm\"\n";
  refuse("[device]\nlaw = \"mean_metastable_switch\"\n", {"device.g_off", "mms_r_off"});
  refuse(head + "mms_r_on = \"600 ohm\"\n", {"h.toml:3", "device.g_on", "mms_r_on"});
  refuse(head + "mms_r_off = \"400 ohm\"\n", {"h.toml:5", "mms_r_off", "above device.mms_r_on"});
  refuse(head + "mms_tau = 0\n", {"h.toml:5", "mms_tau"});
  refuse(head + "mms_tau = \"-1 ms\"\n", {"h.toml:5", "mms_tau"});
  refuse(head + "mms_phi = 1.1\n", {"h.toml:5", "mms_phi"});
  refuse(head + "mms_forward_current = \"-1 uA\"\n", {"h.toml:5", "mms_forward_current"});
}

TEST_F(DeviceFiles, AccessDevicesOutOfRange) {
  refuse("[access]\nkind = \"diode\"\n", {"h.toml:2", "access.kind", "none, transistor, selector"});
  refuse("[access]\nkp = -1e-4\n", {"h.toml:2", "access.kp"});
  refuse("[access]\nlambda = -0.1\n", {"h.toml:2", "access.lambda"});
  refuse("[access]\nw_over_l = 0\n", {"h.toml:2", "access.w_over_l"});
  refuse("[access]\nselector_v0 = \"-50 mV\"\n", {"h.toml:2", "access.selector_v0"});
  refuse("[access]\nselector_i0 = 0\n", {"h.toml:2", "access.selector_i0"});
  refuse("[access]\nvth = \"0.4 V\"\n", {"h.toml:2", "access.vth", "access.v_th"});
}

}  // namespace
}  // namespace crosstile::test
