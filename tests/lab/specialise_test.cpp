#include "tools/lab/specialise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"

using namespace gradus;

namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix rows_of(const Tensor& x) {
  const std::vector<double> v = x.to_vector<double>();
  Matrix m;
  for (std::int64_t i = 0; i < x.size(0); ++i)
    m.emplace_back(v.begin() + i * x.size(1), v.begin() + (i + 1) * x.size(1));
  return m;
}

/// The rule as it is written, pair by pair.
bool by_hand(const Matrix& apart, const Matrix& hurt) {
  double most = -1;
  std::size_t a = 0, b = 0;
  for (std::size_t i = 0; i < apart.size(); ++i)
    for (std::size_t j = 0; j < apart.size(); ++j)
      if (apart[i][j] > most) most = apart[i][j], a = i, b = j;
  std::size_t worst_a = 0, worst_b = 0;
  for (std::size_t n = 0; n < hurt[0].size(); ++n) {
    if (hurt[a][n] > hurt[a][worst_a]) worst_a = n;
    if (hurt[b][n] > hurt[b][worst_b]) worst_b = n;
  }
  if (most < 0.3) return false;
  if (hurt[a][worst_a] < 0.05 || hurt[b][worst_b] < 0.05) return false;
  return worst_a != worst_b;
}

Tensor doubles(std::vector<double> values, const Shape& shape) { return tensor(values, shape); }

/// Two heads so far apart, with this damage to two targets.
bool differ(double apart, std::vector<double> damage) {
  return lab::heads_differ(doubles({0, apart, apart, 0}, {2, 2}), doubles(std::move(damage), {2, 2}));
}

}  // namespace

TEST_CASE("heads differ when the rule says so, for any number of heads and targets") {
  manual_seed(1);
  int yes = 0;
  constexpr int rounds = 2000;
  for (int round = 0; round < rounds; ++round) {
    const std::int64_t H = 2 + round % 4, targets = 1 + round % 5;
    Tensor apart = rand({H, H}, Dtype::float64) * 0.36;
    apart = (apart + apart.t()) / 2.0;
    const Tensor damage = rand({H, targets}, Dtype::float64) * 0.1 - 0.02;
    const bool expected = by_hand(rows_of(apart), rows_of(damage));
    CHECK(lab::heads_differ(apart, damage) == expected);
    yes += expected;
  }
  CHECK(yes > 20);
  CHECK(yes < rounds - 20);
}

TEST_CASE("each part of the rule decides, and its bounds belong to yes") {
  CHECK(differ(0.3, {0.05, 0, 0, 0.05}));
  CHECK_FALSE(differ(0.2999, {1, 0, 0, 1}));
  CHECK_FALSE(differ(0.6, {1, 0, 0, 0.0499}));
  CHECK_FALSE(differ(0.6, {0.0499, 0, 0, 1}));
  CHECK_FALSE(differ(0.6, {1, 0, 1, 0}));
  CHECK(differ(0.6, {1, 0.9, 0.9, 1}));
}

TEST_CASE("one target, one head, or a number that is missing: heads do not differ") {
  CHECK_FALSE(lab::heads_differ(doubles({0, 0.6, 0.6, 0}, {2, 2}), doubles({1, 1}, {2, 1})));
  CHECK_FALSE(lab::heads_differ(doubles({0}, {1, 1}), doubles({1, 2}, {1, 2})));
  CHECK_FALSE(differ(NAN, {1, 0, 0, 1}));
  CHECK_FALSE(differ(0.6, {1, NAN, 0, 1}));
}

TEST_CASE("shapes that do not belong together are refused") {
  const Tensor apart = zeros({3, 3}), damage = zeros({3, 4});
  CHECK_THROWS_AS(lab::heads_differ(Tensor(), damage), Error);
  CHECK_THROWS_AS(lab::heads_differ(apart, Tensor()), Error);
  CHECK_THROWS_AS(lab::heads_differ(zeros({3, 2}), damage), Error);
  CHECK_THROWS_AS(lab::heads_differ(apart, zeros({2, 4})), Error);
  CHECK_THROWS_AS(lab::heads_differ(apart, zeros({3, 0})), Error);
  CHECK_THROWS_AS(lab::heads_differ(zeros({0, 0}), zeros({0, 2})), Error);
}
