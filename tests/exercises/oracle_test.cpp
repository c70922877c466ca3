#include "exercises/common/oracle.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;

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
