// ctest: LABELS gradcheck
#include "gradus/ops/arithmetic.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "gradus/autograd/walk.h"
#include "gradus/ops/pointwise.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/elementwise.h"
#include "reference/expect.h"

using namespace gradus;
using reference::map;
using reference::zip;

namespace {

const auto add = [](auto a, auto b) { return a + b; };
const auto subtract = [](auto a, auto b) { return a - b; };
const auto multiply = [](auto a, auto b) { return a * b; };
const auto divide = [](auto a, auto b) { return a / b; };
const auto power = [](auto a, auto b) {
  using std::pow;
  return pow(a, b);
};
const auto smaller = [](auto a, auto b) { return b < a ? b : a; };
const auto larger = [](auto a, auto b) { return a < b ? b : a; };

/// An oracle of two broadcasting operands.
template <class F> Oracle of_two(const char* sample, F f) {
  return {sample, [f](const auto& x) { return zip(x[0], x[1], f); }};
}
template <class F> Oracle of_one(const char* sample, F f) {
  return {sample, [f](const auto& x) { return map(x[0], f); }};
}

}  // namespace

TEST_CASE("add, sub, mul, div and neg are right in every way") {
  check_op("add", {of_two("same shape", add), of_two("broadcast", add),
                   of_one("number", [](auto a) { return a + decltype(a)(3.5L); })});
  check_op("sub", {of_two("same shape", subtract), of_two("broadcast", subtract),
                   of_one("number", [](auto a) { return decltype(a)(3.5L) - a; })});
  check_op("mul", {of_two("same shape", multiply), of_two("broadcast", multiply),
                   of_one("one tensor twice", [](auto a) { return a * a; }),
                   of_one("number", [](auto a) { return decltype(a)(-3) * a; })});
  check_op("div", {of_two("same shape", divide), of_two("broadcast", divide),
                   of_one("number", [](auto a) { return decltype(a)(3) / a; })});
  check_op("neg", {of_one("", [](auto a) { return -a; })});
}

TEST_CASE("pow, minimum, maximum, where and mul_where_nonzero are right in every way") {
  check_op("pow", {of_two("same shape", power), of_two("broadcast", power),
                   of_one("cube", [](auto a) { return a * a * a; }), of_one("reciprocal root", [](auto a) {
                     using std::sqrt;
                     return decltype(a)(1) / sqrt(a);
                   })});
  check_op("minimum", {of_two("same shape", smaller), of_two("broadcast", smaller)});
  check_op("maximum", {of_two("same shape", larger), of_two("broadcast", larger)});
  const auto where_of = [](const auto& x) { return reference::where(x[0], x[1], x[2]); };
  check_op("where", {{"same shape", where_of}, {"broadcast", where_of}});
  check_op("mul_where_nonzero", {of_two("", multiply)});
}

TEST_CASE("pow: the corners of zero, one and negative bases") {
  const Tensor base = tensor({0, 0, 0, 2, -2, -2, 1}, Dtype::float64),
               exponent = tensor({0, 2, 0.5, 0, 3, 2, 5}, Dtype::float64);
  CHECK(values(pow(base, exponent)) == Values{1, 0, 0, 1, -8, 4, 1});
  Tensor x = base.clone().requires_grad_();
  pow(x, exponent).backward(ones_like(x));
  CHECK(values(x.grad()) == Values{0, 0, inf, 0, 12, -4, 5});
  Tensor y = tensor({0, 2, 3}, Dtype::float64).requires_grad_();  // d/dy 0^y is 0, not 0 * log 0
  pow(tensor({0, 0, 1}, Dtype::float64), y).sum().backward();
  CHECK(values(y.grad())[1] == 0);
  CHECK(values(y.grad())[2] == 0);
  Tensor z = tensor({0, 3}, Dtype::float64).requires_grad_();
  pow(z, 2.0).sum().backward();
  CHECK(values(z.grad()) == Values{0, 6});
}

TEST_CASE("where: a branch that is not taken passes exactly 0, whatever it computed") {
  struct Branch {
    const char* name;
    Tensor (*f)(const Tensor&);
    double outside;  // where f or its derivative is not finite
  };
  for (const Branch& b : {Branch{"sqrt", sqrt, -1}, Branch{"sqrt at 0", sqrt, 0}, Branch{"log", log, 0},
                          Branch{"log below", log, -1}, Branch{"rsqrt", rsqrt, 0},
                          Branch{"1/x", [](const Tensor& x) { return 1.0 / x; }, 0},
                          Branch{"x^-2", [](const Tensor& x) { return pow(x, -2.0); }, 0},
                          Branch{"x^0.5", [](const Tensor& x) { return pow(x, 0.5); }, 0}}) {
    INFO("branch: ", std::string(b.name));
    Tensor x = tensor({b.outside, 4}, Dtype::float64).requires_grad_();
    const Tensor y = where(x > 1.0, b.f(x), zeros_like(x));
    y.sum().backward();
    CHECK(values(x.grad())[0] == 0);
    CHECK(std::isfinite(values(x.grad())[1]));
    CHECK(values(x.grad())[1] != 0);
    const Tensor g = grad(where(x > 1.0, b.f(x), zeros_like(x)).sum(), {x}, {.create_graph = true})[0];
    const Tensor h = grad(g.sum(), {x})[0];
    CHECK(values(h)[0] == 0);
    CHECK(std::isfinite(values(h)[1]));
  }
}

