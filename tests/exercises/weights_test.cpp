#include "exercises/common/weights.h"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "exercises/common/checks.h"
#include "exercises/common/oracle.h"
#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;
using namespace gradus::exercises;

TEST_CASE("the divisor of the scores is read off the weights") {
  manual_seed(3);
  const Array q(randn({2, 3, 7})), k(randn({2, 5, 7}));
  const auto by = effective_divisor(weights(q, k), q, k);
  REQUIRE(by);
  CHECK(std::abs(by->value - std::sqrt(7.0)) <= 1e-9);
  CHECK(by->agreeing == by->pairs);
  CHECK_FALSE(effective_divisor(Array(randn({2, 3, 5})), q, k));
}

namespace {

/// What is said to weights of scores that were divided by this number.
Failure told(double divisor) {
  const Array q(randn({2, 3, 7})), k(randn({2, 5, 7}));
  Array scores = scores_of(q, k);
  for (double& s : scores.values) s *= std::sqrt(7.0) / divisor;
  try {
    expect_scale(softmax(scores), q, k);
  } catch (const Failure& f) { return f; }
  return {"pass", ""};
}

}  // namespace

TEST_CASE("a wrong divisor is named, and where it comes from") {
  manual_seed(4);
  CHECK(told(std::sqrt(7.0)).cause == "pass");
  CHECK(told(INFINITY).cause == "scale-zero");
  CHECK(told(7).cause == "scale");
  CHECK(has(told(1).message, "its power is 0"));
  for (const auto& [size, axis] : {std::pair{3, "queries"}, {5, "keys"}, {2, "batch"}}) {
    const Failure f = told(std::sqrt(size));
    CHECK(f.cause == "scale-axis");
    CHECK(has(f.message, axis));
  }
}

TEST_CASE("sums that are not 1 are shown with the digits that tell them from 1") {
  Array a({1, 2, 2}, {0.5, 0.5, 0.5, 0.5003});
  try {
    expect_rows_sum_to_one(a);
    CHECK(false);
  } catch (const Failure& f) { CHECK(has(f.message, "rows sum to 1.000300 and ")); }
}
