#include "exercises/common/oracle.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;

TEST_CASE("no two recipes for attention can be confused: they differ by 1000 tolerances on a probe") {
  manual_seed(1);
  const std::int64_t t = 5, d_k = 7, d_v = 3, model = 21;
  const Array q(randn({2, t, d_k})), k(randn({2, t, d_k})), v(randn({2, t, d_v}));
  for (const bool masked : {false, true}) {
    const Array mask = masked ? causal_mask(t) : Array();
    std::vector<Array> results = {exercises::attention(q, k, v, mask)};
    for (const Recipe& r : known_recipes(masked, model)) {
      if (r.mask == Recipe::Mask::finite) continue;  // it leaks e^-10; a weight that must be 0 shows it
      const Array y = exercises::attention(q, k, v, mask, r);
      for (const Array& other : results) CHECK_FALSE(distance(y, other) <= 1e-2);
      results.push_back(y);
    }
    CHECK(results.size() >= 60);
  }
}

TEST_CASE("a right result is explained by no mistake, a wrong one by its own") {
  manual_seed(2);
  const Array q(randn({2, 3, 7})), k(randn({2, 5, 7})), v(randn({2, 5, 4}));
  CHECK_FALSE(explain_attention(exercises::attention(q, k, v), q, k, v));
  CHECK_FALSE(explain_attention(Array(randn({2, 3, 4})), q, k, v));
  Recipe r;
  r.scale = Recipe::Scale::keys;
  CHECK(explain_attention(exercises::attention(q, k, v, {}, r), q, k, v)->name == "scale");
  r = {};
  r.softmax = Recipe::Softmax::queries;
  CHECK(explain_attention(exercises::attention(q, k, v, {}, r), q, k, v)->name == "softmax-axis");
}

TEST_CASE("the divisor of the scores is read off the weights") {
  manual_seed(3);
  const Array q(randn({2, 3, 7})), k(randn({2, 5, 7}));
  const auto by = effective_divisor(weights(q, k), q, k);
  REQUIRE(by);
  CHECK(std::abs(by->value - std::sqrt(7.0)) <= 1e-9);
  CHECK(by->agreeing == by->pairs);
  CHECK_FALSE(effective_divisor(Array(randn({2, 3, 5})), q, k));
}
