#include "exercises/common/resembles.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/base/random.h"
#include "gradus/ops/join.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

Array scaled(Array x, double factor) {
  for (double& v : x.values) v *= factor;
  return x;
}

/// As a learner's result comes: rounded to float32.
std::optional<Cause> explain(const Array& got, const Array& expected,
                             const std::vector<KnownFactor>& factors = {}) {
  return explain_by_resemblance(Array(got.tensor()), expected, factors);
}

std::string name(const Array& got, const Array& expected) {
  const auto cause = explain(got, expected);
  return cause ? cause->name : "none";
}

}  // namespace

TEST_CASE("every way to resemble has its word") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    manual_seed(seed);
    const Tensor x = randn({3, 4, 5}, Dtype::float64);
    const Array right(x);
    const auto reorder = [&](const std::vector<std::int64_t>& order) {
      std::vector<Tensor> parts;
      for (const std::int64_t i : order) parts.push_back(x.select(1, i));
      return Array(stack(parts, 1));
    };
    CHECK(name(right, right) == "none");
    CHECK(name(Array(randn(x.shape())), right) == "none");
    CHECK(name(scaled(right, 0), right) == "zero");
    CHECK(name(scaled(right, -1), right) == "sign");
    CHECK(name(scaled(right, 2.65), right) == "factor");
    CHECK(name(Array(x.transpose(0, 2)), right) == "transposed");
    CHECK(name(Array(x.reshape({3, 5, 4})), right) == "transpose-as-reshape");                  // reshaped
    CHECK(name(Array(x.transpose(1, 2).reshape({3, 4, 5})), right) == "transpose-as-reshape");  // misread
    CHECK(name(reorder({3, 2, 1, 0}), right) == "order");
    CHECK(name(reorder({1, 2, 3, 0}), right) == "order");
    CHECK(name(reorder({1, 0, 2, 3}), right) == "order");
    CHECK(name(Array(x.sum({1})), right) == "summed");
    CHECK(name(Array(x.mean({0}, true).expand(x.shape())), right) == "summed");
  }
}

TEST_CASE("a factor that means something is told with its meaning, to four digits, others by their size") {
  manual_seed(6);
  const Array right(randn({2, 3, 7}, Dtype::float64));
  const double root = std::sqrt(7.0);
  const std::vector<KnownFactor> known = {{1 / root, "twice"},
                                          {root, "the division by sqrt(d_k) is missing"}};
  const auto scale = explain(scaled(right, root), right, known);
  REQUIRE(scale);
  CHECK(scale->name == "scale");
  CHECK(scale->sentence == "is 2.65 times what is expected: the division by sqrt(d_k) is missing");
  CHECK(explain(scaled(right, 1 / root), right, known)->sentence == "is 0.38 times what is expected: twice");
  CHECK(explain(scaled(right, root * 1.00005), right, known)->name == "scale");
  CHECK(explain(scaled(right, root * 1.001), right, known)->name == "factor");
  CHECK(explain(scaled(right, -root), right, known)->name == "factor");
  const auto other = explain(scaled(right, 5), right, known);
  CHECK(other->name == "factor");
  CHECK(other->sentence == "is 5 times what is expected");
  CHECK(explain(scaled(right, root), right)->name == "factor");
}

TEST_CASE("a total that softmax keeps proves nothing, nor does a result that is not finite or barely off") {
  manual_seed(7);
  const Tensor scores = randn({6, 6}, Dtype::float64);
  CHECK(name(Array(softmax(scores, 0)), Array(softmax(scores, 1))) == "none");
  Array right(randn({4, 5}, Dtype::float64)), wrong = scaled(right, 2);
  CHECK(name(scaled(right, 1 + 1e-6), right) == "none");
  wrong(3, 1) = NAN;
  CHECK(name(wrong, right) == "none");
  wrong(3, 1) = INFINITY;
  CHECK(name(wrong, right) == "none");
}
