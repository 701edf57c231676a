// SPDX-License-Identifier: Apache-2.0
// Pulse-response ("step") devices of learning studies: what one identical programming pulse does to a weight.
// A cell holds a weight w between its own bounds, in units in which the nominal range is about -1 to 1 (no
// siemens: learning sees (G - G_ref) over half of the range). Laws, with scales s_up, s_down and bounds
// w_max, w_min of each cell:
//     constant      dw = s                                         Gokmen & Vlasov, Front. Neurosci. 2016
//     linear        dw = s (1 - gamma w/b)                         b the nominal bound ahead of the pulse
//     soft_bounds   dw = s (1 - w/b)                               b the cell's own bound: it is never passed
//     on average exponential   dw = s max(1 - A exp(+-gamma z), 0),  z = 2 a w/(w_max - w_min) + b
//                   + up, - down; Gong et al., Nat. Commun. 2018 (ReRAM); Nandakumar et al., Front. Neurosci.
//                   2020 (PCM)
// and one pulse moves the weight by +-(dw + sigma n), n ~ N(0, 1) fresh for each pulse, then clips it to the
// bounds.
//     sigma = c2c (|dw| + c2c_add + c2c_slope |w|)   multiplicative noise;   sigma = c2c s   otherwise
// Device to device, n_i ~ N(0, 1) fresh for each cell:
//     s_up = dw_min (1 + min(u, 0) + d2d n_1 + u_d2d n_2),  s_down = dw_min (1 - max(u, 0) + d2d n_1 - u_d2d
//     n_2),  u = up_down w_max (1 + d2d_max n_3),  w_min (1 + d2d_min n_4)      a cell whose bounds cross is
//     stuck halfway between them
// These laws, the way variation enters and the constants of stepDevice() are those of aihwkit (Rasch et al.,
// AICAS 2021, presets/devices.py), which fitted them to the publications named.
#pragma once

#include <string>
#include <vector>

namespace crosstile {

enum class StepLaw { constant, linear, softBounds, exponential };

struct StepDevice {
  std::string name;
  std::string source;  ///< where the constants come from
  StepLaw law = StepLaw::constant;
  double dwMin = 0.001;  ///< nominal step, weight
  double upDown = 0.0;   ///< asymmetry u: down steps are smaller by u when positive, up steps when negative
  double wMax = 1.0, wMin = -1.0;                 ///< nominal bounds; 0 lies between them
  double gammaUp = 0.0;                           ///< linear: slope; exponential: exponent
  double gammaDown = 0.0;                         ///< the same of down pulses
  double a = 0.0, b = 0.0;                        ///< exponential: z
  double amplitudeUp = 0.0, amplitudeDown = 0.0;  ///< exponential: A
  double dwMinD2d = 0.0, upDownD2d = 0.0, wMaxD2d = 0.0, wMinD2d = 0.0;
  double c2c = 0.0;  ///< standard deviation of a pulse over its mean
  double c2cAdd = 0.0, c2cSlope = 0.0;
  bool multiplicativeNoise = true;
  /// After a pulse a cell reads w + write_noise dw_min n, n ~ N(0, 1) until its next pulse. 0: none
  double writeNoise = 0.0;
  /// Pulses only raise a cell: a weight is a pair, w = plus - minus, down pulses go to minus, and both are
  /// reset and written anew when they are used up.
  bool oneSided = false;
  double reset = 0.0, resetD2d = 0.0;  ///< one-sided: weight after a reset, and its deviation between cells

  /// Mean step at weight w of a nominal cell (magnitude).
  double meanUp(double w) const;
  double meanDown(double w) const;
  /// Weight at which up and down pulses of a nominal cell cancel on average; of a one-sided pair, 0. The
  /// constant law has none unless its steps are equal: then every weight is, and 0 is returned.
  /// @throws BadInput when the steps cross nowhere between the bounds
  double symmetryPoint() const;
  /// The step that update rules reckon with: mean of up and down at w = 0; one-sided: of an up pulse halfway.
  double granularity() const;
};

/// Names of the published devices:
///   ideal        constant, symmetric, 0.001, no variation                                      (a reference,
///   not a device) constant     Gokmen & Vlasov 2016: dw_min 0.0016 (1,200 states), d2d 0.3, c2c 0.3, u_d2d
///   0.01, bounds +-1 (0.3) linear       capacitor, Li et al., VLSI 2018: dw_min 0.005, gamma 0.05, d2d 0.1,
///   c2c 0.3 soft_bounds  ReRAM, loose fit to Gong et al. 2018: dw_min 0.002, bounds 1.25 and -0.75, d2d 0.3,
///   c2c 3.75 reram_es     ReRAM, Gong et al. 2018: dw_min 0.00135, up/down 0.259, d2d 0.2, c2c 5, gamma 5
///   pcm          one-sided phase change, Nandakumar et al. 2020: dw_min 0.01, w_max 2, gamma 2.5
std::vector<std::string> stepDeviceNames();
/// @throws BadInput for an unknown name, listing the known ones
StepDevice stepDevice(const std::string& name);
/// @throws BadInput naming the constant that is out of range
void checkStepDevice(const StepDevice& device);

}  // namespace crosstile
