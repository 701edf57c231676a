// SPDX-License-Identifier: Apache-2.0
// Every joule is booked once, and every breakdown adds up to the total.
#include "platform/record/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/base/error.h"

namespace crosstile {
namespace {

constexpr int kLayers = 7;

struct Booking {
  Component component;
  int layer;
  Phase phase;
  std::uint64_t count;
  Joules each;
};

/// Bookings over 18 decades of energy, reproducible.
std::vector<Booking> manyBookings(std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<Booking> bookings;
  for (std::size_t i = 0; i < count; ++i) {
    const double decade = -18.0 + static_cast<double>(random() % 1000) / 1000.0 * 12.0;
    bookings.push_back(
        {static_cast<Component>(random() % kComponents), static_cast<int>(random() % (kLayers + 1)) - 1,
         static_cast<Phase>(random() % kPhases), random() % 1'000'000, Joules{std::pow(10.0, decade)}});
  }
  return bookings;
}

void book(Ledger& ledger, const std::vector<Booking>& bookings) {
  for (const Booking& b : bookings) ledger.add(b.component, b.layer, b.phase, b.count, b.each);
}

TEST(Ledger, EveryBreakdownAddsUpToTheTotal) {
  Ledger ledger(kLayers);
  book(ledger, manyBookings(20000));
  const double all = ledger.total().value;
  double components = 0.0, layers = 0.0, phases = 0.0, cells = 0.0;
  for (int c = 0; c < kComponents; ++c) components += ledger.of(static_cast<Component>(c)).value;
  for (int l = kShared; l < kLayers; ++l) layers += ledger.ofLayer(l).value;
  for (int p = 0; p < kPhases; ++p) phases += ledger.of(static_cast<Phase>(p)).value;
  for (int c = 0; c < kComponents; ++c) {
    for (int l = kShared; l < kLayers; ++l) {
      for (int p = 0; p < kPhases; ++p) {
        cells += ledger.of(static_cast<Component>(c), l, static_cast<Phase>(p)).value;
      }
    }
  }
  EXPECT_GT(all, 0.0);
  for (const double sum : {components, layers, phases, cells}) EXPECT_NEAR(sum, all, 1e-12 * all);
}

TEST(Ledger, IsWhatWasBooked) {
  Ledger ledger(kLayers);
  const auto bookings = manyBookings(5000);
  book(ledger, bookings);
  long double expected = 0.0L;
  for (const Booking& b : bookings) expected += static_cast<long double>(b.count) * b.each.value;
  EXPECT_NEAR(ledger.total().value, static_cast<double>(expected), 1e-12 * static_cast<double>(expected));
}

TEST(Ledger, DoesNotDependOnTheOrderOfBookingsOrOnMerging) {
  auto bookings = manyBookings(3000);
  Ledger forward(kLayers), backward(kLayers), left(kLayers), right(kLayers);
  book(forward, bookings);
  std::reverse(bookings.begin(), bookings.end());
  book(backward, bookings);
  const auto middle = bookings.begin() + 1234;
  book(left, {bookings.begin(), middle});
  book(right, {middle, bookings.end()});
  right.merge(left);
  for (int c = 0; c < kComponents; ++c) {
    const auto component = static_cast<Component>(c);
    EXPECT_EQ(forward.of(component).value, backward.of(component).value);
    EXPECT_EQ(forward.of(component).value, right.of(component).value);
    EXPECT_EQ(forward.operations(component, Phase::inference), right.operations(component, Phase::inference));
  }
}

TEST(Ledger, KeepsTinyFactsBesideLargeOnes) {
  Ledger ledger(1);
  ledger.addFact(Component::array, 0, Phase::inference, Joules{1.0});
  for (int i = 0; i < 1000; ++i) ledger.addFact(Component::array, 0, Phase::inference, Joules{1e-18});
  ledger.addFact(Component::host, kShared, Phase::idle, Joules{1e-15});
  EXPECT_EQ(ledger.of(Component::array).value, 1.0 + 1e-15);
  EXPECT_NEAR(ledger.of(Component::host).value, 1e-15, 1e-27);
}

TEST(Ledger, CountsOperationsAtTheirCost) {
  CostTable cost;
  cost[Component::adc].energy = Joules{1.56e-12};
  Ledger ledger(2);
  ledger.count(cost, Component::adc, 1, Phase::inference, 1000);
  ledger.addFact(Component::array, 1, Phase::inference, Joules{2e-12});
  EXPECT_EQ(ledger.operations(Component::adc, 1, Phase::inference), 1000u);
  EXPECT_EQ(ledger.operations(Component::array, Phase::inference), 0u);  // a fact is no operation
  EXPECT_NEAR(ledger.of(Component::adc, 1).value, 1.56e-9, 1e-21);
  EXPECT_EQ(ledger.ofLayer(0).value, 0.0);
  EXPECT_EQ(ledger.of(Phase::programming).value, 0.0);
}

TEST(Ledger, RefusesWhatCannotBeEnergy) {
  Ledger ledger(1);
  const auto fact = [&](double joules) {
    ledger.addFact(Component::adc, 0, Phase::inference, Joules{joules});
  };
  EXPECT_THROW(fact(-1e-12), RunFailure);
  EXPECT_THROW(fact(std::numeric_limits<double>::quiet_NaN()), RunFailure);
  EXPECT_THROW(fact(std::numeric_limits<double>::infinity()), RunFailure);
  EXPECT_THROW(ledger.add(Component::adc, 1, Phase::inference, 1, Joules{1.0}), RunFailure);
  EXPECT_THROW(ledger.add(Component::adc, 0, Phase::inference, std::uint64_t{1} << 40, Joules{1e6}),
               RunFailure);
  EXPECT_THROW(ledger.merge(Ledger(2)), RunFailure);
  EXPECT_EQ(ledger.total().value, 0.0);
}

}  // namespace
}  // namespace crosstile
