// ctest: LABELS gradcheck
#include "gradus/ops/reduce.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/reduce.h"

using namespace gradus;

namespace {

/// An oracle that reduces axes (none named: all) by a function of a row of numbers.
template <class F> Oracle reducing(const char* sample, reference::Index axes, bool keepdim, F f) {
  return {sample, [=](const auto& x) {
            return reference::reduce(x[0], axes.empty() ? reference::every_axis(x[0]) : axes, keepdim, f);
          }};
}

const auto total = [](const auto& row) { return reference::sum(row); };
const auto average = [](const auto& row) { return reference::mean(row); };
const auto largest = [](const auto& row) { return reference::maximum(row); };
const auto smallest = [](const auto& row) { return reference::minimum(row); };
const auto log_sum_exp = [](const auto& row) { return reference::logsumexp(row); };

}  // namespace

TEST_CASE("sum, mean and sum_to are right in every way") {
  check_op("sum", {reducing("all", {}, false, total), reducing("last axis", {-1}, false, total),
                   reducing("outer axes, kept", {0, 2}, true, total)});
  check_op("mean", {reducing("all", {}, false, average), reducing("middle axis", {1}, false, average)});
  check_op("sum_to", {{"", [](const auto& x) {
                         auto y = reference::reduce(x[0], {0, 2}, true, total);
                         y.shape.erase(y.shape.begin());
                         return y;
                       }}});
}

TEST_CASE("max, min, var and logsumexp are right in every way") {
  check_op("max", {reducing("all", {}, false, largest), reducing("last axis", {2}, false, largest)});
  check_op("min", {reducing("all", {}, false, smallest), reducing("middle axis, kept", {1}, true, smallest)});
  check_op("var", {reducing("all", {}, false, [](const auto& row) { return reference::variance(row, 1); }),
                   reducing("two axes, biased, kept", {0, 2}, true,
                            [](const auto& row) { return reference::variance(row, 0); })});
  check_op("logsumexp", {reducing("last axis", {-1}, false, log_sum_exp),
                         reducing("first axis, kept", {0}, true, log_sum_exp)});
}

TEST_CASE("sum: any set of axes of a tensor of rank 5, kept or not") {
  const Tensor x = randn({2, 3, 1, 4, 2}, Dtype::float64);
  const auto array = [&] {
    reference::Array<double> a{{2, 3, 1, 4, 2}, x.to_vector<double>()};
    return a;
  }();
  for (unsigned set = 0; set < 32; ++set)
    for (const bool keepdim : {false, true}) {
      Shape axes;
      for (int a = 0; a < 5; ++a)
        if (set >> a & 1u) axes.push_back(a % 2 ? a - 5 : a);
      CAPTURE(set);
      const Tensor y = sum(x, axes, keepdim);
      const auto want = reference::reduce(array, reference::Index(axes.begin(), axes.end()), keepdim, total);
      CHECK(y.shape() == Shape(want.shape));
      const Values got = values(y);
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::fabs(got[i] - want.data[i]) <= 1e-13);
    }
}

TEST_CASE("sum: 2^25 ones in float32 are 2^25, and large terms that cancel leave the small one") {
  CHECK(sum(ones({1 << 25})).item() == 1 << 25);
  CHECK(sum(tensor({1e8, 1, -1e8}, Dtype::float64)).item() == 1);
  CHECK(std::fabs(mean(full({1000}, 1e8)).item() - 1e8) <= 10);
}

TEST_CASE("var: a mean of 1e6 does not drown it") {
  const Tensor noise = randn({4096}, Dtype::float64);
  const double want = var(noise).item(), got = var(noise + 1e6).item();
  CHECK(std::fabs(got - want) <= 1e-9 * want);
}

TEST_CASE("argmax and argmin: the first of equals, the first NaN, along any axis") {
  const Tensor x = tensor({{1, 3, 3}, {5, 5, 2}});
  CHECK(values(argmax(x)) == Values{1, 0});
  CHECK(values(argmin(x)) == Values{0, 2});
  CHECK(values(argmax(x, 0)) == Values{1, 1, 0});
  CHECK(argmax(x, 0, true).shape() == Shape{1, 3});
  CHECK(values(argmax(tensor({{1, not_a_number, 7, not_a_number}}))) == Values{1});
  CHECK(values(argmin(tensor({{1, not_a_number, 0, not_a_number}}))) == Values{1});
  CHECK(values(argmax(tensor({{-inf, -inf}}))) == Values{0});
  CHECK(argmax(x).dtype() == Dtype::int64);
  Tensor long_row = zeros({1, 1000});
  long_row.slice(1, 501, 503).fill_(1);
  CHECK(argmax(long_row).item() == 501);
}

TEST_CASE("max and min: equals share the gradient, NaN wins, an empty axis is an error") {
  Tensor x = tensor({{1, 3, 3}, {4, 2, 0}}).requires_grad_();
  max(x, 1).backward(tensor({8, 8}));
  CHECK(values(x.grad()) == Values{0, 4, 4, 8, 0, 0});
  CHECK(std::isnan(max(tensor({1, not_a_number, 2})).item()));
  CHECK(std::isnan(min(tensor({1, not_a_number, 2})).item()));
  CHECK(max(tensor({-inf, -inf})).item() == -inf);
  CHECK(error_of([] {
          max(zeros({2, 0}), 1);
        }) == "max: there is no largest or smallest of nothing\n  x  float32 [2, 0]           a constant");
  CHECK(max(zeros({0, 2}), 1).shape() == Shape{0});
}

TEST_CASE("logsumexp: no overflow, all -inf, an infinity, and gradients without NaN beside them") {
  CHECK(logsumexp(tensor({1e4, 1e4}, Dtype::float64), 0).item() == 1e4 + std::log(2.0));
  CHECK(logsumexp(tensor({-1e4, -1e4}, Dtype::float64), 0).item() == -1e4 + std::log(2.0));
  Tensor x = tensor({{-inf, -inf}, {1, 1}}, Dtype::float64).requires_grad_();
  const Tensor y = logsumexp(x, 1);
  CHECK(values(y)[0] == -inf);
  y.backward(ones_like(y));
  CHECK(values(x.grad()) == Values{0, 0, 0.5, 0.5});
  CHECK(logsumexp(tensor({inf, 1}), 0).item() == inf);
  CHECK(values(logsumexp(zeros({2, 0}), 1)) == Values{-inf, -inf});
}

TEST_CASE("reductions of 0-dim and empty tensors, and axes that cannot be") {
  CHECK(sum(scalar(3)).item() == 3);
  CHECK(sum(zeros({0})).item() == 0);
  CHECK(std::isnan(mean(zeros({0})).item()));
  CHECK(sum(zeros({0, 3}), {0}).shape() == Shape{3});
  CHECK(error_of([] { sum(zeros({2, 3}), {2}); }) == "sum: axis 2 of a tensor with 2 axes; expected -2 to 1");
  CHECK(error_of([] {
          sum(zeros({2, 3}), {1, -1});
        }) == "sum: axis -1 is named twice\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([] {
          sum_to(zeros({2, 3}), {4});
        }) == "sum_to: the shape does not broadcast from [4]\n  x  float32 [2, 3]           a constant");
}

TEST_CASE("var: a correction above the count is infinite, never negative") {
  CHECK(var(tensor({1, 2}, Dtype::float64), 3).item() == inf);
}
