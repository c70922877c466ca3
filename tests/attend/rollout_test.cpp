#include "tools/lab/rollout.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "attend/planted.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"

using namespace gradus;
using namespace gradus::lab;
using namespace planted;

namespace {

constexpr double tolerance = 1e-12;

/// One head, the same in every layer.
Tensor layers_of(const Tensor& map, std::int64_t layers) {
  return stack(std::vector<Tensor>(static_cast<std::size_t>(layers), map)).unsqueeze(1);
}

/// By the formula, with matrices.
Values naive(const Tensor& maps) {
  const std::int64_t T = maps.size(-1);
  Tensor through = eye(T, Dtype::float64);
  std::vector<Tensor> all;
  for (std::int64_t l = 0; l < maps.size(0); ++l) {
    const Tensor mixed = maps[l].to(Dtype::float64).mean({0}) + eye(T, Dtype::float64);
    through = matmul(mixed / mixed.sum({-1}, true), through);
    all.push_back(through);
  }
  return values(stack(all));
}

double choose(std::int64_t n, std::int64_t k) {
  double result = 1;
  for (std::int64_t i = 0; i < k; ++i)
    result = result * static_cast<double>(n - i) / static_cast<double>(i + 1);
  return result;
}

}  // namespace

TEST_CASE("rollout is what its formula gives, layer by layer, in rows that sum to 1 and see no future") {
  manual_seed(1);
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{1, 3, 5, 5}, Shape{3, 1, 8, 8}, Shape{4, 3, 17, 17}})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
      const Tensor maps = random_maps(shape, dtype), result = rollout(maps);
      const std::int64_t L = shape[0], T = shape[3];
      REQUIRE(result.shape() == Shape{L, T, T});
      CHECK(result.dtype() == Dtype::float64);
      CHECK(distance(result, naive(maps)) <= tolerance);
      CHECK(distance(result.sum({-1}), Values(static_cast<std::size_t>(L * T), 1)) <= tolerance);
      for (std::int64_t l = 0; l < L; ++l)
        for (std::int64_t q = 0; q < T; ++q)
          for (std::int64_t k = q + 1; k < T; ++k) CHECK(result[l][q][k].item() == 0);
      // A model that reads both ways has a rollout too, and rows that do not sum to 1 are divided by their sum.
      const Tensor both_ways = softmax(randn(shape, dtype)), halved = both_ways * 0.5;
      CHECK(distance(rollout(both_ways), naive(both_ways)) <= tolerance);
      CHECK(distance(rollout(halved), naive(halved)) <= tolerance);
    }
}

TEST_CASE("looking one back in every layer spreads binomially: half of each step stays") {
  const std::int64_t L = 5, T = 9;
  const Tensor result = rollout(layers_of(looks_back(T, 1), L));
  for (std::int64_t l = 1; l <= L; ++l)
    for (std::int64_t q = l; q < T; ++q)
      for (std::int64_t back = 0; back <= q; ++back)
        CHECK(result[l - 1][q][q - back].item() == choose(l, back) / std::exp2(static_cast<double>(l)));
  // Looking at itself moves nothing, and a head that sees nothing leaves all to the residual connection.
  for (const Tensor& map : {looks_back(T, 0), zeros({T, T}, Dtype::float64)})
    CHECK(values(rollout(layers_of(map, 2))) ==
          values(stack(std::vector<Tensor>(2, eye(T, Dtype::float64)))));
}

TEST_CASE("heads are averaged, and the first layer comes first") {
  const Tensor back = looks_back(3, 1), first = looks_back(3, 3);
  const Tensor heads = stack(std::vector<Tensor>{back, first}).unsqueeze(0);
  CHECK(values(rollout(heads)[0][2]) == Values{0.25, 0.25, 0.5});
  // Row 2 takes half of row 1, which by then holds half of token 0; the other way round, row 2 finds row 1 as it was.
  const auto step = [](std::int64_t row, std::int64_t key) {
    return looks_at(3, [=](std::int64_t q) { return q == row ? key : q; });
  };
  const auto two = [](const Tensor& a, const Tensor& b) {
    return values(rollout(stack(std::vector<Tensor>{a, b}).unsqueeze(1))[1][2]);
  };
  CHECK(two(step(1, 0), step(2, 1)) == Values{0.25, 0.25, 0.5});
  CHECK(two(step(2, 1), step(1, 0)) == Values{0, 0.5, 0.5});
}

