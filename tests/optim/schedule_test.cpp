#include "gradus/optim/schedule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <numbers>

using namespace gradus;

namespace {

/// nanoGPT's rule, written on its own.
double nanogpt(double peak, double floor, std::int64_t warmup, std::int64_t total, std::int64_t step) {
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
  if (step > total) return floor;
  const double ratio = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  return floor + 0.5 * (1 + std::cos(std::numbers::pi * ratio)) * (peak - floor);
}

}  // namespace

TEST_CASE("the cosine schedule is nanoGPT's at every step") {
  const Schedule rate{.peak = 1e-3, .floor = 1e-4, .warmup = 100, .total = 2000};
  for (std::int64_t step = 0; step < 2100; ++step)
    CHECK(std::fabs(rate(step) - nanogpt(1e-3, 1e-4, 100, 2000, step)) <= 1e-18);
  CHECK(rate(0) == 1e-3 / 101);
  CHECK(rate(100) == 1e-3);
  CHECK(rate(2000) == 1e-4);
  CHECK(rate(1000000000) == 1e-4);
}

TEST_CASE("the cosine schedule takes the values one can work out by hand") {
  // From 1 at step 7 to 0.1 at step 21: fourteen steps of pi / 14.
  const Schedule rate{.peak = 1, .floor = 0.1, .warmup = 7, .total = 21};
  for (std::int64_t step = 0; step < 7; ++step) CHECK(rate(step) == static_cast<double>(step + 1) / 8);
  CHECK(rate(7) == 1);
  CHECK(std::fabs(rate(8) - 0.9887175604818206) <= 1e-15);
  CHECK(std::fabs(rate(14) - 0.55) <= 1e-15);  // half-way in time is half-way in height
  CHECK(std::fabs(rate(20) - 0.1112824395181795) <= 1e-15);
  CHECK(rate(21) == 0.1);
  CHECK(rate(25) == 0.1);
  for (std::int64_t step = 8; step <= 21; ++step) CHECK(rate(step) < rate(step - 1));
}

TEST_CASE("the linear schedule falls by equal steps, the constant one not at all") {
  const Schedule linear{.decay = Schedule::Decay::linear, .peak = 2, .floor = 1, .warmup = 3, .total = 13};
  CHECK(linear(2) == 1.5);
  for (std::int64_t step = 3; step <= 13; ++step)
    CHECK(std::fabs(linear(step) - (2 - 0.1 * static_cast<double>(step - 3))) <= 1e-15);
  CHECK(linear(14) == 1);
  const Schedule constant{.decay = Schedule::Decay::constant, .peak = 2, .floor = 1, .warmup = 1, .total = 5};
  CHECK(constant(0) == 1);
  for (std::int64_t step : {1, 4, 5, 100}) CHECK(constant(step) == 2);
}

TEST_CASE("schedules without warm-up, or without anything after it, stay defined") {
  CHECK(Schedule{.peak = 1, .total = 10}(0) == 1);
  const Schedule only_warmup{.peak = 1, .floor = 0.5, .warmup = 4, .total = 4};
  CHECK(only_warmup(3) == 0.8);
  CHECK(only_warmup(4) == 0.5);
  CHECK(Schedule{.peak = 1, .floor = 0.25}(0) == 0.25);
}
