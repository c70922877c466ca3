// ctest: LABELS gradcheck
#include "gradus/ops/softmax.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/measure.h"
#include "reference/softmax.h"

using namespace gradus;

TEST_CASE("softmax and log_softmax are right in every way") {
  check_op("softmax", {{"last axis", [](const auto& x) { return reference::softmax(x[0], -1); }},
                       {"first axis", [](const auto& x) { return reference::softmax(x[0], 0); }}});
  check_op("log_softmax", {{"last axis", [](const auto& x) { return reference::log_softmax(x[0], -1); }},
                           {"middle axis", [](const auto& x) { return reference::log_softmax(x[0], 1); }}});
}

TEST_CASE("softmax: large and equal logits") {
  CHECK(values(softmax(tensor({1e4, 0, -1e4}))) == Values{1, 0, 0});
  CHECK(values(softmax(full({4}, -1e4))) == Values{0.25, 0.25, 0.25, 0.25});
  const Tensor wide = softmax(randn({1, 1000000}));
  CHECK(std::fabs(sum(wide.to(Dtype::float64)).item() - 1) <= 1e-6);
}

TEST_CASE("log_softmax: large logits do not overflow") {
  CHECK(values(log_softmax(tensor({1e4, 0, -1e4}))) == Values{0, -1e4, -2e4});
}

TEST_CASE(
    "softmax: -inf gives an exact 0 with gradient 0, and a row of nothing else gives zeros, fused and "
    "composed") {
  for (const Dtype dtype : {Dtype::float32, Dtype::float64})
    for (Tensor (*f)(const Tensor&, std::int64_t) : {softmax, composed::softmax}) {
      Tensor x = tensor({{-inf, 1, 1}, {-inf, -inf, -inf}, {2, 2, -inf}}, dtype).requires_grad_();
      const Tensor y = f(x, -1);
      CHECK(values(y) == Values{0, 0.5, 0.5, 0, 0, 0, 0.5, 0.5, 0});
      const Tensor dy = tensor({{1, 2, 4}, {1, 2, 4}, {1, 2, 4}}, dtype);
      y.backward(dy, true);
      CHECK(values(x.grad()) == Values{0, -0.5, 0.5, 0, 0, 0, -0.25, 0.25, 0});
      const Tensor g = grad(y, {x}, {.create_graph = true}, dy)[0];
      CHECK(values(g) == values(x.grad()));
      const Values second = values(grad(g, {x}, {}, dy)[0]);
      for (const std::size_t masked : {0u, 3u, 4u, 5u, 8u}) CHECK(second[masked] == 0);
      for (const double v : second) CHECK(std::isfinite(v));
    }
}

TEST_CASE("softmax: a row with NaN or +inf is NaN and no other row is") {
  for (const double bad : {not_a_number, inf}) {
    const Values y = values(softmax(tensor({{1, bad, 2}, {1, 1, -inf}})));
    for (const std::size_t i : {0u, 1u, 2u}) CHECK(std::isnan(y[i]));
    CHECK(Values(y.begin() + 3, y.end()) == Values{0.5, 0.5, 0});
  }
}

TEST_CASE(
    "log_softmax: a row that is all -inf stays so and has gradient 0, and the gradient's rows sum to 0") {
  Tensor x = tensor({{-inf, -inf}, {3, 1}}, Dtype::float64).requires_grad_();
  const Tensor y = log_softmax(x);
  CHECK(values(y)[0] == -inf);
  y.backward(tensor({{5, 7}, {1, 2}}, Dtype::float64));
  const Values g = values(x.grad());
  CHECK(g[0] == 0);
  CHECK(g[1] == 0);
  CHECK(std::fabs(g[2] + g[3]) <= 1e-15);
}

TEST_CASE("softmax: 0-dim and size-1 axes give ones, and an axis must exist") {
  CHECK(values(softmax(scalar(5))) == Values{1});
  CHECK(values(softmax(zeros({3, 1}))) == Values{1, 1, 1});
  CHECK(values(log_softmax(zeros({3, 1}))) == Values{0, 0, 0});
  CHECK(error_of([] {
          softmax(zeros({2, 3}), 2);
        }) == "softmax: axis 2 of a tensor with 2 axes; expected -2 to 1");
  CHECK(error_of([] { softmax({}); }) == "softmax: x is undefined");
}

TEST_CASE("softmax, log_softmax: fused and composed agree on masked and on empty rows, in both orders") {
  const Tensor dy = tensor({{1, 2}, {3, 4}}, Dtype::float64);
  for (const bool log : {false, true}) {
    const auto fused_form = log ? log_softmax : softmax;
    const auto composed_form = log ? composed::log_softmax : composed::softmax;
    const Tensor x = tensor({{-inf, -inf}, {0, 1}}, Dtype::float64).requires_grad_();
    const Tensor y = fused_form(x, -1);
    CHECK(measure::distance(y, composed_form(x, -1)) <= 1e-15);
    const Tensor plain = grad(y, {x}, {.retain_graph = true}, dy)[0];
    CHECK(values(plain.slice(0, 0, 1)) == Values{0, 0});
    CHECK(measure::distance(grad(y, {x}, {.create_graph = true}, dy)[0], plain) <= 1e-15);
    CHECK(composed_form(zeros({2, 0}), -1).shape() == Shape{2, 0});
  }
}
