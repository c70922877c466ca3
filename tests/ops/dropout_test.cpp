// ctest: LABELS gradcheck
#include "gradus/ops/dropout.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/elementwise.h"
#include "reference/expect.h"
#include "reference/measure.h"

using namespace gradus;

TEST_CASE("dropout is right in every way") {
  manual_seed(7);  // the table draws its seed so
  const std::uint64_t drawn = next_seed();
  check_op("dropout",
           {{"fixed seed", [](const auto& x) { return reference::dropout(x[0], 0.5, 3); }},
            {"drawn seed", [drawn](const auto& x) { return reference::dropout(x[0], 0.25, drawn); }}});
}

TEST_CASE("dropout: p = 0 keeps every bit, p = 1 gives zeros, whatever x holds") {
  Tensor x = tensor({1, -2, inf, not_a_number});
  CHECK(measure::same_bits(dropout(x, 0, 5), x));
  CHECK(dropout(x, 0).storage() == x.storage());
  CHECK(values(dropout(x, 1, 5)) == Values{0, 0, 0, 0});
  Tensor leaf = ones({4}).requires_grad_();
  dropout(leaf, 1, 5).sum().backward();
  CHECK(values(leaf.grad()) == Values{0, 0, 0, 0});
}

TEST_CASE("dropout: keeps a share 1 - p, scaled, and another mask for every draw") {
  manual_seed(3);
  const Tensor x = ones({100000});
  const Tensor a = dropout(x, 0.3), b = dropout(x, 0.3);
  CHECK_FALSE(measure::same_bits(a, b));
  for (const Tensor& y : {a, b})
    CHECK(std::fabs(mean(y).item() - 1) <= 0.01);  // 5 standard deviations are 0.0104
  manual_seed(3);
  CHECK(measure::same_bits(dropout(x, 0.3), a));
}

TEST_CASE("dropout: off under Eval, unless the mask is asked for by its seed") {
  const Tensor x = ones({64});
  const Eval eval;
  CHECK(dropout(x, 0.5).storage() == x.storage());
  CHECK_FALSE(measure::same_bits(dropout(x, 0.5, 1), x));
}

TEST_CASE("dropout: p must be a probability") {
  CHECK(error_of([] { dropout(zeros({2}), 1.5); }) ==
        "dropout: the probability must lie between 0 and 1, not 1.5");
  CHECK(error_of([] { dropout(zeros({2}), -0.1); }) ==
        "dropout: the probability must lie between 0 and 1, not -0.1");
  CHECK(error_of([] { dropout(zeros({2}), not_a_number); }) ==
        "dropout: the probability must lie between 0 and 1, not nan");
}
