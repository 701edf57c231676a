// SPDX-License-Identifier: Apache-2.0
// Elmore delays against closed forms and against exact step responses from eigenvalues.
#include "models/crossbar/settling.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

namespace crosstile {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// Step response of out . v with G v + C dv/dt = e, C = c I: a sum of exponentials, exactly.
class StepResponse {
 public:
  StepResponse(const Matrix& g, double c, const Vector& drive, const Vector& out) : c_(c) {
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(g);
    lambda_ = eigen.eigenvalues();
    weight_ = (eigen.eigenvectors().transpose() * drive)
                  .cwiseProduct(eigen.eigenvectors().transpose() * out)
                  .cwiseQuotient(lambda_);
  }
  double settled() const { return weight_.sum(); }
  /// 1 - v(t)/v(infinity).
  double missing(double t) const {
    return weight_.dot((-t / c_ * lambda_).array().exp().matrix()) / settled();
  }
  double firstMoment() const { return c_ * weight_.cwiseQuotient(lambda_).sum() / settled(); }

 private:
  double c_;
  Vector lambda_, weight_;
};

void connect(Matrix& g, int a, int b, double conductance) {
  g(a, a) += conductance;
  g(b, b) += conductance;
  g(a, b) -= conductance;
  g(b, a) -= conductance;
}

TEST(Elmore, OfASingleNodeIsItsTimeConstant) {
  EXPECT_DOUBLE_EQ(elmoreDelay(std::vector<double>{0.0}, 3.0, 7.0, 2e-15), 10.0 * 2e-15);
  // Source and cell in parallel discharge it.
  EXPECT_DOUBLE_EQ(elmoreDelay(std::vector<double>{0.1}, 3.0, 7.0, 2e-15), 5.0 * 2e-15);
}

TEST(Elmore, OfAUniformLadderIsTheClosedForm) {
  for (const int n : {1, 2, 17, 128, 512}) {
    const double expected = 1.5e-16 * (n * 500.0 + n * (n + 1) / 2 * 2.5);
    EXPECT_NEAR(elmoreDelay(std::vector<double>(n, 0.0), 2.5, 500.0, 1.5e-16), expected, 1e-12 * expected);
    EXPECT_NEAR(elmoreDelay(std::vector<double>(n, 0.0), 2.5, 0.0, 1.5e-16), 1.5e-16 * 2.5 * n * (n + 1) / 2,
                1e-12 * expected);
  }
  EXPECT_EQ(elmoreDelay(std::vector<double>(64, 1e-5), 0.0, 0.0, 1e-15), 0.0);
  EXPECT_NEAR(elmoreDelay(std::vector<double>(64, 0.0), 0.0, 100.0, 1e-15), 64 * 100.0 * 1e-15, 1e-24);
}

TEST(Elmore, IsTheFirstMomentOfTheStepResponse) {
  constexpr int n = 20;
  for (const double cell : {0.0, 1e-5, 1e-3}) {
    const double r = 4.0, rEnd = 60.0, c = 1e-15;
    Matrix g = Matrix::Identity(n, n) * cell;
    g(0, 0) += 1 / (rEnd + r);
    for (int k = 1; k < n; ++k) connect(g, k - 1, k, 1 / r);
    Vector drive = Vector::Zero(n), out = Vector::Zero(n);
    drive(0) = 1 / (rEnd + r);
    out(n - 1) = 1.0;
    const StepResponse exact(g, c, drive, out);
    const double delay = elmoreDelay(std::vector<double>(n, cell), r, rEnd, c);
    EXPECT_NEAR(delay, exact.firstMoment(), 1e-10 * delay) << cell;
    for (const int bits : {4, 8, 12})
      EXPECT_LE(std::abs(exact.missing(delay * std::log(2.0) * (bits + 1))), std::exp2(-bits - 1) * 1.001);
  }
}

TEST(Settling, AWholeArrayHasSettledByThen) {
  constexpr int rows = 7, columns = 5;
  ArrayConfig config;
  config.rows = rows;
  config.cSegment = Farads{2e-16};
  config.cCell = Farads{3e-16};
  for (const double rSource : {0.0, 300.0}) {
    for (const double gOn : {1e-5, 1e-3}) {
      config.rWord = Ohms{5};
      config.rBit = Ohms{8};
      config.rSource = Ohms{rSource};
      config.rSink = Ohms{50};
      Matrix g = Matrix::Zero(2 * rows * columns, 2 * rows * columns);
      const auto word = [&](int i, int j) { return i * columns + j; };
      const auto bit = [&](int i, int j) { return rows * columns + i * columns + j; };
      Vector drive = Vector::Zero(g.rows()), out = Vector::Zero(g.rows());
      for (int i = 0; i < rows; ++i) {
        g(word(i, 0), word(i, 0)) += 1 / (rSource + 5);
        drive(word(i, 0)) = 1 / (rSource + 5);
        for (int j = 0; j < columns; ++j) {
          connect(g, word(i, j), bit(i, j), gOn);
          if (j > 0) connect(g, word(i, j - 1), word(i, j), 1.0 / 5);
          if (i > 0) connect(g, bit(i - 1, j), bit(i, j), 1.0 / 8);
        }
      }
      for (int j = 0; j < columns; ++j) g(bit(rows - 1, j), bit(rows - 1, j)) += 1.0 / 58;
      out(bit(rows - 1, columns - 1)) = 1.0 / 58;
      const StepResponse exact(g, 5e-16, drive, out);
      for (const int bits : {4, 8}) {
        const Settling s = settlingOf(config, columns, Siemens{gOn}, bits);
        EXPECT_LE(std::abs(exact.missing(s.time.value)), std::exp2(-bits - 1)) << rSource << ' ' << gOn;
        EXPECT_GT(std::abs(exact.missing(0.2 * s.time.value)), std::exp2(-bits - 1)) << "far too careful";
      }
    }
  }
}

TEST(Settling, AddsBothLinesAndCountsBits) {
  ArrayConfig config;
  config.rows = 100;
  config.rWord = Ohms{2};
  config.rSink = Ohms{30};
  config.cSegment = Farads{1e-16};
  const Settling s = settlingOf(config, 50, Siemens{1e-12}, 7);
  EXPECT_NEAR(s.word.value, 1e-16 * 2 * 50 * 51 / 2, 1e-6 * s.word.value);
  EXPECT_NEAR(s.bit.value, 1e-16 * 30 * 100, 1e-6 * s.bit.value);
  EXPECT_DOUBLE_EQ(s.time.value, (s.word.value + s.bit.value) * std::log(256.0));
  config.cSegment = Farads{0};
  EXPECT_EQ(settlingOf(config, 50, Siemens{1e-12}, 7).time.value, 0.0);
}

}  // namespace
}  // namespace crosstile
