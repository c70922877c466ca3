#include "gradus/tensor/creation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/base/random.h"
#include "gradus/ops/reduce.h"
#include "reference/expect.h"
#include "reference/measure.h"

using namespace gradus;

TEST_CASE("constants, in every element type") {
  for (const Dtype d : {Dtype::float32, Dtype::float64, Dtype::int64, Dtype::boolean}) {
    CHECK(values(zeros({2, 2}, d)) == Values(4, 0));
    CHECK(values(ones({2, 2}, d)) == Values(4, 1));
    CHECK(values(eye(3, d)) == Values{1, 0, 0, 0, 1, 0, 0, 0, 1});
    CHECK(full({}, 1, d).dtype() == d);
  }
  CHECK(values(full({2}, 2.5)) == Values{2.5, 2.5});
  CHECK(values(full_like(zeros({2}, Dtype::int64), 3)) == Values{3, 3});
  CHECK(zeros({0, 3}).numel() == 0);
  CHECK(eye(0).shape() == Shape{0, 0});
}

TEST_CASE("arange and linspace") {
  CHECK(values(arange(3)) == Values{0, 1, 2});
  CHECK(values(arange(2, 9, 3)) == Values{2, 5, 8});
  CHECK(values(arange(3, -2, -2)) == Values{3, 1, -1});
  CHECK(arange(3, 3).shape() == Shape{0});
  CHECK(arange(5, 3).shape() == Shape{0});
  CHECK(arange(0, 2, 1, Dtype::float32).dtype() == Dtype::float32);
  CHECK(error_of([] { arange(0, 3, 0); }) == "arange: the step must not be 0");
  CHECK(values(linspace(1, 2, 5)) == Values{1, 1.25, 1.5, 1.75, 2});
  CHECK(values(linspace(1, 2, 1)) == Values{1});
  CHECK(linspace(1, 2, 0).numel() == 0);
}

TEST_CASE("from values: lists, nested lists and vectors") {
  CHECK(tensor({1, 2, 3}).shape() == Shape{3});
  CHECK(tensor({{1, 2, 3}, {4, 5, 6}}).shape() == Shape{2, 3});
  CHECK(values(tensor({{1, 2}, {3, 4}}, Dtype::int64)) == Values{1, 2, 3, 4});
  CHECK(tensor(std::vector<double>{1, 2, 3, 4}, {2, 2}).dtype() == Dtype::float64);
  CHECK(error_of([] { tensor({{1, 2, 3}, {4, 5}}); }) == "tensor: the rows have different lengths");
  CHECK(error_of([] {
          tensor(std::vector<float>{1, 2, 3}, {2, 2});
        }) == "tensor: 3 values do not fill the shape [2, 2]");
}

TEST_CASE("random tensors: reproducible from the seed, each draw another, moments as named") {
  manual_seed(11);
  const Tensor a = randn({50000}), b = randn({50000});
  CHECK_FALSE(measure::same_bits(a, b));
  manual_seed(11);
  CHECK(measure::same_bits(randn({50000}), a));
  // 5 standard deviations
  CHECK(std::fabs(mean(a).item()) <= 0.0224);
  CHECK(std::fabs(var(a).item() - 1) <= 0.0317);
  const Tensor c = normal({50000}, 3, 0.5, Dtype::float64);
  CHECK(std::fabs(mean(c).item() - 3) <= 0.0112);
  CHECK(std::fabs(var(c).item() - 0.25) <= 0.0080);
  const Tensor u = uniform({50000}, -2, 4);
  CHECK(min(u).item() >= -2);
  CHECK(max(u).item() < 4);
  CHECK(std::fabs(mean(u).item() - 1) <= 0.0388);
  CHECK(max(rand({50000})).item() < 1);
}

TEST_CASE("randn in float32 is randn in float64, rounded") {
  manual_seed(2);
  const Tensor wide = randn({1000}, Dtype::float64);
  manual_seed(2);
  CHECK(measure::distance(randn({1000}), wide) <= 1e-6);
}

TEST_CASE("randint: every value of the range, nothing else") {
  const Values v = values(randint(-2, 3, {10000}));
  int counts[5] = {};
  for (const double x : v) {
    REQUIRE_UNARY(x >= -2 && x <= 2);
    ++counts[static_cast<int>(x) + 2];
  }
  for (const int c : counts) CHECK(std::abs(c - 2000) <= 200);
  CHECK(error_of([] { randint(3, 3, {1}); }) == "randint: there is no integer in [3, 3)");
  CHECK(error_of([] { randint(0, std::int64_t{1} << 33, {1}); }) ==
        "randint: the range must be smaller than 2^32");
}

TEST_CASE("one number in braces is a row of one") {
  CHECK(tensor({{7}, {-2}}).shape() == Shape{2, 1});
  CHECK(tensor({7, -2}).shape() == Shape{2});
  CHECK(tensor({1.5}).shape() == Shape{1});
}
