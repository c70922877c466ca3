#include "gradus/kernels/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "kernels/measure.h"

using namespace gradus;
using Size = std::int64_t;

TEST_CASE_TEMPLATE("fill_uniform and fill_normal take element i from counter i", T, float, double) {
  measure::on_every_target([] {
    for (const Size n : {0, 1, 15, 16, 17, 20000}) {
      const std::uint64_t seed = 77;
      std::vector<T> u(static_cast<std::size_t>(n) + 1, 9), z = u;
      kernels::fill_uniform(n, seed, -2, 3, u.data());
      kernels::fill_normal(n, seed, 1, 0.5, z.data());
      CHECK(u.back() == 9);
      CHECK(z.back() == 9);
      double worst = 0, worst_normal = 0;
      for (std::size_t i = 0; i + 1 < u.size(); ++i) {
        worst = std::fmax(worst,
                          measure::ulps(u[i], static_cast<long double>(-2 + 5 * Philox{seed}.uniform(i)), 1));
        worst_normal = std::fmax(
            worst_normal, measure::ulps(z[i], static_cast<long double>(1 + 0.5 * Philox{seed}.normal(i)), 1));
      }
      CHECK(worst <= 1);
      CHECK(worst_normal <= 6);
    }
  });
}

TEST_CASE("a uniform number never rounds up to the open end") {
  std::vector<float> y(1000);
  kernels::fill_uniform(1000, 1, 1e8, 1e8 + 8, y.data());  // neighbours in float
  CHECK(y == std::vector<float>(1000, 1e8f));
  kernels::fill_uniform(1000, 1, 2, 2, y.data());
  CHECK(y == std::vector<float>(1000, 2.0f));
}

TEST_CASE("random fills have the right moments") {
  const Size n = 1000000;
  std::vector<float> u(static_cast<std::size_t>(n)), z = u;
  kernels::fill_uniform(n, 1, 0, 1, u.data());
  kernels::fill_normal(n, 2, 0, 1, z.data());
  double mean_u = 0, mean_z = 0, square_z = 0, fourth_z = 0, neighbours = 0, low = 1, high = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    mean_u += u[i], mean_z += z[i], square_z += std::pow(z[i], 2), fourth_z += std::pow(z[i], 4);
    neighbours += i > 0 ? double{z[i]} * double{z[i - 1]} : 0;
    low = std::fmin(low, u[i]), high = std::fmax(high, u[i]);
  }
  const double sigma = 1e-3;  // of a mean of 10^6 standard normals
  CHECK(std::fabs(mean_u / n - 0.5) <= 5 * sigma * std::sqrt(1.0 / 12));
  CHECK(std::fabs(mean_z / n) <= 5 * sigma);
  CHECK(std::fabs(square_z / n - 1) <= 5 * sigma * std::sqrt(2.0));
  CHECK(std::fabs(fourth_z / n - 3) <= 5 * sigma * std::sqrt(96.0));
  CHECK(std::fabs(neighbours / n) <= 5 * sigma);
  CHECK(low >= 0);
  CHECK(high < 1);
}

TEST_CASE("random fills have the same bits on any number of threads") {
  CHECK(measure::same_on_any_number_of_threads([] {
    std::vector<float> y(100000);
    kernels::fill_normal(100000, 9, 0, 1, y.data());
    return y;
  }));
}
