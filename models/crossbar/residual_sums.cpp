// SPDX-License-Identifier: Apache-2.0
#include "models/crossbar/residual_sums.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "models/crossbar/residual_kernel.h"
#include "models/crossbar/row_response.h"

namespace crosstile {
namespace {

constexpr int kNodes = 8;
constexpr double kPi = 3.14159265358979323846;

/// The voltages at which rows are solved, and every digit as a combination of them.
struct DigitTerms {
  std::vector<double> voltages;
  std::vector<std::vector<CurrentTable::Term>> digits;
};

/// Everything tabulated vanishes at 0 V, so X(V)/V is interpolated, at Chebyshev nodes in sqrt V: smooth both
/// for laws in V and in sqrt V. The nodes span the emulator's range, so that a digit's terms are its own.
DigitTerms interpolated(Span<const double> digitVoltages, double largest) {
  DigitTerms terms;
  const double high = std::sqrt(largest);
  std::vector<double> nodes;
  for (int k = 0; k < kNodes; ++k) {
    nodes.push_back(0.5 * high * (1.0 + std::cos(kPi * (k + 0.5) / kNodes)));
    terms.voltages.push_back(nodes.back() * nodes.back());
  }
  for (const double v : digitVoltages) {
    terms.digits.emplace_back();
    for (int k = 0; k < kNodes && v != 0.0; ++k) {
      double lagrange = v / terms.voltages[static_cast<std::size_t>(k)];
      for (int m = 0; m < kNodes; ++m) {
        const auto at = [&](int n) { return nodes[static_cast<std::size_t>(n)]; };
        if (m != k) lagrange *= (std::sqrt(v) - at(m)) / (at(k) - at(m));
      }
      terms.digits.back().push_back({k, lagrange});
    }
  }
  return terms;
}

DigitTerms termsOf(Span<const double> digitVoltages, double largest) {
  const auto driven = static_cast<std::size_t>(
      std::count_if(digitVoltages.begin(), digitVoltages.end(), [](double v) { return v != 0.0; }));
  if (driven > ResidualSums::kMostExactDigits) return interpolated(digitVoltages, largest);
  DigitTerms terms;
  for (const double v : digitVoltages) {
    terms.digits.emplace_back();
    if (v == 0.0) continue;
    terms.digits.back().push_back({static_cast<int>(terms.voltages.size()), 1.0});
    terms.voltages.push_back(v);
  }
  return terms;
}

/// sqrt(lambda_k) u_k of the bit lines' kernel R, the largest lambda first: [rank][row]. Their sign makes the
/// sums of C positive.
std::vector<std::vector<double>> bitLineModes(const EmulatorTechnology& t) {
  const int n = t.rows;
  Eigen::MatrixXd r(n, n);
  for (int i = 0; i < n; ++i) {
    for (int m = 0; m < n; ++m) r(i, m) = t.wires.rSink + t.wires.rBit * (n - std::max(i, m));
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(r);
  std::vector<std::vector<double>> modes;
  for (int k = 0; k < ResidualSums::kRank; ++k) {
    modes.emplace_back(static_cast<std::size_t>(n), 0.0);
    if (k >= n) continue;
    Eigen::VectorXd u = solver.eigenvectors().col(n - 1 - k);
    if (u.sum() < 0.0) u = -u;
    const double scale = std::sqrt(std::max(0.0, solver.eigenvalues()(n - 1 - k)));
    for (int i = 0; i < n; ++i) modes.back()[static_cast<std::size_t>(i)] = scale * u(i);
  }
  return modes;
}

/// share_j: the part of an array's conductance that column j holds.
std::vector<double> columnShares(const ProgrammedArray& array) {
  const auto columns = static_cast<std::size_t>(array.columns);
  std::vector<double> share(columns, 0.0);
  double total = 0.0;
  for (std::size_t c = 0; c < array.conductance.size(); ++c) {
    share[c % columns] += array.conductance[c];
    total += array.conductance[c];
  }
  for (double& s : share) s = total > 0.0 ? s / total : 0.0;
  return share;
}

}  // namespace

ResidualSums::ResidualSums(const EmulatorTechnology& technology, const ProgrammedArray& array,
                           Span<const double> digitVoltages)
    : columnStride_(paddedFloats(static_cast<std::size_t>(array.columns))),
      unitAmpere_(technology.rows * technology.device.gOn.value * technology.voltage) {
  DigitTerms terms = termsOf(digitVoltages, technology.voltage);
  table_.rows = array.rows;
  table_.terms = static_cast<int>(terms.voltages.size());
  table_.columns = static_cast<int>(kBlocks * columnStride_) + kRank;
  table_.stride = static_cast<int>(paddedFloats(static_cast<std::size_t>(table_.columns)));
  for (const auto& digit : terms.digits) {
    table_.digits.emplace_back();
    for (const CurrentTable::Term& t : digit)
      table_.digits.back().push_back({t.index, static_cast<float>(t.coefficient)});
  }
  tabulate(technology, array, terms.voltages);
  // rowPower_ holds row currents of the terms up to here.
  const std::vector<double> rowCurrent = std::move(rowPower_);
  const auto rows = static_cast<std::size_t>(array.rows);
  rowPower_.assign(digitVoltages.size() * rows, 0.0);
  for (std::size_t d = 0; d < digitVoltages.size(); ++d) {
    for (const CurrentTable::Term& t : terms.digits[d]) {
      for (std::size_t i = 0; i < rows; ++i)
        rowPower_[d * rows + i] +=
            digitVoltages[d] * t.coefficient * rowCurrent[static_cast<std::size_t>(t.index) * rows + i];
    }
  }
}

/// Rows of the table in double, rounded once. A mode's square root of lambda is in A as well as in C and D,
/// so that products of the two carry lambda; A is in unitAmpere(), and C and D in its inverse per volt.
void ResidualSums::tabulate(const EmulatorTechnology& technology, const ProgrammedArray& array,
                            const std::vector<double>& voltages) {
  const auto modes = bitLineModes(technology);
  const std::vector<double> share = columnShares(array);
  const auto columns = static_cast<std::size_t>(array.columns), rows = static_cast<std::size_t>(array.rows);
  const std::size_t width = static_cast<std::size_t>(table_.stride);
  table_.current.assign(static_cast<std::size_t>(table_.terms) * rows * width, 0.0F);
  rowPower_.assign(voltages.size() * rows, 0.0);
  std::vector<double> base(kBlocks * columnStride_, 0.0);
  RowSolver solver(array, technology.wires);
  std::vector<double> drives{0.0};  // lane 0: at rest
  drives.insert(drives.end(), voltages.begin(), voltages.end());
  const std::size_t lanes = drives.size();
  for (std::size_t i = 0; i < rows; ++i) {
    const RowResponse& r = solver.solve(static_cast<int>(i), drives);
    const auto returned = [&](std::size_t at) { return r.slope[at] * r.follow[at]; };
    for (std::size_t k = 0; k < kRank; ++k) {
      for (std::size_t j = 0; j < columns; ++j) {
        base[(1 + kRank + k) * columnStride_ + j] += modes[k][i] * r.slope[j * lanes];
        base[(1 + 2 * kRank + k) * columnStride_ + j] += modes[k][i] * returned(j * lanes);
      }
    }
    for (std::size_t t = 0; t < voltages.size(); ++t) {
      float* to = table_.current.data() + (t * rows + i) * width;
      double weighted = 0.0;  // over the columns' shares
      for (std::size_t j = 0; j < columns; ++j) {
        const std::size_t rest = j * lanes, at = rest + 1 + t;
        const double current = r.current[at] / unitAmpere_;
        to[j] = static_cast<float>(current);
        weighted += share[j] * current;
        rowPower_[t * rows + i] += r.current[at];
        for (std::size_t k = 0; k < kRank; ++k) {
          const auto put = [&](std::size_t block, double x) {
            to[block * columnStride_ + j] = static_cast<float>(modes[k][i] * x);
          };
          put(1 + k, current);
          put(1 + kRank + k, r.slope[at] - r.slope[rest]);
          put(1 + 2 * kRank + k, returned(at) - returned(rest));
        }
      }
      for (std::size_t k = 0; k < kRank; ++k)
        to[kBlocks * columnStride_ + k] = static_cast<float>(modes[k][i] * weighted);
    }
  }
  base_.assign(base.size(), 0.0F);
  for (std::size_t c = 0; c < base.size(); ++c) base_[c] = static_cast<float>(base[c]);
}

void ResidualSums::read(Span<const Pulse> pulses, float* sums) const {
  readPulses(table_, pulses, sums, nullptr);
}

void ResidualSums::features(const float* sums, float* features) const {
  residualFeatures({base_.data(), sums, columnStride_}, features);
}

void ResidualSums::currents(const TwoLayerNetwork& network, const float* sums, float* current) const {
  residualCurrents(network, {base_.data(), sums, columnStride_}, current);
}

}  // namespace crosstile