TEST_CASE("NaN and infinity pass through arithmetic, minimum and maximum from either side") {
  const Tensor x = tensor({not_a_number, 1, inf, -inf}), y = tensor({1, not_a_number, 1, 1});
  for (const Tensor& z : {x + y, x - y, x * y, x / y, minimum(x, y), maximum(x, y), pow(x, y)}) {
    CHECK(std::isnan(values(z)[0]));
    if (!(values(y)[1] == values(y)[1]))
      CHECK((std::isnan(values(z)[1]) || values(z)[1] == 1));  // pow(1, NaN) is 1
  }
  CHECK(values(maximum(x, y))[2] == inf);
  CHECK(values(minimum(x, y))[3] == -inf);
  CHECK(values(tensor({1, -1}) / tensor({0, 0})) == Values{inf, -inf});
}

TEST_CASE("minimum and maximum share the gradient between equal operands") {
  Tensor a = tensor({1, 2, 3}).requires_grad_(), b = tensor({1, 5, 0}).requires_grad_();
  maximum(a, b).backward(tensor({8, 8, 8}));
  CHECK(values(a.grad()) == Values{4, 0, 8});
  CHECK(values(b.grad()) == Values{4, 8, 0});
  a.zero_grad(), b.zero_grad();
  minimum(a, b).backward(tensor({8, 8, 8}));
  CHECK(values(a.grad()) == Values{4, 8, 0});
  CHECK(values(b.grad()) == Values{4, 0, 8});
}

TEST_CASE("comparisons give booleans, broadcast, and are false for NaN except ne") {
  const Tensor a = tensor({1, 2, 3, not_a_number}), b = tensor({2, 2, 2, 2});
  CHECK(values(a < b) == Values{1, 0, 0, 0});
  CHECK(values(a <= b) == Values{1, 1, 0, 0});
  CHECK(values(a > b) == Values{0, 0, 1, 0});
  CHECK(values(a >= b) == Values{0, 1, 1, 0});
  CHECK(values(eq(a, b)) == Values{0, 1, 0, 0});
  CHECK(values(ne(a, b)) == Values{1, 0, 1, 1});
  CHECK(values(eq(a, a))[3] == 0);
  CHECK(values(a < 3.0) == Values{1, 1, 0, 0});
  CHECK(values(a >= 2.0) == Values{0, 1, 1, 0});
  CHECK((a < b).dtype() == Dtype::boolean);
  CHECK((a < b.unsqueeze(1)).shape() == Shape{4, 4});
  CHECK(values(arange(0, 3) <= arange(2, -1, -1)) == Values{1, 1, 0});
  Tensor x = randn({3}).requires_grad_();
  CHECK_FALSE((x < 0.0).requires_grad());
}

TEST_CASE("int64 arithmetic wraps like the machine's and has no gradient") {
  const Tensor a = arange(0, 4), b = tensor(std::vector<std::int64_t>{10, 20, 30, 40}, {4});
  CHECK(values(a + b) == Values{10, 21, 32, 43});
  CHECK(values(b - a) == Values{10, 19, 28, 37});
  CHECK(values(a * b) == Values{0, 20, 60, 120});
  CHECK(values(minimum(a, tensor(std::vector<std::int64_t>{2}, {1}))) == Values{0, 1, 2, 2});
  CHECK((a + b).dtype() == Dtype::int64);
}

TEST_CASE("arithmetic: mistakes are explained") {
  const Tensor x = zeros({2, 3}), ids = zeros({3}, Dtype::int64);
  CHECK(error_of([&] { x + zeros({4}); }) ==
        "add: the shapes do not broadcast: 3 and 4 at axis -1\n"
        "  a  float32 [2, 3]           a constant\n"
        "  b  float32 [4]              a constant");
  CHECK(error_of([&] {
          zeros({2, 5, 3}) * exp(zeros({4, 1}).requires_grad_());
        }).substr(0, 53) == "mul: the shapes do not broadcast: 5 and 4 at axis -2\n");
  CHECK(error_of([&] {
          x* zeros({2, 3}, Dtype::float64);
        }) ==
        "mul: the operands must have one element type\n"
        "  a  float32 [2, 3]           a constant\n"
        "  b  float64 [2, 3]           a constant\n"
        "  write b.to(Dtype::float32) or a.to(Dtype::float64)");
  CHECK(error_of([&] { x + ids; }) ==
        "add: b must be float32 or float64\n"
        "  a  float32 [2, 3]           a constant\n"
        "  b  int64   [3]              a constant\n"
        "  write b.to(Dtype::float32)");
  CHECK(error_of([&] { x + Tensor(); }) == "add: b is undefined");
  CHECK(error_of([&] { where(x, x, x); }) ==
        "where: the condition must be boolean\n"
        "  condition  float32 [2, 3]           a constant\n"
        "  compare it: where(x > 0, a, b)");
}

TEST_CASE("arithmetic: a number with a fraction does not meet integers silently") {
  CHECK(values(arange(3) * 2.0) == Values{0, 2, 4});
  CHECK_THROWS_AS(arange(3) * 0.5, Error);
  CHECK_THROWS_AS(eq(arange(3), 0.5), Error);
}

TEST_CASE("pow: 0 to the power of 0 is flat in the exponent") {
  const Tensor b = tensor({0, 2, -0.5}, Dtype::float64).requires_grad_();
  pow(tensor({0, 0, 4}, Dtype::float64), b).sum().backward();
  CHECK(values(b.grad())[0] == 0);
  CHECK(values(b.grad())[1] == 0);
  CHECK(std::fabs(values(b.grad())[2] - 0.5 * std::log(4.0)) <= 1e-15);
}
