// ctest: LABELS gradcheck
#include "gradus/ops/matmul.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/layout.h"
#include "reference/matmul.h"
#include "reference/measure.h"

using namespace gradus;

namespace {

const auto product = [](const auto& x) { return reference::matmul(x[0], x[1]); };
const auto affine = [](const auto& x) { return reference::linear(x[0], x[1], &x[2]); };

}  // namespace

TEST_CASE("matmul is right in every way") {
  check_op(
      "matmul",
      {{"matrices", product},
       {"batch", product},
       {"batch by matrix", product},
       {"matrix by batch", product},
       {"broadcast batch", product},
       {"vectors", product},
       {"vector by batch", product},
       {"batch by vector", product},
       {"transposed views", [](const auto& x) {
          return reference::matmul(reference::permute(x[0], {0, 2, 1}), reference::permute(x[1], {0, 2, 1}));
        }}});
}

TEST_CASE("linear is right in every way") {
  check_op("linear", {{"bias", affine},
                      {"no bias", [](const auto& x) { return reference::linear(x[0], x[1]); }},
                      {"vector", affine}});
}

TEST_CASE("matmul: every combination of ranks 1 to 4, broadcast either way, with K from 0 up") {
  const std::vector<Shape> left{{0}, {0, 0}, {2, 0, 0}, {1, 0, 0}, {3, 1, 0, 0}, {3, 2, 0, 0}};
  for (const std::int64_t k : {0, 1, 3})
    for (Shape a : left)
      for (Shape b : left) {
        a.back() = k;
        if (a.rank() > 1) a[a.rank() - 2] = 2;
        b.back() = b.rank() == 1 ? k : 4;
        if (b.rank() > 1) b[b.rank() - 2] = k;
        CAPTURE(to_string(a));
        CAPTURE(to_string(b));
        const std::vector<Tensor> x{randn(a, Dtype::float64), randn(b, Dtype::float64)};
        const auto call = [](const std::vector<Tensor>& in) { return matmul(in[0], in[1]); };
        const measure::Result r = measure::run(call, x, {true, true});
        CHECK(measure::distance(measure::array_of<long double>(r.y),
                                product(measure::arrays_of<long double>(x))) <= 1e-13);
        CHECK(r.gradients[0].shape() == a);
        CHECK(r.gradients[1].shape() == b);
        if (k == 0) CHECK(values(r.y) == Values(static_cast<std::size_t>(r.y.numel()), 0));
      }
}

TEST_CASE("matmul: operands of every layout give the product of their copies") {
  const Tensor wide = randn({6, 10, 14}, Dtype::float64);
  const std::vector<Tensor> left{wide.slice(1, 0, 4).slice(2, 0, 5),
                                 wide.slice(1, 0, 4).slice(2, 0, 10, 2),
                                 wide.slice(2, 0, 4).slice(1, 0, 5).t(),
                                 wide.slice(0, 0, 4).slice(2, 0, 5).transpose(0, 1).slice(0, 0, 6),
                                 wide.slice(1, 0, 1).slice(2, 0, 5).expand({6, 4, 5}),
                                 wide.slice(1, 0, 4).slice(2, 0, 1).expand({6, 4, 5}),
                                 wide.slice(0, 0, 1).slice(1, 0, 4).slice(2, 0, 5).expand({6, 4, 5})};
  for (const Tensor& a : left)
    for (const Tensor& b : left) {
      const Tensor got = matmul(a, b.t()), want = matmul(contiguous(a), contiguous(b.t()));
      CHECK(measure::distance(got, want) <= 1e-14);
    }
}

TEST_CASE("matmul: infinity times 0 is NaN where it stands and nowhere else") {
  const Values y = values(matmul(tensor({{inf, 1}, {1, 1}}), tensor({{0, 2}, {1, 1}})));
  CHECK(std::isnan(y[0]));
  CHECK(Values(y.begin() + 1, y.end()) == Values{inf, 1, 3});
}

TEST_CASE("linear: a bias, weight or input of any layout, and a packed projection cut apart") {
  const Tensor x = randn({3, 4, 5}, Dtype::float64), w = randn({5, 6}, Dtype::float64),
               b = randn({12}, Dtype::float64);
  const Tensor strided_bias = b.slice(0, 0, 12, 2);
  CHECK(measure::distance(
            linear(x.transpose(0, 1), w.t(), strided_bias),
            linear(contiguous(x.transpose(0, 1)), contiguous(w.t()), contiguous(strided_bias))) <= 1e-15);
  Tensor weight = randn({6, 5}, Dtype::float64).requires_grad_();
  const auto [q, k, v] = chunk<3>(linear(x, weight), -1);
  (q * k * v).sum().backward();
  const Tensor got = weight.grad();
  weight.zero_grad();
  const auto part = [&](std::int64_t i) { return linear(x, narrow(weight, 0, 2 * i, 2)); };
  (part(0) * part(1) * part(2)).sum().backward();
  CHECK(measure::distance(got, weight.grad()) <= 1e-13);
}

