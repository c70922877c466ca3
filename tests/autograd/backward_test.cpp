#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "gradus/autograd/record.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"
#include "reference/expect.h"

using namespace gradus;

namespace {

Tensor leaf(std::initializer_list<Number> v) { return tensor(v, Dtype::float64).requires_grad_(); }

}  // namespace

TEST_CASE("backward: a value used several times gets the sum of its gradients") {
  Tensor x = leaf({3});
  (x + x).backward();
  CHECK(x.grad().item() == 2);
  x.zero_grad();
  (x * x * x).backward();
  CHECK(x.grad().item() == 27);
  x.zero_grad();
  const Tensor a = x * 2.0, b = a + 1.0, c = a * 3.0;  // a diamond
  (b * c).backward();                                  // (2x + 1) 6x
  CHECK(x.grad().item() == 24 * 3 + 6);
  x.zero_grad();
  Tensor y = x;
  for (int i = 0; i < 20; ++i) y = y + y;  // 2^20 paths
  y.backward();
  CHECK(x.grad().item() == 1 << 20);
}

TEST_CASE("backward: gradients accumulate over calls until they are zeroed") {
  Tensor x = leaf({1, 2});
  for (const double total : {2.0, 4.0, 6.0}) {
    (x * 2.0).sum().backward();
    CHECK(values(x.grad()) == Values{total, total});
  }
  x.zero_grad();
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("backward: each leaf owns its gradient alone") {
  Tensor x = leaf({1, 2}), y = leaf({3, 4});
  const Tensor dz = tensor({5, 6}, Dtype::float64);
  (x + y).backward(dz);
  Tensor gx = x.grad();
  gx.mul_(10);
  CHECK(values(x.grad()) == Values{50, 60});
  CHECK(values(y.grad()) == Values{5, 6});
  CHECK(values(dz) == Values{5, 6});

  Tensor z = leaf({1, 2});
  z.backward(dz);  // the leaf itself
  CHECK_FALSE(z.grad().storage() == dz.storage());

  Tensor m = randn({2, 3}).requires_grad_();
  for (const Tensor& y_of_m : {m.t(), m.sum({0}), m.slice(1, 0, 1), m.reshape({6})}) {
    m.zero_grad();
    y_of_m.backward(ones_like(y_of_m));
    CHECK(m.grad().is_contiguous());
    CHECK(m.grad().storage()->bytes == 24);
  }
}

TEST_CASE("backward: a gradient that two values share is not added to in place") {
  Tensor x = leaf({1, 2});
  const Tensor a = x * 2.0, b = x * 5.0, u = a * 3.0,
               s = a + b;  // s hands one tensor to a and b; u adds to a's
  const Tensor c = tensor({10, 100}, Dtype::float64);
  (s * c + u).backward(ones_like(x));
  CHECK(values(x.grad()) == Values{2 * (10 + 3) + 5 * 10, 2 * (100 + 3) + 5 * 100});
}

TEST_CASE("backward: a second walk needs retain_graph in the first") {
  Tensor x = leaf({3});
  const Tensor y = x * x;
  y.backward(true);
  y.backward(true);
  CHECK(x.grad().item() == 12);
  y.backward();
  CHECK(x.grad().item() == 18);
  const std::string number = std::to_string(y.node()->number);
  CHECK(error_of([&] { y.backward(); }) ==
        "backward: node " + number +
            " (mul) was already walked and its saved tensors are gone; pass retain_graph the "
            "first time to walk it twice");
  CHECK(x.grad().item() == 18);
  const Tensor z = y + x;  // built on the walked part
  CHECK(
      error_of([&] { z.backward(); }).starts_with("backward: node " + number + " (mul) was already walked"));
}

TEST_CASE("backward frees what the tape saved, handle or no handle to the result") {
  Tensor x = randn({1000}).requires_grad_();
  const std::int64_t before = memory_use().live_bytes;
  const Tensor y = exp(exp(x)).sum();
  CHECK(memory_use().live_bytes >= before + 8000);
  y.backward();
  CHECK(memory_use().live_bytes <= before + 4000 + 4);  // the gradient and y
}

TEST_CASE("backward: what it needs") {
  Tensor x = leaf({1, 2});
  CHECK(error_of([&] {
          (x * 1.0).backward();
        }).find("only a one-element tensor has an implied cotangent of 1") != std::string::npos);
  CHECK(error_of([&] {
          x.sum().backward(ones({2}, Dtype::float64));
        }).starts_with("backward: the cotangent must have the shape and type of y"));
  CHECK(error_of([&] {
          x.sum().backward(scalar(1));
        }).starts_with("backward: the cotangent must have the shape and type of y"));
  CHECK(error_of([] { scalar(1).backward(); }) ==
        "backward: the tensor is not on the tape, so there is nothing to differentiate\n"
        "  y  float32 []               a constant\n"
        "  call requires_grad_() on an input first");
  CHECK(error_of([] { Tensor().backward(); }) == "backward: the tensor is undefined");
}

TEST_CASE("leaves: requires_grad_ and detach decide who is on the tape") {
  Tensor x = randn({2});
  CHECK(x.is_leaf());
  CHECK_FALSE(x.requires_grad());
  x.requires_grad_();
  const Tensor same = x, y = x * 2.0;
  CHECK(same.requires_grad());
  CHECK_FALSE(y.is_leaf());
  CHECK_FALSE(y.detach().requires_grad());
  CHECK(y.detach().storage() == y.storage());
  CHECK_FALSE(y.grad().defined());
  CHECK(error_of([&] { Tensor(y).requires_grad_(); }).find("the tensor is the result of an op") !=
        std::string::npos);
  CHECK(error_of([] {
          arange(2).requires_grad_();
        }).starts_with("requires_grad_: only floating tensors have gradients"));
  y.sum().backward();
  CHECK(values(same.grad()) == Values{2, 2});
  CHECK(error_of([&] {
          x.set_grad(zeros({3}));
        }).starts_with("set_grad: the gradient must have the shape and type of its tensor"));
  x.set_grad(ones({2}));
  (x * 2.0).sum().backward();
  CHECK(values(x.grad()) == Values{3, 3});
  x.requires_grad_(false);
  CHECK_FALSE((x * 2.0).requires_grad());
}

TEST_CASE("rules: one that adds into the waiting buffer gives what one that returns its share gives") {
  // Three users of one weight and three slices of one activation, in all orders of use.
  const Tensor x = randn({4, 6}, Dtype::float64), w0 = randn({6, 6}, Dtype::float64);
  Tensor w = w0.clone().requires_grad_(), u = w0.clone().requires_grad_();
  const auto loss = [&](const Tensor& weight, bool plain) {
    const auto apply = [&](const Tensor& in) { return plain ? matmul(in, weight.t()) : linear(in, weight); };
    const auto part = [&](const Tensor& in, std::int64_t from) {
      return plain ? matmul(in, eye(6, Dtype::float64).slice(1, from, from + 2))
                   : in.slice(1, from, from + 2);
    };
    Tensor h = apply(x);
    h = h + tanh(apply(h));
    const Tensor q = part(h, 0), k = part(h, 2), v = part(h, 4);
    return (q * k * v).sum() + (apply(h) * h).sum();
  };
  loss(w, false).backward();
  loss(u, true).backward();
  const Values got = values(w.grad()), want = values(u.grad());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(std::abs(got[i] - want[i]) <= 1e-12 * (1 + std::abs(want[i])));
}
