// ctest: LABELS gradcheck
#include "gradus/ops/views.h"

#include <doctest/doctest.h>

#include <vector>

#include "gradus/autograd/modes.h"
#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/layout.h"
#include "reference/measure.h"

using namespace gradus;
using reference::slice;

TEST_CASE("reshape, view and flatten are right in every way") {
  check_op("reshape", {{"", [](const auto& x) {
                          const auto& s = x[0].shape;
                          return reference::reshape(x[0], {s[2], s[1], s[0]});
                        }}});
  check_op("view", {{"", [](const auto& x) {
                       const auto& s = x[0].shape;
                       return reference::reshape(x[0], {s[0] * s[1], s[2]});
                     }}});
  check_op("flatten", {{"last two axes", [](const auto& x) {
                          const auto& s = x[0].shape;
                          return reference::reshape(x[0], {s[0], s[1] * s[2]});
                        }}});
}

TEST_CASE("transpose, permute, squeeze, unsqueeze and expand are right in every way") {
  check_op("transpose", {{"", [](const auto& x) { return reference::permute(x[0], {2, 1, 0}); }}});
  check_op("permute", {{"", [](const auto& x) { return reference::permute(x[0], {2, 0, 1}); }}});
  check_op("squeeze",
           {{"", [](const auto& x) { return reference::reshape(x[0], reference::erased(x[0].shape, 1)); }}});
  check_op(
      "unsqueeze",
      {{"", [](const auto& x) { return reference::reshape(x[0], reference::inserted(x[0].shape, 1, 1)); }}});
  check_op("expand", {{"", [](const auto& x) { return reference::expand(x[0], {3, x[0].shape[0], 4}); }}});
}

TEST_CASE("slice, narrow, select, split and chunk are right in every way") {
  check_op("slice",
           {{"middle",
             [](const auto& x) { return slice(x[0], 1, 1, x[0].shape[1] == 0 ? 0 : x[0].shape[1] - 2); }},
            {"every other", [](const auto& x) { return slice(x[0], 2, 1, x[0].shape[2] / 2, 2); }}});
  check_op("narrow", {{"", [](const auto& x) { return slice(x[0], 1, 1, 2); }}});
  check_op("select", {{"", [](const auto& x) {
                         const auto part = slice(x[0], 1, x[0].shape[1] - 2, 1);
                         return reference::reshape(part, reference::erased(part.shape, 1));
                       }}});
  check_op("split", {{"unequal parts, swapped", [](const auto& x) {
                        using A = std::decay_t<decltype(x[0])>;
                        const auto n = x[0].shape[1], first = n / 2 + 1;
                        return reference::cat(
                            std::vector<A>{slice(x[0], 1, first, n - first), slice(x[0], 1, 0, first)}, 1);
                      }}});
  check_op("chunk", {{"", [](const auto& x) {
                        const auto half = x[0].shape[1] / 2;
                        return reference::zip(slice(x[0], 1, 0, half), slice(x[0], 1, half, half),
                                              [](auto a, auto b) { return a * b; });
                      }}});
}

TEST_CASE("views share memory: what is written through one is seen through all") {
  Tensor x = zeros({4, 6});
  const std::vector<Tensor> views{x.t(),          x.slice(1, 1, 6, 2), x.reshape({2, 12}),
                                  x.select(0, 3), x.unsqueeze(1),      x.permute({1, 0})};
  for (const Tensor& v : views) CHECK(v.storage() == x.storage());
  x.select(0, 3).fill_(7);
  CHECK(values(x.t().select(1, 3)) == Values(6, 7));
  CHECK(values(x.reshape({24}).slice(0, 18, 24)) == Values(6, 7));
  CHECK(values(views[1].select(0, 3)) == Values(3, 7));
}

TEST_CASE("views of views: a chain of them equals the same chain of copies, value and gradient") {
  const Tensor start = randn({4, 6, 5}, Dtype::float64);
  const auto chain = [](Tensor x, bool copy) {
    const auto step = [&](const Tensor& v) { return copy ? clone(v) : v; };
    x = step(x.slice(1, 1, 6, 2));                   // [4, 3, 5]
    x = step(x.transpose(0, 2));                     // [5, 3, 4]
    x = step(x.slice(0, 1, 4));                      // [3, 3, 4]
    x = step(x.unsqueeze(1).expand({3, 2, 3, 4}));   // stride 0
    x = step(x.permute({3, 1, 0, 2}));               // [4, 2, 3, 3]
    x = step(x.reshape({8, 9}));                     // copies
    return step(x.select(0, -2).slice(0, 0, 9, 3));  // [3]
  };
  Tensor a = start.clone().requires_grad_(), b = start.clone().requires_grad_();
  const Tensor cotangent = randn({3}, Dtype::float64);
  const Tensor ya = chain(a, false), yb = chain(b, true);
  CHECK(measure::same_bits(ya.detach(), yb.detach()));
  ya.backward(cotangent);
  yb.backward(cotangent);
  CHECK(measure::same_bits(a.grad(), b.grad()));
}