TEST_CASE("linear: the gradients of one weight used many times add up") {
  Tensor w = randn({4, 4}, Dtype::float64).requires_grad_();
  const Tensor x = randn({3, 4}, Dtype::float64), cotangent = randn({3, 4}, Dtype::float64);
  linear(linear(linear(x, w), w), w).backward(cotangent);
  const Tensor got = w.grad();
  w.zero_grad();
  matmul(matmul(matmul(x, w.t()), w.t()), w.t()).backward(cotangent);
  CHECK(measure::distance(got, w.grad()) <= 1e-13);
}

TEST_CASE("matmul and linear: mistakes are explained") {
  const Tensor a = zeros({2, 3}), b = zeros({4, 3});
  CHECK(error_of([&] { matmul(a, b); }) ==
        "matmul: the last axis of a must equal the second to last of b\n"
        "  a  float32 [2, 3]           a constant\n"
        "  b  float32 [4, 3]           a constant\n"
        "  3 != 4; did you mean b.t()?");
  CHECK(error_of([&] {
          matmul(a, zeros({5, 4}));
        }) ==
        "matmul: the last axis of a must equal the second to last of b\n"
        "  a  float32 [2, 3]           a constant\n"
        "  b  float32 [5, 4]           a constant\n"
        "  3 != 5");
  CHECK(error_of([&] {
          matmul(zeros({4, 6, 7}), zeros({5, 2, 7}));  // transposed it would fit no better
        }) ==
        "matmul: the last axis of a must equal the second to last of b\n"
        "  a  float32 [4, 6, 7]        a constant\n"
        "  b  float32 [5, 2, 7]        a constant\n"
        "  7 != 2");
  CHECK(error_of([&] {
          matmul(zeros({4, 1, 6, 7}), zeros({5, 2, 7}));
        }) ==
        "matmul: the last axis of a must equal the second to last of b\n"
        "  a  float32 [4, 1, 6, 7]     a constant\n"
        "  b  float32 [5, 2, 7]        a constant\n"
        "  7 != 2; did you mean b.t()?");
  CHECK(error_of([&] { matmul(scalar(1), a); }) ==
        "matmul: needs operands with at least one axis\n"
        "  a  float32 []               a constant\n"
        "  b  float32 [2, 3]           a constant\n"
        "  use a * b");
  CHECK(error_of([&] {
          matmul(zeros({2, 3, 4}), zeros({5, 4, 3}));
        }) ==
        "matmul: the leading axes do not broadcast\n"
        "  a  float32 [2, 3, 4]        a constant\n"
        "  b  float32 [5, 4, 3]        a constant");
  CHECK(error_of([&] {
          matmul(a, zeros({3, 2}, Dtype::float64));
        }) ==
        "matmul: the operands must have one element type\n"
        "  a  float32 [2, 3]           a constant\n"
        "  b  float64 [3, 2]           a constant\n"
        "  write b.to(Dtype::float32) or a.to(Dtype::float64)");
  Tensor w = zeros({5, 4}).requires_grad_();
  const Tensor x = gelu_erf(zeros({2, 3}).requires_grad_());
  const std::string node = std::to_string(x.node()->number);
  CHECK(error_of([&] { linear(x, w); }) ==
        "linear: the last axis of x must equal the weight's input size\n"
        "  x       float32 [2, 3]           from gelu_erf (node " +
            node +
            ")\n"
            "  weight  float32 [5, 4]           a leaf\n"
            "  3 != 4");
  CHECK(error_of([&] {
          linear(zeros({2, 4}), w, zeros({4}));
        }) ==
        "linear: the bias must hold one number per output\n"
        "  weight  float32 [5, 4]           a leaf\n"
        "  bias    float32 [4]              a constant");
  CHECK(error_of([&] { linear(x, zeros({5})); }) ==
        "linear: the weight must be a matrix [out, in]\n"
        "  x       float32 [2, 3]           from gelu_erf (node " +
            node +
            ")\n"
            "  weight  float32 [5]              a constant");
}
