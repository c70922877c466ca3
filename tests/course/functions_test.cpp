// The published tests of the course "llm-first-principles", stage 5, numbered in the order of its file: 1-9, softmax
// and activations. Each is asked of Gradus as it stands; where a wrong implementation passes it, a strict twin
// follows that pins the numbers. ReLU passes both tests of GELU.
#include <doctest/doctest.h>

#include <cmath>

#include "course/agree.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "reference/expect.h"
#include "reference/softmax.h"

using namespace gradus;
using course::agrees, course::Tensors;

namespace {

Tensor numbers(std::initializer_list<Number> x) { return tensor(x, Dtype::float64); }

/// The gradient of softmax at x for the cotangent dy.
Tensor gradient(const Tensor& x, const Tensor& dy) {
  const Tensor leaf = x.clone().requires_grad_();
  return grad(softmax(leaf), {leaf}, {}, dy)[0];
}

}  // namespace

TEST_CASE("course 1: softmax gives probabilities") {
  const Tensor p = softmax(tensor({1, 2, 3}));
  CHECK(std::fabs(p.sum().item() - 1) <= 1e-6);
  CHECK(min(p).item() >= 0);
}

TEST_CASE("course 1, strict: each is e^x over the sum of all, and the gradient is that of the quotient") {
  agrees([](const Tensors& x) { return softmax(x[0]); },
         [](const auto& x) { return reference::softmax(x[0], -1); }, {numbers({1, 2, 3})});
}

TEST_CASE("course 2: softmax of large numbers does not overflow") {
  const Tensor p = softmax(tensor({1000, 1001, 1002}));
  CHECK(std::fabs(p.sum().item() - 1) <= 1e-6);
  for (const double v : values(p)) CHECK_FALSE(std::isnan(v));
}

TEST_CASE("course 2, strict: only differences count, to the last bit, in the value and in the gradient") {
  const Tensor small = numbers({0, 1, 2}), dy = numbers({0.3, -2, 1});
  for (const double shift : {1000.0, -1000.0, 1e6}) {
    CHECK(measure::same_bits(softmax(small + shift), softmax(small)));
    CHECK(measure::same_bits(gradient(small + shift, dy), gradient(small, dy)));
  }
  CHECK(values(softmax(numbers({1e300, 0, -1e300}))) == Values{1, 0, 0});
}

TEST_CASE("course 3: a score of -inf gets a probability of exactly 0") {
  const Values p = values(softmax(tensor({1, -inf, 2})));
  CHECK(p[1] == 0);
  CHECK(std::fabs(p[0] + p[2] - 1) <= 1e-6);
}

TEST_CASE("course 3, strict: the others share as if it were not there, and its gradient is exactly 0") {
  const Values with = values(softmax(numbers({1, -inf, 2}))), without = values(softmax(numbers({1, 2})));
  CHECK(std::fabs(with[0] - without[0]) <= 1e-15);
  CHECK(std::fabs(with[2] - without[1]) <= 1e-15);
  const Values g = values(gradient(numbers({1, -inf, 2}), numbers({1, 5, -3})));
  const Values alone = values(gradient(numbers({1, 2}), numbers({1, -3})));
  CHECK(g[1] == 0);
  CHECK(std::fabs(g[0] - alone[0]) <= 1e-15);
  CHECK(std::fabs(g[2] - alone[1]) <= 1e-15);
}

TEST_CASE("course 4: when every score is -inf, softmax is not NaN") {
  for (const double v : values(softmax(tensor({-inf, -inf})))) CHECK_FALSE(std::isnan(v));
}

TEST_CASE("course 4, strict: it is exactly 0 with a gradient of 0, and the row beside it is as if alone") {
  const Tensor beside = randn({3}, Dtype::float64), dy = randn({2, 3}, Dtype::float64);
  const Tensor x = stack({full({3}, -inf, Dtype::float64), beside});
  CHECK(values(softmax(x)[0]) == Values{0, 0, 0});
  CHECK(measure::same_bits(softmax(x)[1], softmax(beside)));
  CHECK(values(gradient(x, dy)[0]) == Values{0, 0, 0});
  CHECK(measure::same_bits(gradient(x, dy)[1], gradient(beside, dy[1])));
}

TEST_CASE("course 5: of a matrix, each row sums to one") {
  for (const double total : values(sum(softmax(tensor({{1, 2}, {3, 4}})), {-1})))
    CHECK(std::fabs(total - 1) <= 1e-6);
}

TEST_CASE("course 5, strict: along any axis of any shape, value and gradient") {
  for (const std::int64_t axis : {0, 1, 2, -1})
    agrees([&](const Tensors& x) { return softmax(x[0], axis); },
           [&](const auto& x) { return reference::softmax(x[0], reference::axis_of(axis, 3)); },
           {randn({3, 4, 5})});
}

TEST_CASE("course 6: relu keeps positive numbers") {
  CHECK(values(relu(tensor({1, 2, 3}))) == Values{1, 2, 3});
}

TEST_CASE("course 7: relu of anything else is 0") {
  CHECK(values(relu(tensor({-1, -2, 0}))) == Values{0, 0, 0});
}

TEST_CASE("course 8: gelu of a large number is nearly the number") {
  for (const auto gelu : {gelu_erf, gelu_tanh}) CHECK(std::fabs(gelu(tensor({10})).item() - 10) < 0.1);
}

TEST_CASE("course 8, strict: both kinds everywhere, value and gradient; they differ by less than 0.0005") {
  const Tensor x = linspace(-6, 6, 97, Dtype::float64);
  agrees([](const Tensors& in) { return gelu_erf(in[0]); },
         [](const auto& in) { return reference::map(in[0], [](auto v) { return reference::gelu_erf(v); }); },
         {x});
  agrees([](const Tensors& in) { return gelu_tanh(in[0]); },
         [](const auto& in) { return reference::map(in[0], [](auto v) { return reference::gelu_tanh(v); }); },
         {x});
  const double apart = max(abs(gelu_erf(x) - gelu_tanh(x))).item();
  CHECK(apart > 0.0004);
  CHECK(apart <= 0.0005);
}

TEST_CASE("course 9: gelu of a very negative number is nearly 0") {
  for (const auto gelu : {gelu_erf, gelu_tanh}) CHECK(std::fabs(gelu(tensor({-10})).item()) < 0.1);
}

TEST_CASE("course 9, strict: it comes from below, since gelu(x) - gelu(-x) = x and gelu(-x) < 0") {
  const Tensor x = linspace(0.1, 5, 50, Dtype::float64);
  for (const auto gelu : {gelu_erf, gelu_tanh}) {
    CHECK(max(abs(gelu(x) - gelu(-x) - x)).item() <= 1e-15);
    CHECK(max(gelu(-x)).item() < 0);
  }
}