TEST_CASE("an even spread has the closed form, and against itself it is 0 everywhere") {
  const std::int64_t T = 12;
  const Tensor result = rollout(layers_of(spread_evenly(T), 2));
  for (std::int64_t q = 0; q < T; ++q)
    for (std::int64_t k = 0; k <= q; ++k) {
      const double n = static_cast<double>(q + 1), self = q == k ? 0.5 : 0;
      CHECK(std::fabs(result[0][q][k].item() - (self + 0.5 / n)) <= tolerance);
      // U U at (q, k) is the mean over k ... q of 1 / (i + 1), over n: half of U and a quarter of this, and of the diagonal.
      double through = 0;
      for (std::int64_t i = k; i <= q; ++i) through += 1 / static_cast<double>(i + 1);
      CHECK(std::fabs(result[1][q][k].item() - (self / 2 + 0.5 / n + 0.25 * through / n)) <= tolerance);
    }
  for (const std::int64_t L : {1, 2, 7}) {
    const Tensor against = rollout_against_uniform(rollout(layers_of(spread_evenly(T), L)));
    REQUIRE(against.shape() == Shape{L, T, T});
    CHECK(against.dtype() == Dtype::float64);
    CHECK(distance(against, Values(static_cast<std::size_t>(L * T * T), 0)) <= tolerance);
  }
}

TEST_CASE("against an even spread: in octaves, minus infinity where nothing arrives, 0 for what is hidden") {
  // Of 4 tokens row 3 of an even spread holds 1/8, 1/8, 1/8, 5/8.
  const Tensor against = rollout_against_uniform(rollout(layers_of(looks_back(4, 1), 1)))[0];
  CHECK(distance(against[3], {-inf, -inf, 2, std::log2(0.8)}) <= tolerance);
  CHECK(distance(against[0], {0, 0, 0, 0}) <= tolerance);
  CHECK(distance(against[1], {1, std::log2(0.5 / 0.75), 0, 0}) <= tolerance);
  manual_seed(2);
  const Tensor given = rollout(random_maps({3, 2, 6, 6})), even = rollout(layers_of(spread_evenly(6), 3)),
               result = rollout_against_uniform(given);
  for (std::int64_t l = 0; l < 3; ++l)
    for (std::int64_t q = 0; q < 6; ++q)
      for (std::int64_t k = 0; k < 6; ++k) {
        const double wanted = k > q ? 0 : std::log(given[l][q][k].item() / even[l][q][k].item()) / ln2;
        CHECK(std::fabs(result[l][q][k].item() - wanted) <= tolerance);
      }
  CHECK(distance(rollout_against_uniform(given.to(Dtype::float32)), values(result)) <= 1e-5);
  const Tensor future = given.clone();
  at(future[1], 2, 4) = not_a_number;
  CHECK(values(rollout_against_uniform(future)) == values(result));
}

TEST_CASE("NaN stays in its row and in what looks there") {
  manual_seed(3);
  Tensor maps = random_maps({2, 1, 4, 4});
  at(maps[0][0], 2, 1) = not_a_number;
  maps[1].copy_(looks_back(4, 1));  // row 3 looks at row 2, row 1 does not
  const Tensor result = rollout(maps);
  for (std::int64_t l = 0; l < 2; ++l)
    for (std::int64_t q = 0; q < 4; ++q)
      CHECK(std::isnan(result[l][q][0].item()) == (q == 2 || (l == 1 && q == 3)));
}

TEST_CASE("views, threads and the tape change no bit; no layers have no rollout; other shapes are refused") {
  manual_seed(4);
  const Tensor maps = random_maps({2, 3, 40, 40}, Dtype::float32), view = maps.transpose(0, 1);
  const Values before = values(maps), wanted = values(rollout(maps));
  CHECK(values(rollout(view)) == values(rollout(view.contiguous())));
  CHECK(values(rollout_against_uniform(rollout(maps).t())) ==
        values(rollout_against_uniform(rollout(maps).t().contiguous())));
  const int threads = num_threads();
  for (const int n : {1, 2, 3, 8}) {
    set_num_threads(n);
    CHECK(values(rollout(maps)) == wanted);
  }
  set_num_threads(threads);
  CHECK(values(maps) == before);
  Tensor leaf = randn({1, 2, 3, 3}).requires_grad_();
  CHECK_FALSE(rollout(softmax(leaf)).requires_grad());
  CHECK_FALSE(rollout_against_uniform(softmax(leaf)[0]).requires_grad());

  CHECK(rollout(empty({0, 2, 5, 5})).shape() == Shape{0, 5, 5});
  CHECK(rollout(empty({3, 2, 0, 0})).shape() == Shape{3, 0, 0});
  CHECK(rollout_against_uniform(empty({0, 5, 5})).shape() == Shape{0, 5, 5});
  for (const Shape& bad : {Shape{3, 4, 4}, Shape{2, 3, 4, 5}, Shape{2, 0, 4, 4}})
    CHECK(has(error_of([&] { rollout(zeros(bad)); }), "of at least one head, not " + to_string(bad)));
  CHECK(has(error_of([] { rollout(Tensor()); }), "rollout: needs maps [L, H, T, T]"));
  CHECK(has(error_of([] {
              rollout(zeros({1, 1, 2, 2}, Dtype::int64));
            }),
            "rollout: needs float32 or float64"));
  for (const Shape& bad : {Shape{4, 4}, Shape{2, 4, 5}})
    CHECK(has(error_of([&] { rollout_against_uniform(zeros(bad)); }),
              "needs a rollout [L, T, T], not " + to_string(bad)));
  CHECK(has(error_of([] { rollout_against_uniform(Tensor()); }), "undefined"));
}
