// ctest: LABELS gradcheck
#include "gradus/ops/pointwise.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/elementwise.h"
#include "reference/expect.h"

using namespace gradus;

namespace {

template <class F> void check_map(const char* op, F f) {
  check_op(op, {{"", [f](const auto& x) { return reference::map(x[0], f); }}});
}

}  // namespace

TEST_CASE("exp, log, sqrt, rsqrt and square are right in every way") {
  using std::exp, std::log, std::sqrt;
  check_map("exp", [](auto x) { return exp(x); });
  check_map("log", [](auto x) { return log(x); });
  check_map("sqrt", [](auto x) { return sqrt(x); });
  check_map("rsqrt", [](auto x) { return decltype(x)(1) / sqrt(x); });
  check_map("square", [](auto x) { return x * x; });
}

TEST_CASE("abs, sign, sin, cos and erf are right in every way") {
  using std::sin, std::cos, std::erf;
  check_map("abs", [](auto x) { return reference::absolute(x); });
  check_map("sign", [](auto x) { return reference::sign(x); });
  check_map("sin", [](auto x) { return sin(x); });
  check_map("cos", [](auto x) { return cos(x); });
  check_map("erf", [](auto x) { return erf(x); });
}

TEST_CASE("the activations are right in every way") {
  using std::tanh;
  check_map("tanh", [](auto x) { return tanh(x); });
  check_map("sigmoid", [](auto x) { return reference::sigmoid(x); });
  check_map("relu", [](auto x) { return reference::relu(x); });
  check_map("gelu_erf", [](auto x) { return reference::gelu_erf(x); });
  check_map("gelu_tanh", [](auto x) { return reference::gelu_tanh(x); });
  check_map("silu", [](auto x) { return reference::silu(x); });
}

TEST_CASE("gelu and silu: far from 0 they are x or 0 with slope 1 or 0, never NaN") {
  for (const Dtype dtype : {Dtype::float32, Dtype::float64})
    for (Tensor (*f)(const Tensor&) : {gelu_erf, gelu_tanh, silu})
      for (const double x : {1e4, 1e13, 1e20, 1e30, inf}) {
        CAPTURE(x);
        Tensor at = tensor({x, -x}, dtype).requires_grad_();
        const Tensor y = f(at);
        CHECK(values(y)[0] == at.select(0, 0).item());
        CHECK(values(y)[1] == 0);
        y.backward(tensor({3, 3}, dtype));
        CHECK(values(at.grad()) == Values{3, 0});
      }
}

TEST_CASE("sigmoid and tanh saturate") {
  const Tensor x = tensor({1e4, -1e4, inf, -inf, 0});
  CHECK(values(sigmoid(x)) == Values{1, 0, 1, 0, 0.5});
  CHECK(values(tanh(x)) == Values{1, -1, 1, -1, 0});
  Tensor leaf = tensor({1e4, -1e4}).requires_grad_();
  (sigmoid(leaf) + tanh(leaf)).sum().backward();
  CHECK(values(leaf.grad()) == Values{0, 0});
}

TEST_CASE("sqrt, log and rsqrt at 0: the value and the one-sided slope") {
  const auto slope = [](Tensor (*f)(const Tensor&)) {
    Tensor x = tensor({0}, Dtype::float64).requires_grad_();
    f(x).sum().backward();
    return x.grad().item();
  };
  CHECK(values(sqrt(tensor({0, 4}))) == Values{0, 2});
  CHECK(slope(sqrt) == inf);
  CHECK(values(log(tensor({0, 1}))) == Values{-inf, 0});
  CHECK(slope(log) == inf);
  CHECK(values(rsqrt(tensor({0, 4}))) == Values{inf, 0.5});
  CHECK(slope(rsqrt) == -inf);
  CHECK(std::isnan(values(sqrt(tensor({-1})))[0]));
  CHECK(std::isnan(values(log(tensor({-1})))[0]));
}

TEST_CASE("the kinks: relu, abs and sign have slope 0 at 0") {
  for (Tensor (*f)(const Tensor&) : {relu, abs, sign}) {
    Tensor x = tensor({0}).requires_grad_();
    const Tensor y = f(x);
    y.sum().backward();
    CHECK(y.item() == 0);
    CHECK(x.grad().item() == 0);
  }
}

TEST_CASE("NaN stays NaN, and touches no neighbour") {
  for (Tensor (*f)(const Tensor&) :
       {exp, log, sqrt, rsqrt, abs, square, sin, cos, tanh, sigmoid, erf, relu, gelu_erf, gelu_tanh, silu})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
      Tensor x = full({37}, 0.5, dtype);
      x.slice(0, 7, 8).fill_(not_a_number);
      const Values y = values(f(x));
      for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i == 7));
    }
}

TEST_CASE("exp overflows to infinity and underflows to 0") {
  CHECK(values(exp(tensor({1000, -1000, inf, -inf}))) == Values{inf, 0, inf, 0});
  CHECK(values(exp(tensor({1000, -1000}, Dtype::float64))) == Values{inf, 0});
}

TEST_CASE("pointwise: what is not floating is refused with the cast to write") {
  CHECK(error_of([] { exp(arange(3)); }) ==
        "exp: needs float32 or float64, not int64; write x.to(Dtype::float32)");
  CHECK(error_of([] { relu({}); }) == "relu: x is undefined");
}
