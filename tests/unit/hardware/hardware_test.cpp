// SPDX-License-Identifier: Apache-2.0
// Reading and writing hardware files: presets, round trip, settings, and one clear line for every mistake.
#include "platform/hardware/hardware.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "models/base/error.h"
#include "platform/hardware/chip_figures.h"
#include "platform/hardware/nearest.h"
#include "platform/hardware/schema.h"

namespace crosstile {
namespace {

using ::testing::HasSubstr;

/// A hardware file that exists for one test; its name starts every error about it.
class HardwareFile {
 public:
  explicit HardwareFile(const std::string& text) {
    path_ = ::testing::TempDir() + "crosstile-hardware-" + std::to_string(::getpid()) + "-" +
            std::to_string(made_++) + ".toml";
    std::ofstream(path_) << text;
  }
  ~HardwareFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  static inline int made_ = 0;
  std::string path_;
};

std::string errorOf(const std::string& pathOrPreset, const std::vector<std::string>& settings = {}) {
  try {
    loadHardware(pathOrPreset, settings);
  } catch (const BadInput& e) {
    return e.what();
  }
  return "accepted";
}

/// The error of a file, with its path written as FILE.
std::string errorIn(const std::string& text) {
  const HardwareFile file(text);
  std::string error = errorOf(file.path());
  const auto at = error.find(file.path());
  return at == std::string::npos ? error : error.replace(at, file.path().size(), "FILE");
}

TEST(Presets, AreFiveAndLoad) {
  EXPECT_THAT(presetNames(), ::testing::UnorderedElementsAre(
                                 "isaac", "puma", "rram22", "siox-low", "siox-high", "sdc-tungsten",
                                 "sdc-tungsten-100hz", "sdc-chromium", "sdc-carbon"));
  for (const std::string& name : presetNames()) EXPECT_EQ(loadHardware(name).name, name);
}

TEST(Presets, EveryCostHasASource) {
  for (const std::string& name : presetNames()) {
    const Hardware h = loadHardware(name);
    for (int c = 0; c < kComponents; ++c) {
      EXPECT_FALSE(h.cost.of[static_cast<std::size_t>(c)].source.empty())
          << name << " " << toString(static_cast<Component>(c));
    }
    for (const CostPart& part : h.cost.parts) EXPECT_FALSE(part.source.empty()) << name << " " << part.name;
  }
}

TEST(Presets, IsaacIsThePublishedMachine) {
  const Hardware h = loadHardware("isaac");
  EXPECT_EQ(h.chip.tiles(), 168);
  EXPECT_EQ(h.chip.coresPerTile, 12);
  EXPECT_EQ(h.chip.arraysPerCore, 8);
  EXPECT_EQ(h.chip.bufferSize.value, 65536.0);
  EXPECT_EQ(h.array.rWord.value, 1.0);
  EXPECT_DOUBLE_EQ(h.device.gOn.value, 10e-6);
  EXPECT_DOUBLE_EQ(h.device.gOn.value / h.device.gOff.value, 15.0);
  EXPECT_EQ(h.encoding.inputBits, 16);
  EXPECT_TRUE(h.encoding.flippedColumns);
  EXPECT_EQ(h.cost[Component::adc].energy.value, 1.56e-12);
}

TEST(Presets, PumaIsItsSimulatorsMachine) {
  const Hardware h = loadHardware("puma");
  EXPECT_EQ(h.timing.clockPeriod.value, 1e-9);
  EXPECT_EQ(h.chip.coresPerTile, 8);
  EXPECT_EQ(h.chip.arraysPerCore, 16);
  EXPECT_FALSE(h.adc.skipUnusedColumns);
  EXPECT_EQ(chipFigures(h).population.columnsPerArray, 128);
  // 16 reads, the last conversion, shift-add: 1800 ns an MVM within a clock period
  const double mvm = 16 * h.array.readTime.value + 128 * h.adc.period.value + h.timing.shiftAddCycles * 1e-9;
  EXPECT_NEAR(mvm, 1800e-9, 1e-9);
  // an MVM of 8 arrays: arrays and ADCs as the simulator's constants
  const double reads = 8 * 16;
  EXPECT_NEAR(reads * h.cost[Component::array].energy.value, 21.76e-9, 1e-15);
  EXPECT_NEAR(reads * 128 * h.cost[Component::adc].energy.value, 29.4912e-9, 1e-15);
}

TEST(AdcModel, OverwritesTheCostAtBitsAndRate) {
  const Hardware h = loadHardware("isaac", {"cost.adc_model=survey_regression", "adc.period=781.25ps"});
  EXPECT_NEAR(h.cost[Component::adc].energy.value, 1.93e-12, 0.005e-12);
  EXPECT_NEAR(h.cost[Component::adc].power.value, 1.93e-12 * 1.28e9, 1e-5);
  EXPECT_THAT(h.cost[Component::adc].source, HasSubstr("8 bits, 1.28 GS/s, 32 nm"));
  const Hardware finer = loadHardware("isaac", {"cost.adc_model=table_isaac", "adc.bits=10"});
  EXPECT_NEAR(finer.cost[Component::adc].energy.value, 2.38e-12, 1e-18);
  const Hardware sar = loadHardware("rram22", {"cost.supply=0.9V"});
  EXPECT_NEAR(sar.cost[Component::adc].energy.value, 0.70108416e-12, 1e-18);
}

TEST(AdcModel, RefusesWhatItWouldOverwriteAndDesignsOutsideOfItsRange) {
  EXPECT_EQ(errorOf("rram22", {"cost.adc.energy=1pJ"}),
            "--set: cost.adc.energy = 1pJ: cost.adc_model = \"sar_28nm\" would overwrite it: needs "
            "cost.adc_model = "
            "\"explicit\"");
  EXPECT_EQ(errorOf("rram22", {"cost.adc.energy=1pJ", "cost.adc_model=explicit"}), "accepted");
  EXPECT_THAT(
      errorOf("isaac", {"cost.adc_model=survey_regression", "adc.bits=3"}),
      HasSubstr("--set: cost.adc_model = \"survey_regression\": survey_regression covers ADCs from 4 bits"));
  EXPECT_THAT(errorOf("isaac", {"cost.adc_model=best"}), HasSubstr("must be one of explicit, table_isaac"));
}

TEST(Presets, SiOxHoldsThePublishedFit) {
  const Hardware low = loadHardware("siox-low"), high = loadHardware("siox-high");
  EXPECT_NEAR(low.device.gOn.value / low.device.gOff.value, 5.0, 1e-9);
  EXPECT_NEAR(high.device.gOn.value / high.device.gOff.value, 5.0, 1e-9);
  EXPECT_NEAR(high.device.pfSlope[0], -1.030230317777696, 1e-15);
  EXPECT_NEAR(low.device.pfCovariance[1], 0.009651221720470365, 1e-15);
  EXPECT_EQ(high.readout, "device");
  EXPECT_TRUE(high.cost.deviceEnergy);
}

TEST(ToToml, ReadsBackToTheSameForEveryPresetAndForOddValues) {
  for (const std::string& name : presetNames()) {
    const std::vector<std::string> odd{"array.r_word=0.333333333333333314829616256247ohm",
                                       "adc.bits=6",
                                       "device.r_off=91.7Mohm",
                                       "device.mms_r_off=97.3Mohm",
                                       "description=a \"quote\" \\ and\ttab",
                                       "nonideality.drift_nu=-0.0123456789012345",
                                       "cost.part.pool-2.power=1.1mW",
                                       "cost.dac.energy=1.7000000000000003pJ",
                                       "nonideality.age=3h"};
    const std::string text = toToml(loadHardware(name, odd));
    const HardwareFile file(text);
    EXPECT_EQ(toToml(loadHardware(file.path())), text) << name;
  }
}

/// A value that the key accepts and that isn't the present one.
hardware::Value otherValue(const hardware::Key& key, const hardware::Value& present) {
  switch (key.kind) {
    case hardware::Kind::flag:
      return !std::get<bool>(present);
    case hardware::Kind::integer: {
      const auto value = std::get<std::int64_t>(present);
      return value == static_cast<std::int64_t>(key.high) ? value - 1 : value + 1;
    }
    case hardware::Kind::number:
    case hardware::Kind::quantity: {
      const double value = std::get<double>(present);
      return value == key.high ? key.low : (value + key.high) / 2;
    }
    case hardware::Kind::text: {
      if (key.choices.empty()) return std::string("other");
      return std::get<std::string>(present) == key.choices.back() ? key.choices.front() : key.choices.back();
    }
    case hardware::Kind::list:
      return std::vector<double>(key.length, 0.25);
  }
  return {};
}

TEST(Schema, EveryKeySetsItsOwnValueAndNoOther) {
  const Hardware standard;
  for (const hardware::Key& key : hardware::hardwareKeys()) {
    if (key.alias) continue;
    Hardware h;
    const hardware::Value wanted = otherValue(key, key.get(h));
    key.set(h, wanted);
    EXPECT_EQ(key.get(h), wanted) << key.path();
    int changed = 0;
    for (const hardware::Key& other : hardware::hardwareKeys()) {
      if (!other.alias && other.get(h) != other.get(standard)) ++changed;
    }
    EXPECT_EQ(changed, 1) << key.path();
  }
}

TEST(Schema, EveryDefaultIsAllowedAndPrintsBack) {
  const Hardware standard;
  std::set<std::string> paths;
  for (const hardware::Key& key : hardware::hardwareKeys()) {
    EXPECT_TRUE(paths.insert(key.path()).second) << key.path() << " twice";
    EXPECT_FALSE(key.doc.empty()) << key.path();
    if (key.alias || key.kind == hardware::Kind::quantity)
      continue;  // quantities are text in files: see ToToml
    EXPECT_NO_THROW(key.check(key.get(standard))) << key.path();
  }
}

TEST(File, StartsFromAPreset) {
  const HardwareFile file(
      "preset = \"isaac\"\nname = \"mine\"\n[array]\nr_word = \"2.5 ohm\"\nr_source = 0\n");
  const Hardware h = loadHardware(file.path());
  EXPECT_EQ(h.name, "mine");
  EXPECT_EQ(h.array.rWord.value, 2.5);
  EXPECT_EQ(h.array.rBit.value, 1.0);
  EXPECT_EQ(h.chip.tiles(), 168);
}

TEST(Settings, TakeTextWithoutQuotes) {
  const Hardware h = loadHardware(
      "isaac", {"array.r_word=3 ohm", "encoding.input_bits=8", "readout=ir_drop", "array.r_bit = \"4 ohm\"",
                "encoding.flipped_columns=false", "name=12", "array.r_sink=0", "device.pf_slope=[1, -2.5]"});
  EXPECT_EQ(h.array.rWord.value, 3.0);
  EXPECT_EQ(h.array.rBit.value, 4.0);
  EXPECT_EQ(h.array.rSink.value, 0.0);
  EXPECT_EQ(h.encoding.inputBits, 8);
  EXPECT_FALSE(h.encoding.flippedColumns);
  EXPECT_EQ(h.readout, "ir_drop");
  EXPECT_EQ(h.name, "12");
  EXPECT_EQ(h.device.pfSlope[1], -2.5);
}

TEST(Settings, ResistanceKeepsTheOnOffRatioOfTheFile) {
  const Hardware h = loadHardware("isaac", {"device.r_on=10kohm"});
  EXPECT_DOUBLE_EQ(h.device.gOn.value, 100e-6);
  EXPECT_DOUBLE_EQ(h.device.gOff.value, 100e-6 / 15);
  const Hardware both = loadHardware("isaac", {"device.r_on=10kohm", "device.r_off=20kohm"});
  EXPECT_DOUBLE_EQ(both.device.gOff.value, 50e-6);
  EXPECT_DOUBLE_EQ(loadHardware("isaac", {"device.g_on=20uS"}).device.gOff.value, 20e-6 / 15);
}

TEST(Settings, OtherAdcBitsScaleItsCostOnce) {
  const Hardware h = loadHardware("isaac", {"adc.bits=6"});
  EXPECT_NEAR(h.cost[Component::adc].energy.value, 1.56e-12 * 1.20 / 1.67, 1e-20);
  EXPECT_THAT(h.cost[Component::adc].source, HasSubstr("scaled from 8 to 6 bits"));
  const HardwareFile file(toToml(h));
  EXPECT_EQ(loadHardware(file.path()).cost[Component::adc].energy.value, h.cost[Component::adc].energy.value);
}

struct Mistake {
  const char* text;
  const char* error;
};
std::ostream& operator<<(std::ostream& out, const Mistake& m) {
  return out << m.error;
}
class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreOneLineThatNamesFileLineAndKey) {
  const std::string error = errorIn(GetParam().text);
  EXPECT_THAT(error, HasSubstr(GetParam().error));
  EXPECT_EQ(error.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, Mistakes,
    ::testing::Values(
        Mistake{"[adc]\nbits = 0\n", "FILE:2: adc.bits = 0: must be an integer from 1 to 16 (bits)"},
        Mistake{"[adc]\nbits = 8.0\n", "FILE:2: adc.bits = 8.0: must be an integer from 1 to 16 (bits)"},
        Mistake{"\n\n[array]\nr_wrod = \"1 ohm\"\n",
                "FILE:4: unknown key array.r_wrod; did you mean array.r_word?"},
        Mistake{"[converter]\nperiod = 1\n", "FILE:1: unknown key converter"},
        Mistake{"[arry]\nrows = 1\n", "FILE:1: unknown key arry; did you mean array?"},
        Mistake{"[array]\nr_word = 1\n",
                "FILE:2: array.r_word = 1: must be a number with a unit of ohm, such as \"100 kohm\""},
        Mistake{"[array]\nr_word = \"1 V\"\n", "array.r_word = \"1 V\": must be a number with a unit of ohm"},
        Mistake{"[array]\nr_word = \"-1 ohm\"\n", "must be from 0 ohm to 1 Mohm"},
        Mistake{"[array]\nrows = 65536\n",
                "array.rows = 65536: must be an integer from 1 to 65535 (word lines)"},
        Mistake{"[array]\nrows = true\n", "array.rows = true: must be an integer"},
        Mistake{"[array]\nrows = {a = 1}\n", "array.rows = a table: must be an integer"},
        Mistake{"array = 3\n", "FILE:1: array is a section: must hold keys, such as array.rows"},
        Mistake{"[nonideality]\nstuck_on = nan\n", "must be a number from 0 to 1 (probability)"},
        Mistake{"[device]\ng_on = \"1 uS\"\ng_off = \"2 uS\"\n",
                "FILE:2: device.g_on = 1 uS: must be above device.g_off (2 uS)"},
        Mistake{"[device]\nr_on = \"1 ohm\"\ng_on = \"1 S\"\n", "device.g_on and device.r_on both set"},
        Mistake{"[device]\nlaw = \"diode\"\n", "device.law = \"diode\": must be one of "},
        Mistake{"[device]\nlaw = \"poole_frenkel\"\n", "poole_frenkel needs its fit"},
        Mistake{"[device]\npf_covariance = [1.0, 2.0]\n", "must be a list of 3 numbers"},
        Mistake{"[clock]\nperiod = \"833.5 ps\"\n", "must be a whole number of picoseconds"},
        Mistake{"[encoding]\ninput_bits = 2\npulse_bits = 4\n", "must be at most encoding.input_bits (2)"},
        Mistake{"[encoding]\nweight_bits = 4\ncell_bits = 4\nscheme = \"differential\"\n",
                "must be at most 3"},
        Mistake{"[cost.part.\"a b\"]\npower = \"1 W\"\n", "must be letters, digits, _ and -"},
        Mistake{"[cost.part.x]\ncomponent = \"fan\"\n",
                "cost.part.x.component = \"fan\": must be one of array"},
        Mistake{"preset = \"issac\"\n", "FILE:1: preset = \"issac\": no such preset; presets: isaac"},
        Mistake{"preset = \"nowhere.toml\"\n", "FILE:1: preset = \"nowhere.toml\": no such hardware file: "},
        Mistake{"preset = 3\n", "FILE:1: preset = 3: must be the name of a preset or of a hardware file"},
        Mistake{"[array]\nrows = \n", "FILE:2: "}, Mistake{"[array\n", "FILE:1: "}));

TEST(MistakesInSettings, SayWhichSettingAndHow) {
  EXPECT_EQ(errorOf("isaac", {"adc.bits=0"}), "--set: adc.bits = 0: must be an integer from 1 to 16 (bits)");
  EXPECT_EQ(errorOf("isaac", {"adc.bitz=8"}), "--set: unknown key adc.bitz; did you mean adc.bits?");
  EXPECT_EQ(errorOf("isaac", {"adc"}), "--set adc: must be section.key=value, such as array.r_word=1ohm");
  EXPECT_THAT(errorOf("isaac", {"array.r_word=1"}), HasSubstr("must be a number with a unit of ohm"));
  EXPECT_THAT(errorOf("isaac", {"readout=ir_dorp"}), HasSubstr("must be one of ideal, ohmic"));
}

TEST(MistakesInFiles, MissingFileAndFolder) {
  EXPECT_EQ(errorOf("no-such.toml"),
            "no-such.toml: no such hardware file or preset; presets: isaac, puma, rram22, sdc-carbon, "
            "sdc-chromium, sdc-tungsten-100hz, sdc-tungsten, siox-high, siox-low");
  EXPECT_THAT(errorOf(::testing::TempDir()), HasSubstr("is a folder"));
}

TEST(Nearest, TakesTyposSwapsAndWrongSections) {
  const std::vector<std::string> known{"adc.bits", "adc.period", "array.r_word", "encoding.cell_bits"};
  EXPECT_EQ(nearest("adc.bist", known), "adc.bits");
  EXPECT_EQ(nearest("converter.period", known), "adc.period");
  EXPECT_EQ(nearest("array.rword", known), "array.r_word");
}

TEST(KeyReference, IsWhatTheDocsHold) {
  std::ifstream in(std::string(CROSSTILE_SOURCE_DIR) + "/docs/hardware.md");
  ASSERT_TRUE(in) << "docs/hardware.md is missing: crosstile describe --keys > docs/hardware.md";
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), keyReference()) << "out of date: crosstile describe --keys > docs/hardware.md";
}

}  // namespace
}  // namespace crosstile
