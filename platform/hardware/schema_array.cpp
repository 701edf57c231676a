// SPDX-License-Identifier: Apache-2.0
// Keys of the analog array: geometry and wires, the cell, its nonidealities.
#include "models/device/access_device.h"
#include "models/device/device_law.h"
#include "models/device/programming_model.h"
#include "platform/hardware/schema.h"

namespace crosstile::hardware {
namespace {

constexpr double kLeastConductance = 1e-15;
constexpr double kLargestConductance = 10.0;

void addArray(std::vector<Key>& keys) {
  Section<ArrayConfig> s(keys, "array", [](Hardware& h) -> ArrayConfig& { return h.array; });
  s.integer("rows", &ArrayConfig::rows, 1, 65535, "word lines", "Word lines of an array");
  s.integer("columns", &ArrayConfig::columns, 1, 65535, "bit lines",
            "Data bit lines of an array; offset and reference columns come on top");
  s.quantity("r_word", &ArrayConfig::rWord, 0, 1e6, "One segment of a word line");
  s.quantity("r_bit", &ArrayConfig::rBit, 0, 1e6, "One segment of a bit line");
  s.quantity("r_source", &ArrayConfig::rSource, 0, 1e9, "Driver, in series with a word line's first segment");
  s.quantity("r_sink", &ArrayConfig::rSink, 0, 1e9, "Sense input, in series with a bit line's last segment");
  s.flag("drive_both_ends", &ArrayConfig::driveBothEnds,
         "Word lines are driven at both ends, each through r_source (readout circuit)");
  s.flag("float_idle_rows", &ArrayConfig::floatIdleRows,
         "Word lines without input are unconnected rather than driven with 0 V (readout circuit; slow)");
  s.number(
      "circuit_tolerance", &ArrayConfig::circuitTolerance, 1e-13, 0.1, "of the largest current",
      "Readout circuit: L1 norm of the Kirchhoff residual, which bounds the sum of the currents' errors");
  s.quantity(
      "c_segment", &ArrayConfig::cSegment, 0, 1e-9,
      "Capacitance of one wire segment, for the settling time in `describe`; with c_cell = 0 too: not given");
  s.quantity("c_cell", &ArrayConfig::cCell, 0, 1e-9, "Capacitance of one cell, counted on both of its lines");
  s.number("circuit_error", &ArrayConfig::circuitError, 0, 0.1, "of the largest current",
           "Readout circuit, the fast path: the error of each current is at most this, by a bound checked "
           "for every "
           "read; 0: solved to circuit_tolerance");
  s.quantity("read_voltage", &ArrayConfig::readVoltage, 1e-6, 10, "Voltage of the largest input digit");
  s.quantity("read_time", &ArrayConfig::readTime, 1e-12, 1, "One pulse: DAC, settling, array, sample");
  s.flag("reference_column", &ArrayConfig::referenceColumn,
         "A column of cells at G_off whose current is subtracted from every other's");
  s.text("unused_cells", &ArrayConfig::unusedCells, {"off", "absent"},
         "Cells that hold no weight: off: at g_off; absent: never formed, they carry no current");
  s.text("emulator", &ArrayConfig::emulator, {},
         "File of `crosstile emulator train`, for the readout emulator; beside the hardware file or from "
         "where the "
         "program runs");
}

/// Resistances state the conductances; on_off_ratio states G_off once G_on is known (the reader applies it
/// last).
void addConductanceAliases(Section<DeviceConfig>& s) {
  const auto resistance = [&](const char* name, Siemens DeviceConfig::*member, const char* doc) {
    Key& key = s.start(name, Kind::quantity, doc);
    key.unit = Unit::ohm;
    key.low = 1.0 / kLargestConductance;
    key.high = 1.0 / kLeastConductance;
    key.alias = true;
    key.set = [get = s.get(), member](Hardware& h, const Value& v) {
      get(h).*member = Siemens{1.0 / std::get<double>(v)};
    };
  };
  resistance("r_on", &DeviceConfig::gOn, "1/g_on, instead of g_on");
  resistance("r_off", &DeviceConfig::gOff, "1/g_off, instead of g_off");
  Key& ratio = s.start("on_off_ratio", Kind::number, "g_on/g_off, instead of g_off or r_off");
  ratio.low = 1.0001;
  ratio.high = 1e9;
  ratio.alias = true;
  ratio.set = [get = s.get()](Hardware& h, const Value& v) {
    get(h).gOff = Siemens{get(h).gOn.value / std::get<double>(v)};
  };
}

void addMetastableSwitch(std::vector<Key>& keys) {
  using M = MetastableSwitchConfig;
  Section<M> s(keys, "device", [](Hardware& h) -> M& { return h.device.mms; });
  s.quantity("mms_r_on", &M::rOn, 1e-3, 1e15, "mean_metastable_switch: resistance with all switches on");
  s.quantity("mms_r_off", &M::rOff, 1e-3, 1e15, "mean_metastable_switch: resistance with all switches off");
  s.quantity("mms_v_on", &M::vOn, -10, 10, "mean_metastable_switch: threshold of going on");
  s.quantity("mms_v_off", &M::vOff, -10, 10,
             "mean_metastable_switch: going off begins at minus this voltage");
  s.quantity("mms_tau", &M::tau, 1e-15, 1e15, "mean_metastable_switch: time constant of the switches");
  s.quantity("mms_v_t", &M::vT, 0, 10, "mean_metastable_switch: width of both thresholds; 0: kT/e");
  s.number("mms_phi", &M::phi, 0, 1, "",
           "mean_metastable_switch: I = phi G V + (1 - phi) (a_f (exp(b_f V) - 1) - a_r (exp(-b_r V) - 1))");
  s.quantity("mms_forward_current", &M::forwardCurrent, 0, 10, "mean_metastable_switch: a_f");
  s.quantity("mms_reverse_current", &M::reverseCurrent, 0, 10, "mean_metastable_switch: a_r");
  s.number("mms_forward_b", &M::forwardB, 0, 1e3, "1/V", "mean_metastable_switch: b_f");
  s.number("mms_reverse_b", &M::reverseB, 0, 1e3, "1/V", "mean_metastable_switch: b_r");
  s.quantity("mms_hold_below", &M::holdBelow, 0, 10,
             "mean_metastable_switch: the state is frozen while |V| is below this; 0: it always moves");
  s.integer(
      "mms_switches", &M::switches, 0, 1'000'000'000, "switches",
      "mean_metastable_switch: how many, for pulses that turn a number of them that is drawn; 0: their mean");
  s.number("mms_d2d_r_on", &M::d2dROn, 0, 3, "of ln R_on",
           "mean_metastable_switch: standard deviation from device to device (closed-loop programming)");
  s.number("mms_d2d_r_off", &M::d2dROff, 0, 3, "of ln R_off", "mean_metastable_switch: the same of R_off");
  s.number("mms_d2d_tau", &M::d2dTau, 0, 5, "of ln tau", "mean_metastable_switch: the same of tau");
  s.quantity("mms_d2d_threshold", &M::d2dThreshold, 0, 1,
             "mean_metastable_switch: the same of V_on, and of V_off");
  s.number("mms_c2c_tau", &M::c2cTau, 0, 5, "of ln tau",
           "mean_metastable_switch: standard deviation from pulse to pulse (closed-loop programming)");
  s.quantity("mms_c2c_threshold", &M::c2cThreshold, 0, 1,
             "mean_metastable_switch: the same, of the shift of both thresholds");
}

void addDevice(std::vector<Key>& keys) {
  Section<DeviceConfig> s(keys, "device", [](Hardware& h) -> DeviceConfig& { return h.device; });
  s.text("law", &DeviceConfig::law, deviceLawNames(), "Current-voltage law of the cell");
  s.quantity("g_on", &DeviceConfig::gOn, kLeastConductance, kLargestConductance,
             "Highest programmed conductance");
  s.quantity("g_off", &DeviceConfig::gOff, kLeastConductance, kLargestConductance,
             "Lowest programmed conductance");
  addConductanceAliases(s);
  s.number("sinh_b", &DeviceConfig::sinhB, 1e-6, 1e3, "1/V", "sinh: I = G sinh(B V)/B");
  s.list("pf_slope", &DeviceConfig::pfSlope, "poole_frenkel: slopes of ln c and ln d_eps against ln R");
  s.list("pf_intercept", &DeviceConfig::pfIntercept, "poole_frenkel: intercepts of ln c and ln d_eps");
  s.list("pf_covariance", &DeviceConfig::pfCovariance,
         "poole_frenkel: covariance of the residuals, {Sigma11, Sigma12, Sigma22}");
  s.number(
      "log_linear_n", &DeviceConfig::logLinearN, 2, 100, "",
      "log_linear: I = V_ref G (V/V_ref)^(log2 n), the factor n of current when the voltage doubles: mean");
  s.number("log_linear_n_sigma", &DeviceConfig::logLinearNSigma, 0, 100, "",
           "log_linear: standard deviation of n over the cells, before truncation at 2");
  s.quantity("log_linear_reference_voltage", &DeviceConfig::logLinearReference, 1e-6, 10,
             "log_linear: V_ref, the voltage at which a cell's I/V is its G");
  s.text("table", &DeviceConfig::table, {},
         "tabulated: CSV file of the curve, `voltage,current` a line in volt and ampere, relative to the "
         "hardware "
         "file");
  s.quantity("table_read_voltage", &DeviceConfig::tableReadVoltage, -10, 10,
             "tabulated: a cell's G is its I/V at this voltage; 0: its slope at 0 V");
  addMetastableSwitch(keys);
  s.quantity("temperature", &DeviceConfig::temperature, 1, 2000, "Of the cells");
  s.quantity("reference_temperature", &DeviceConfig::referenceTemperature, 1, 2000,
             "T_ref, at which conductances and retention_time are stated");
  s.number("temperature_coefficient", &DeviceConfig::temperatureCoefficient, -0.1, 0.1, "1/K",
           "alpha of G(T) = G (1 + alpha (T - T_ref)); poole_frenkel has the temperature in its law as well");
  s.quantity("write_time", &DeviceConfig::writeTime, 1e-12, 3600, "One programming pulse");
  s.quantity("write_voltage", &DeviceConfig::writeVoltage, 1e-6, 100, "One programming pulse");
  s.quantity("rated_voltage", &DeviceConfig::ratedVoltage, 0, 100,
             "Largest amplitude of a pulse that the cell stands; 0: not stated");
  s.number("endurance", &DeviceConfig::endurance, 0, 1e18, "pulses",
           "mean_metastable_switch: pulses after which a cell no longer moves, median; 0: without end");
  s.number("endurance_sigma", &DeviceConfig::enduranceSigma, 0, 5, "of ln endurance",
           "Standard deviation of the endurance over the cells");
}

void addProgramming(std::vector<Key>& keys) {
  using P = ProgrammingConfig;
  Section<P> s(keys, "programming", [](Hardware& h) -> P& { return h.programming; });
  s.text("method", &P::method, {"one-shot", "write-verify"},
         "one-shot: one pulse a cell lands where [nonideality] says; write-verify: pulses and reads until "
         "the cell is "
         "within its tolerance");
  s.text("select", &P::select, {"1t1r", "half", "third"},
         "What other cells see of a pulse of V: 1t1r: nothing; half: V/2 on its row and column; third: V/3 "
         "on its row "
         "and column, -V/3 elsewhere");
  s.text("parallel", &P::parallel, {"row", "cell"},
         "Cells of a row are written at once (1t1r), or one after another");
  s.quantity("set_voltage", &P::setVoltage, 1e-6, 100, "First pulse towards higher G");
  s.quantity("reset_voltage", &P::resetVoltage, 1e-6, 100, "First pulse towards lower G (minus this)");
  s.quantity("voltage_step", &P::voltageStep, 0, 100, "Added from pulse to pulse in one direction");
  s.quantity("largest_voltage", &P::largestVoltage, 1e-6, 100, "Where the amplitudes end");
  s.quantity("gap", &P::gap, 0, 3600, "At 0 V behind each pulse");
  s.integer("pulse_budget", &P::pulseBudget, 1, 1'000'000'000, "pulses",
            "At most so many pulses a cell and pass");
  s.integer("passes", &P::passes, 1, 1000, "passes",
            "Over the array; from the second on those cells that have left their tolerance");
  s.number("tolerance_of_g", &P::toleranceOfG, 0, 1, "of the target",
           "A cell is reached within the larger of this ...");
  s.number("tolerance_of_range", &P::toleranceOfRange, 0, 1, "of G_on - G_off", "... and this");
  s.flag("initial_reset", &P::initialReset, "Begin with one pulse of minus largest_voltage a cell");
  s.quantity("initial_reset_time", &P::initialResetTime, 0, 3600, "Its width");
  s.text("initial_state", &P::initialState, {"off", "on", "random"},
         "Of metastable switches before they are programmed; random: uniform in x");
  s.quantity("series_resistance", &P::seriesResistance, 0, 1e12,
             "In the path of a pulse, outside of the cell");
  s.quantity("switch_resistance", &P::switchResistance, 0, 1e12, "Of a cell's closed switch, the same");
  s.quantity("compliance_current", &P::compliance, 0, 100,
             "The driver limits a pulse's current to this; 0: it doesn't");
  s.number("sense_noise_of_g", &P::senseNoiseOfG, 0, 1, "of G", "Standard deviation of a verifying read ...");
  s.number("sense_noise_of_range", &P::senseNoiseOfRange, 0, 1, "of G_on - G_off",
           "... and this, in quadrature");
  s.integer("sense_bits", &P::senseBits, 0, 24, "bits",
            "Resolution of a verifying read, from 0 to g_on; 0: exact");
}

void addAccess(std::vector<Key>& keys) {
  using A = AccessConfig;
  Section<A> s(keys, "access", [](Hardware& h) -> A& { return h.array.access; });
  s.text("kind", &A::kind, accessKinds(),
         "Device in series with each cell, on its bit line's side: none, NMOS transistor (1T1R) or "
         "two-terminal selector (1S1R)");
  s.number("kp", &A::kp, 1e-12, 10, "A/V^2", "transistor: transconductance parameter (SPICE's KP)");
  s.number("w_over_l", &A::widthOverLength, 1e-3, 1e6, "", "transistor: width over length of the channel");
  s.quantity("v_th", &A::threshold, -10, 10, "transistor: threshold voltage (SPICE's VTO), no body effect");
  s.number("lambda", &A::lambda, 0, 10, "1/V", "transistor: channel-length modulation (SPICE's LAMBDA)");
  s.quantity("gate_voltage", &A::gateVoltage, -100, 100, "transistor: gates during a read, against 0 V");
  s.quantity("selector_i0", &A::selectorI0, 1e-24, 1, "selector: I0 of I = I0 sinh(V/V0)");
  s.quantity("selector_v0", &A::selectorV0, 1e-3, 10, "selector: V0; 2.3 V0 make a decade of current");
}

void addNonideality(std::vector<Key>& keys) {
  using N = NonidealityConfig;
  Section<N> s(keys, "nonideality", [](Hardware& h) -> N& { return h.nonideality; });
  s.number("programming_error_of_g", &N::programmingErrorOfG, 0, 1, "of G",
           "Programming error: standard deviation as a fraction of each cell's G");
  s.number("programming_error_of_range", &N::programmingErrorOfRange, 0, 1, "of G_on - G_off",
           "Programming error: standard deviation as a fraction of the range");
  s.number("d2d_sigma_on", &N::d2dSigmaOn, 0, 5, "of ln R", "Device-to-device lognormal sigma at R_on");
  s.number("d2d_sigma_off", &N::d2dSigmaOff, 0, 5, "of ln R",
           "Device-to-device lognormal sigma at R_off; linear in R between, mean of R kept");
  s.number("stuck_off", &N::stuckOff, 0, 1, "probability", "Cells stuck at G_off");
  s.number("stuck_on", &N::stuckOn, 0, 1, "probability", "Cells stuck at G_on");
  s.integer("levels", &N::levels, 0, 65536, "levels",
            "Levels that a cell can be programmed to, G_off and G_on included; 0: continuous");
  s.number("read_noise_of_g", &N::readNoiseOfG, 0, 1, "of G",
           "Read noise: standard deviation of each read as a fraction of each cell's G");
  s.number("read_noise_of_range", &N::readNoiseOfRange, 0, 1, "of G_on - G_off",
           "Read noise: standard deviation of each read as a fraction of the range");
  s.number("drift_nu", &N::driftNu, -1, 1, "", "Drift G(t) = G (t/t0)^-nu: mean of nu over the cells");
  s.number("drift_nu_sigma", &N::driftNuSigma, 0, 1, "", "Drift: standard deviation of nu over the cells");
  s.quantity("drift_t0", &N::driftT0, 1e-12, 1e12, "Drift: the time at which G was programmed");
  s.quantity("age", &N::age, 0, 1e12, "Time since programming; 0: no drift");
  s.flag("law_residual", &N::lawResidual,
         "Draw the law's residuals of each cell (poole_frenkel, log_linear)");
  s.text(
      "draw", &N::draw, {"programming", "batch"},
      "What programming leaves to chance is drawn once a programming of the chip, or (batch) anew for every "
      "draw_images consecutive images");
  s.integer("draw_images", &N::drawImages, 1, 1'000'000, "images", "Images a draw when draw = \"batch\"");
}

/// Cells that don't obey: at a value, at measured values, at known places.
void addFaults(std::vector<Key>& keys) {
  using N = NonidealityConfig;
  Section<N> s(keys, "nonideality", [](Hardware& h) -> N& { return h.nonideality; });
  s.number("stuck_value_probability", &N::stuckValueProbability, 0, 1, "probability",
           "Cells stuck at stuck_value");
  s.quantity("stuck_value", &N::stuckValue, 0, 10, "Conductance of cells stuck at a value; 0: open");
  s.number("stuck_distribution_probability", &N::stuckDistributionProbability, 0, 1, "probability",
           "Cells stuck at a conductance of their own, drawn from stuck_distribution");
  s.text("stuck_distribution", &N::stuckDistribution, {},
         "CSV file of measured conductances of stuck cells, one a line in siemens, relative to the hardware "
         "file; drawn from their kernel density (truncated normals, Scott's bandwidth)");
  s.text(
      "yield_map", &N::yieldMap, {},
      "CSV file of known faults, a line a word line, relative to the hardware file: 0 or ok (as programmed), "
      "on, off, open, or a conductance in siemens a cell; array.rows lines for every array, or for array 0, "
      "1, ...");
}

void addAgeing(std::vector<Key>& keys) {
  using N = NonidealityConfig;
  Section<N> s(keys, "nonideality", [](Hardware& h) -> N& { return h.nonideality; });
  s.text("programming_model", &N::programmingModel, programmingModelNames(),
         "Published programming error, added to programming_error_*: pcm (scales with g_on), rram_milo (g_on "
         "50 to 225 uS), rram_wan (g_on up to 39.3 uS)");
  s.text("drift_model", &N::driftModel, {"constant", "pcm"},
         "constant: drift_nu, drift_nu_sigma; pcm: nu by each cell's G/g_on");
  s.flag("drift_compensation", &N::driftCompensation,
         "One digital scale an array: its summed column currents just after programming over those at `age`");
  s.quantity("retention_time", &N::retentionTime, 0, 1e15,
             "Cells relax to retention_conductance with this time constant at T_ref; 0: they don't");
  s.quantity("retention_conductance", &N::retentionConductance, 0, 10, "Where cells relax to; 0: g_off");
  s.number("retention_activation_energy", &N::retentionActivationEnergy, 0, 10, "eV",
           "Arrhenius: tau(T) = retention_time exp((E_a/k)(1/T - 1/T_ref))");
  s.number("reads", &N::reads, 0, 1e18, "reads", "Earlier reads of every cell");
  s.number("read_disturb_of_g", &N::readDisturbOfG, -1, 10, "of G",
           "Shift of G after 10^6 reads: G (1 + shift (reads/10^6)^read_disturb_exponent)");
  s.number("read_disturb_exponent", &N::readDisturbExponent, 0, 5, "", "How the shift grows with reads");
}

void addReadingNoise(std::vector<Key>& keys) {
  using N = NonidealityConfig;
  Section<N> s(keys, "nonideality", [](Hardware& h) -> N& { return h.nonideality; });
  s.text("read_noise_model", &N::readNoiseModel, {"none", "pcm"},
         "pcm: 1/f noise of each cell accumulated up to `age`, the same for all inputs");
  s.number("rtn_amplitude_of_g", &N::rtnAmplitudeOfG, 0, 1, "of G",
           "Random telegraph noise: step between a cell's two states, its mean kept; one state an image");
  s.number("rtn_probability", &N::rtnProbability, 0, 1, "probability", "Cells with random telegraph noise");
  s.number("rtn_occupancy", &N::rtnOccupancy, 0, 1, "probability",
           "Random telegraph noise: share of the time in the state of lower conductance");
  s.flag("thermal_noise", &N::thermalNoise,
         "Johnson noise of the cells, 4 k T G over the bandwidth 1/(2 array.read_time)");
  s.flag("shot_noise", &N::shotNoise, "Shot noise of the cells, 2 q |I| over the same bandwidth");
}

}  // namespace

void addArrayKeys(std::vector<Key>& keys) {
  addArray(keys);
  addDevice(keys);
  addAccess(keys);
  addProgramming(keys);
  addNonideality(keys);
  addFaults(keys);
  addAgeing(keys);
  addReadingNoise(keys);
}

}  // namespace crosstile::hardware
