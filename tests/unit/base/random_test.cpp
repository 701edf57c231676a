// SPDX-License-Identifier: Apache-2.0
#include "models/base/random.h"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "tests/unit/base/each_target.h"

namespace crosstile {
namespace {

using Key = std::array<std::uint32_t, 2>;
constexpr Key kKey{0xA4093822U, 0x299F31D0U};

std::vector<float> normals(Key key, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3, std::size_t count) {
  std::vector<float> out(count);
  fillNormals(key, c1, c2, c3, out.data(), count);
  return out;
}

/// Element i of fillNormals, in double and from Random123's own Philox.
double expectedNormal(Key key, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3, std::size_t i) {
  const r123::Philox4x32::ctr_type counter{{static_cast<std::uint32_t>(i / 4 + 1), c1, c2, c3}};
  const auto word = r123::Philox4x32()(counter, r123::Philox4x32::key_type{{key[0], key[1]}});
  const std::size_t pair = i % 4 / 2 * 2;
  const double u = (word[pair] >> 1) * 0x1p-31 + 0x1p-32;
  const double angle = 2 * M_PI * word[pair + 1] * 0x1p-32;
  return std::sqrt(-2 * std::log(u)) * (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
}

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

template <typename T>
Moments momentsOf(const std::vector<T>& x) {
  Moments m;
  const auto n = static_cast<double>(x.size());
  for (const double v : x) m.mean += v / n;
  double third = 0, fourth = 0;
  for (const double v : x) {
    const double d = v - m.mean;
    m.variance += d * d / n;
    third += d * d * d / n;
    fourth += d * d * d * d / n;
  }
  m.skewness = third / std::pow(m.variance, 1.5);
  m.kurtosis = fourth / (m.variance * m.variance);
  return m;
}

/// Largest distance between the sample's and the given distribution function (Kolmogorov-Smirnov).
template <typename T, typename Cdf>
double ksDistance(std::vector<T> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  double worst = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = cdf(x[i]);
    worst = std::max(
        {worst, std::abs(f - static_cast<double>(i) / n), std::abs(f - static_cast<double>(i + 1) / n)});
  }
  return worst;
}

double normalCdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

TEST(RandomStream, BlockIsPhilox4x32Of10Rounds) {
  const RandomStream stream({7, 1, 2, 3, 4}, Purpose::readNoise);
  const r123::Philox4x32::ctr_type counter{{1, 2, 3, 4}};
  const auto expected =
      r123::Philox4x32()(counter, r123::Philox4x32::key_type{{stream.key()[0], stream.key()[1]}});
  const RandomStream::Block block = stream.block({1, 2, 3, 4});
  EXPECT_TRUE(std::equal(block.begin(), block.end(), expected.begin()));
}

TEST(RandomStream, EveryOwnerAndPurposeHasItsOwnKey) {
  std::set<Key> keys;
  std::size_t streams = 0;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
    for (std::uint32_t field = 0; field < 4; ++field) {
      for (std::uint32_t value = 1; value < 200; ++value) {
        for (const Purpose purpose : {Purpose::programmingError, Purpose::readNoise, Purpose::sampling}) {
          StreamOwner owner;
          owner.seed = seed;
          (field == 0   ? owner.draw
           : field == 1 ? owner.array
           : field == 2 ? owner.replica
                        : owner.epoch) = value;
          keys.insert(RandomStream(owner, purpose).key());
          ++streams;
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), streams);
}

TEST(RandomStream, ADrawDependsOnItsIndexOnly) {
  const RandomStream stream({42}, Purpose::drift);
  const double late = stream.normal(1'000'000, 3);
  for (std::uint64_t i = 0; i < 100; ++i) stream.normal(i);
  EXPECT_EQ(stream.normal(1'000'000, 3), late);
  EXPECT_NE(stream.normal(1'000'000, 2), late);
  EXPECT_NE(stream.uniform(1), stream.uniform(std::uint64_t{1} << 32 | 1));  // the whole 64-bit index counts
  EXPECT_EQ(RandomStream({42}, Purpose::drift).uniform(5), stream.uniform(5));
}

TEST(RandomStream, UniformIsUniformInTheOpenInterval) {
  const RandomStream stream({1}, Purpose::stuckCell);
  std::vector<double> x(200'000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = stream.uniform(i);
  EXPECT_GT(*std::min_element(x.begin(), x.end()), 0.0);
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 1.0);
  EXPECT_LT(ksDistance(x, [](double v) { return v; }), 1.95 / std::sqrt(200'000.0));  // 0.1 % level
}

TEST(RandomStream, NormalIsNormal) {
  const RandomStream stream({1}, Purpose::programmingError);
  std::vector<double> x(200'000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = stream.normal(i);
  EXPECT_LT(ksDistance(x, normalCdf), 1.95 / std::sqrt(200'000.0));
}

TEST(FillNormals, IsBoxMullerOfRandom123OnEveryTarget) {
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    const std::vector<float> x = normals(kKey, 3, 1'000'000, 0xFFFFFFFFU, 20'001);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, std::abs(x[i] - expectedNormal(kKey, 3, 1'000'000, 0xFFFFFFFFU, i)));
    }
    // One wrong bit of one word would be off by far more; u near 1 costs the most digits.
    EXPECT_LT(worst, 1e-5) << hwy::TargetName(target);
  }
}

TEST(FillNormals, TargetsWithFmaGiveTheSameBits) {
  std::vector<float> first;
  int compared = 0;
  for (const std::int64_t target : targets()) {
    if (!hasFma(target)) continue;
    const OnTarget only(target);
    const std::vector<float> x = normals(kKey, 1, 2, 3, 1'000'003);
    if (first.empty()) first = x;
    EXPECT_EQ(std::memcmp(first.data(), x.data(), x.size() * sizeof(float)), 0) << hwy::TargetName(target);
    ++compared;
  }
  if (compared < 2) GTEST_SKIP() << "this processor has " << compared << " targets with FMA; two are needed";
}

TEST(FillNormals, AnyCountIsAPrefixAndNothingBehindItIsTouched) {
  const std::vector<float> all = normals(kKey, 5, 6, 7, 512);
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    const std::vector<float> here = normals(kKey, 5, 6, 7, 512);
    for (std::size_t count = 0; count <= 260; ++count) {
      std::vector<float> out(count + 8, 99.0F);
      fillNormals(kKey, 5, 6, 7, out.data(), count);
      ASSERT_TRUE(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count), here.begin()))
          << count;
      ASSERT_EQ(std::count(out.begin() + static_cast<std::ptrdiff_t>(count), out.end(), 99.0F), 8) << count;
    }
  }
  EXPECT_NE(all, normals(kKey, 5, 7, 6, 512));
}

TEST(FillNormals, PlanesInOnePassEqualPlanesOneByOne) {
  for (const std::int64_t target : targets()) {
    const OnTarget only(target);
    for (const std::size_t stride : {4, 16, 32, 36, 48, 64, 144, 300}) {
      for (const std::size_t planes : {1, 2, 8, 16}) {
        std::vector<float> out(planes * stride);
        fillNormalPlanes(kKey, 11, 22, 33, out.data(), planes, stride);
        for (std::size_t p = 0; p < planes; ++p) {
          const std::vector<float> one = normals(kKey, 11 + static_cast<std::uint32_t>(p), 22, 33, stride);
          ASSERT_TRUE(
              std::equal(one.begin(), one.end(), out.begin() + static_cast<std::ptrdiff_t>(p * stride)))
              << hwy::TargetName(target) << ": plane " << p << " of " << planes << ", stride " << stride;
        }
      }
    }
  }
}

TEST(FillNormals, AMillionAreNormal) {
  const std::size_t n = 1'000'000;
  const std::vector<float> x = normals(RandomStream({9}, Purpose::readNoise).key(), 1, 2, 3, n);
  const Moments m = momentsOf(x);
  const double root = std::sqrt(static_cast<double>(n));  // bounds: 4 standard errors
  EXPECT_LT(std::abs(m.mean), 4 / root);
  EXPECT_LT(std::abs(m.variance - 1), 4 * std::sqrt(2.0) / root);
  EXPECT_LT(std::abs(m.skewness), 4 * std::sqrt(6.0) / root);
  EXPECT_LT(std::abs(m.kurtosis - 3), 4 * std::sqrt(24.0) / root);
  EXPECT_LT(ksDistance(x, normalCdf), 1.95 / root);
  for (const double t : {3.0, 4.0}) {
    const double expected = 2 * normalCdf(-t) * static_cast<double>(n);
    const auto found =
        static_cast<double>(std::count_if(x.begin(), x.end(), [&](float v) { return std::abs(v) > t; }));
    EXPECT_NEAR(found, expected, 4 * std::sqrt(expected)) << "beyond " << t << " sigma";
  }
  EXPECT_LT(*std::max_element(x.begin(), x.end()), 6.67F);
}

TEST(FillNormals, NeighboursPlanesPositionsAndInputsAreUncorrelated) {
  const std::size_t n = 400'000;
  const std::vector<float> base = normals(kKey, 1, 1, 1, n + 4);
  const auto correlation = [&](const std::vector<float>& a, const std::vector<float>& b, std::size_t lag) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      sum += static_cast<double>(a[i]) * b[i + lag];
      squares += (a[i] * a[i] - 1.0) * (b[i + lag] * b[i + lag] - 1.0) / 2;
    }
    return std::max(std::abs(sum), std::abs(squares)) / static_cast<double>(n);
  };
  const double bound = 4.5 / std::sqrt(static_cast<double>(n));
  for (const std::size_t lag : {1, 2, 3, 4}) EXPECT_LT(correlation(base, base, lag), bound) << "lag " << lag;
  EXPECT_LT(correlation(base, normals(kKey, 2, 1, 1, n), 0), bound);
  EXPECT_LT(correlation(base, normals(kKey, 1, 2, 1, n), 0), bound);
  EXPECT_LT(correlation(base, normals(kKey, 1, 1, 2, n), 0), bound);
}

}  // namespace
}  // namespace crosstile
