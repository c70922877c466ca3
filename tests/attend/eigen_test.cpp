#include "tools/lab/eigen.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "attend/planted.h"
#include "gradus/base/random.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

Values symmetric(std::int64_t n, std::uint64_t seed, double scale = 1) {
  Values a(static_cast<std::size_t>(n * n));
  const Philox random{seed, 0};
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      a[static_cast<std::size_t>(i * n + j)] = a[static_cast<std::size_t>(j * n + i)] =
          scale * random.normal(static_cast<std::uint64_t>(i * n + j));
  return a;
}

/// The largest entry of A v - lambda v, and of V V' - 1.
double error(const Values& a, const Eigen& e, std::int64_t n) {
  double most = 0;
  const auto v = [&](std::int64_t i, std::int64_t k) {
    return e.vectors[static_cast<std::size_t>(i * n + k)];
  };
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double image = -e.values[static_cast<std::size_t>(i)] * v(i, j), product = i == j ? -1 : 0;
      for (std::int64_t k = 0; k < n; ++k) {
        image += a[static_cast<std::size_t>(j * n + k)] * v(i, k);
        product += v(i, k) * v(j, k);
      }
      most = std::fmax(most, std::fmax(std::fabs(image), std::fabs(product)));
      if (std::isnan(image) || std::isnan(product)) return inf;
    }
  return most;
}

}  // namespace

TEST_CASE(
    "of random symmetric matrices: eigenvalues in order, and unit vectors at right angles that they "
    "stretch") {
  for (const std::int64_t n : {1, 2, 3, 4, 7, 20, 61})
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Values a = symmetric(n, seed);
      const Eigen e = symmetric_eigen(a, n);
      REQUIRE(e.values.size() == static_cast<std::size_t>(n));
      REQUIRE(e.vectors.size() == static_cast<std::size_t>(n * n));
      CHECK(error(a, e, n) <= 1e-12);
      for (std::size_t i = 1; i < e.values.size(); ++i) CHECK(e.values[i - 1] >= e.values[i]);
    }
}

TEST_CASE("known ones: a diagonal, a shear of two, ones everywhere, nothing, and any scale") {
  CHECK(symmetric_eigen({3, 0, 0, 0, -5, 0, 0, 0, 7}, 3).values == Values{7, 3, -5});
  CHECK(symmetric_eigen({3, 0, 0, 0, -5, 0, 0, 0, 7}, 3).vectors == Values{0, 0, 1, 1, 0, 0, 0, 1, 0});
  CHECK(planted::distance(symmetric_eigen({2, 1, 1, 2}, 2).values, {3, 1}) <= 1e-15);
  const Eigen flat = symmetric_eigen(Values(49, 1), 7);  // six times the same eigenvalue
  CHECK(planted::distance(flat.values, {7, 0, 0, 0, 0, 0, 0}) <= 1e-14);
  CHECK(error(Values(49, 1), flat, 7) <= 1e-14);
  CHECK(symmetric_eigen(Values(4), 2).values == Values{0, 0});
  CHECK(symmetric_eigen({}, 0).values.empty());
  for (const double scale : {1e-120, 1e120}) {
    const Values a = symmetric(9, 3, scale), b = symmetric(9, 3);
    const Eigen large = symmetric_eigen(a, 9), one = symmetric_eigen(b, 9);
    for (std::size_t i = 0; i < 9; ++i) CHECK(std::fabs(large.values[i] / scale - one.values[i]) <= 1e-12);
  }
}
