// ctest: LABELS gradcheck
#include "gradus/ops/copy.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/layout.h"
#include "reference/measure.h"

using namespace gradus;

TEST_CASE("contiguous and clone are right in every way") {
  check_op("contiguous", {{"of a transposed view", [](const auto& x) {
                             return reference::permute(x[0], {2, 1, 0});
                           }}});
  check_op("clone", {{"", [](const auto& x) { return x[0]; }}});
}

TEST_CASE("contiguous is x itself when it can be, clone never") {
  const Tensor x = randn({2, 3});
  CHECK(contiguous(x).storage() == x.storage());
  CHECK(contiguous(x.slice(0, 1, 2)).storage() == x.storage());
  CHECK_FALSE(contiguous(x.t()).storage() == x.storage());
  CHECK_FALSE(clone(x).storage() == x.storage());
  CHECK(clone(x.t()).is_contiguous());
}

TEST_CASE("to: between every two element types, cutting towards zero and saturating") {
  const Tensor x = tensor({-2.7, 0, 0.4, 1e20});
  CHECK(values(x.to(Dtype::int64)) == Values{-2, 0, 0, 0x1p63});
  CHECK(values(x.to(Dtype::boolean)) == Values{1, 0, 1, 1});
  CHECK(values(to(tensor({not_a_number}), Dtype::int64)) == Values{0});
  CHECK(values(arange(-1, 2).to(Dtype::boolean)) == Values{1, 0, 1});
  CHECK(values(arange(-1, 2).to(Dtype::boolean).to(Dtype::float32)) == Values{1, 0, 1});
  CHECK(x.to(Dtype::float32).storage() == x.storage());
  CHECK(values(tensor({0.1}, Dtype::float64).to(Dtype::float32))[0] == static_cast<double>(0.1f));
  CHECK(values(x.slice(0, 0, 4, 3).to(Dtype::float64)) ==
        Values{static_cast<double>(-2.7f), static_cast<double>(1e20f)});
}

TEST_CASE("to: the gradient comes back in the type of the input, and integers take none") {
  Tensor x = tensor({1, 2}).requires_grad_();
  const Tensor y = x.to(Dtype::float64) * tensor({0.1, 0.3}, Dtype::float64);
  y.sum().backward();
  CHECK(x.grad().dtype() == Dtype::float32);
  CHECK(values(x.grad()) == Values{static_cast<double>(0.1f), static_cast<double>(0.3f)});
  CHECK_FALSE(x.to(Dtype::int64).requires_grad());
  CHECK_FALSE(x.to(Dtype::boolean).requires_grad());
  CHECK(x.to(Dtype::float32).requires_grad());
}