TEST_CASE("reshape: a view where the layout allows it, a copy where it does not") {
  const Tensor x = arange(0, 24).reshape({2, 3, 4});
  const auto shares = [&](const Tensor& v) { return v.storage() == x.storage(); };
  CHECK(shares(x.reshape({6, -1})));
  CHECK(shares(x.transpose(0, 1).reshape({3, 2, 2, 2})));  // splits an axis
  CHECK(shares(x.slice(2, 0, 4, 2).reshape({6, 2})));      // rows stay evenly spaced
  CHECK(shares(x.slice(0, 0, 1).reshape({12})));           // an axis of one
  CHECK_FALSE(shares(x.transpose(1, 2).reshape({2, 12})));
  CHECK_FALSE(shares(x.slice(2, 0, 3).reshape({2, 9})));
  CHECK(values(x.transpose(1, 2).reshape({24}))[1] == 4);
  CHECK(values(x.slice(2, 0, 4, 2).reshape({12})) == Values{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22});
  CHECK(x.select(0, 0).select(0, 0).select(0, 0).reshape({1, 1}).shape() == Shape{1, 1});
  CHECK(zeros({0, 3}).reshape({3, 0, 2}).shape() == Shape{3, 0, 2});
  CHECK(zeros({1, 1}).reshape({}).dim() == 0);
}

TEST_CASE("slice: ends count from the back and are cut; steps; empty ranges") {
  const Tensor x = arange(10);
  CHECK(values(x.slice(0, -3, 99)) == Values{7, 8, 9});
  CHECK(values(x.slice(0, 1, -1, 4)) == Values{1, 5});
  CHECK(values(x.slice(0, -99, 2)) == Values{0, 1});
  CHECK(x.slice(0, 5, 3).shape() == Shape{0});
  CHECK(x.slice(0, 10, 10).shape() == Shape{0});
  CHECK(values(x.slice(0, 0, 10, 100)) == Values{0});
}

TEST_CASE("slices: regions of one buffer collect their gradients in place, overlapping or not") {
  const Tensor start = randn({6, 4}, Dtype::float64);
  const std::vector<Tensor> c{randn({3, 4}, Dtype::float64), randn({3, 4}, Dtype::float64),
                              randn({6, 2}, Dtype::float64)};
  const auto loss = [&](const Tensor& whole, bool copy) {
    const Tensor x = copy ? whole + 0.0 : whole * 1.0;
    return (x.slice(0, 0, 3) * c[0]).sum() + (x.slice(0, 2, 5) * c[1]).sum() +
           (x.slice(1, 0, 4, 2) * c[2]).sum();
  };
  Tensor x = start.clone().requires_grad_();
  loss(x, false).backward();
  Tensor want = zeros_like(start);
  {
    const NoGrad off;
    want.slice(0, 0, 3).add_(c[0]);
    want.slice(0, 2, 5).add_(c[1]);
    want.slice(1, 0, 4, 2).add_(c[2]);
  }
  CHECK(measure::distance(x.grad(), want) <= 1e-15);
}

TEST_CASE("views: mistakes are explained") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] {
          x.reshape({4, 2});
        }) == "reshape: 6 elements do not fit the shape [4, 2]\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] {
          x.reshape({-1, -1});
        }) == "reshape: [-1, -1] is not a shape\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] {
          x.reshape({4, -1});
        }) == "reshape: 6 elements do not fit the shape [4, 1]\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] { x.t().view({6}); }) ==
        "view: this layout cannot be read as [6] without a copy\n  x  float32 [3, 2]           a constant\n"
        "  use reshape, which copies where it must");
  CHECK(error_of([&] {
          x.permute({0, 0});
        }) == "permute: [0, 0] does not name every axis once\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] { x.select(1, 3); }) ==
        "select: index 3 is outside axis 1 of size 3\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] { narrow(x, 1, 2, 2); }) ==
        "narrow: 2 elements from 2 do not lie inside an axis of 3\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] { x.slice(0, 0, 2, 0); }) ==
        "slice: the step must be at least 1, not 0\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] {
          x.expand({2, 4});
        }) == "expand: cannot be stretched to [2, 4]\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] { x.split(0, 0); }) ==
        "split: the size of a part must be at least 1, not 0\n  x  float32 [2, 3]           a constant");
  CHECK(error_of([&] { chunk<2>(x, 1); }) == "chunk: an axis of size 3 does not divide into 2 equal parts");
  CHECK(error_of([&] { x.transpose(0, 2); }) ==
        "transpose: axis 2 of a tensor with 2 axes; expected -2 to 1");
}

TEST_CASE("views: a shape whose sizes multiply past 2^63 is an error, also of an empty tensor") {
  const std::int64_t large = std::int64_t{1} << 32;
  CHECK_THROWS_AS(reshape(zeros({0}), {large, large}), Error);
  CHECK_THROWS_AS(expand(zeros({1, 1}), {large, large}), Error);
  CHECK(expand(zeros({1, 1}), {large, large / 4}).numel() == std::int64_t{1} << 62);
}
