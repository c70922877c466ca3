#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/record.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/norm.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;

namespace {

Tensor leaf(std::initializer_list<Number> v) { return tensor(v, Dtype::float64).requires_grad_(); }

/// x itself; counts in `runs` how often its rule ran.
Tensor counted(const Tensor& x, int& runs) {
  return record("counted", x.clone().detach(), wrt(x, [&runs](const Tensor& dy) { return ++runs, dy; }));
}

}  // namespace

TEST_CASE("grad: gives the gradients and leaves every grad() alone") {
  Tensor x = leaf({2, 3}), y = leaf({5, 7});
  x.set_grad(tensor({100, 100}, Dtype::float64));
  const std::vector<Tensor> g = grad((x * y).sum(), {x, y});
  CHECK(values(g[0]) == Values{5, 7});
  CHECK(values(g[1]) == Values{2, 3});
  CHECK(values(x.grad()) == Values{100, 100});
  CHECK_FALSE(y.grad().defined());
}

TEST_CASE("grad: runs nothing but what lies between y and the xs") {
  Tensor x = leaf({2}), w = leaf({3});
  int below = 0, beside = 0, between = 0;
  const Tensor h = counted(x, below) * 2.0;
  const Tensor y = counted(h, between) * counted(w, beside);
  CHECK(grad(y, {h}, {.retain_graph = true})[0].item() == 3);
  CHECK(between == 1);
  CHECK(below == 0);
  CHECK(beside == 0);
  y.backward();
  CHECK(between == 2);
  CHECK(below == 1);
  CHECK(beside == 1);
}

TEST_CASE(
    "grad: with respect to intermediates, to several depths at once, to y itself, twice, and to strangers") {
  Tensor x = leaf({2}), stranger = leaf({1, 1});
  const Tensor h = x * x, k = h * 3.0, y = k * h;  // 3 x^4
  const std::vector<Tensor> g = grad(y, {x, h, k, y, h, stranger}, {.retain_graph = true});
  CHECK(g[0].item() == 12 * 8);
  CHECK(g[1].item() == 6 * 4);
  CHECK(g[2].item() == 4);
  CHECK(g[3].item() == 1);
  CHECK(g[4].item() == 6 * 4);
  CHECK(values(g[5]) == Values{0, 0});

  const Tensor z = h * h;
  const std::vector<Tensor> backwards = grad(z, {z, h, x});
  CHECK(backwards[0].item() == 1);
  CHECK(backwards[1].item() == 8);
  CHECK(backwards[2].item() == 32);
}

TEST_CASE("grad: a cotangent weighs the elements of y") {
  Tensor x = leaf({2, 3});
  CHECK(values(grad(x * x, {x}, {}, tensor({10, 100}, Dtype::float64))[0]) == Values{40, 600});
}

TEST_CASE("grad: with create_graph, derivatives of any order") {
  Tensor x = leaf({2});
  Tensor d = x * x * x * x;
  for (const double want : {32.0, 48.0, 48.0, 24.0}) {
    d = grad(d, {x}, {.create_graph = true})[0];
    CHECK(d.item() == want);
  }
  CHECK_FALSE(grad(d * x, {x}, {})[0].requires_grad());

  Tensor t = leaf({0.3});
  d = tanh(t);
  const double y = std::tanh(0.3), first = 1 - y * y;
  for (const double want : {first, -2 * y * first, first * (6 * y * y - 2)}) {
    d = grad(d, {t}, {.create_graph = true})[0];
    CHECK(std::fabs(d.item() - want) <= 1e-14);
  }
}

TEST_CASE("grad: third derivatives of fused ops agree with finite differences of the second") {
  const GradcheckOptions options{.tolerance = 1e-6};
  const auto check = [&](Tensor (*f)(const Tensor&)) {
    const std::vector<Tensor> x{randn({2, 4}, Dtype::float64)};
    const Tensor c = randn({2, 4}, Dtype::float64), r = randn({2, 4}, Dtype::float64);
    const auto second = [&](const std::vector<Tensor>& in) {
      const RecordMode on(true);
      const Tensor at = in[0].requires_grad() ? in[0] : in[0].detach().requires_grad_();
      const Tensor g = grad(f(at), {at}, {.create_graph = true}, c)[0];
      return grad(g, {at}, {.create_graph = true}, r)[0];
    };
    return gradcheck(second, x, options);
  };
  for (Tensor (*f)(const Tensor&) :
       {+[](const Tensor& x) { return softmax(x); }, +[](const Tensor& x) { return log_softmax(x); },
        +[](const Tensor& x) { return layer_norm(x, {}, {}); }, gelu_erf, silu, gelu_tanh}) {
    const GradcheckReport r = check(f);
    INFO(r.message);
    CHECK(r.ok);
  }
}

TEST_CASE("grad: a gradient penalty trains through the gradient") {
  // L = sum (dy/dx)^2 for y = sum x^3: dL/dx = d/dx 9 x^4 = 36 x^3
  Tensor x = leaf({1, 2});
  const Tensor g = grad((x * x * x).sum(), {x}, {.create_graph = true})[0];
  square(g).sum().backward();
  CHECK(values(x.grad()) == Values{36, 288});
}

TEST_CASE("grad: walks nest, also over nodes that wait in the outer walk") {
  // Recomputes tanh of its input in backward, as checkpointing does.
  const auto checkpointed = [](const Tensor& x) {
    const NoGrad off;
    Tensor y = tanh(tanh(x));
    const RecordMode on(true);
    return record("checkpoint", y, wrt(x, [x = Saved(x)](const Tensor& dy) {
                    const RecordMode recompute(true);
                    Tensor in = x.get().detach().requires_grad_();
                    return grad(tanh(tanh(in)), {in}, {}, dy)[0];
                  }));
  };
  Tensor x = leaf({0.2, 0.7});
  checkpointed(checkpointed(x)).sum().backward();
  const Tensor want = grad(tanh(tanh(tanh(tanh(x)))).sum(), {x})[0];
  for (std::size_t i = 0; i < 2; ++i) CHECK(std::fabs(values(x.grad())[i] - values(want)[i]) <= 1e-15);

  // A rule that walks over h, whose gradient is just being collected.
  Tensor w = leaf({3});
  const Tensor h = w * w;
  const Tensor y = record("nosy", h.detach() * 1.0, wrt(h, [h](const Tensor& dy) {
                            const RecordMode on(true);
                            const std::vector<Tensor> inner = grad(h * h, {h}, {.retain_graph = true});
                            CHECK(inner[0].item() == 18);
                            return dy;
                          }));
  (h * 5.0 + y).backward();
  CHECK(w.grad().item() == 6 * 6);
}

TEST_CASE("grad: mistakes are explained") {
  Tensor x = leaf({1, 2});
  const Tensor constant = ones({2}, Dtype::float64);
  CHECK(error_of([&] { grad((x * x).sum(), {constant}); }) ==
        "grad: can only differentiate with respect to a tensor on the tape\n"
        "  x  float64 [2]              a constant\n"
        "  call x.requires_grad_() before computing y");
  CHECK(error_of([&] {
          const NoGrad off;
          grad((x * x).sum(), {x});
        }) ==
        "grad: the tensor is not on the tape, so there is nothing to differentiate\n"
        "  y  float64 []               a constant\n"
        "  it was computed under NoGrad");
}

TEST_CASE("grad: what was walked before is an error, never zeros") {
  const Tensor x = leaf({1, 2, 3});
  const Tensor z = sum(x * x);
  CHECK(values(grad(z, {x})[0]) == Values{2, 4, 6});
  CHECK_THROWS_AS(grad(z, {x}), Error);
  const Tensor y = x * x;
  sum(y).backward();
  CHECK_THROWS_AS(grad(sum(y * 2.0) + sum(x), {x}), Error);
  CHECK(values(grad(sum(y * 2.0), {y})[0]) == Values{2, 2, 2});  // y itself can still be asked about
}

TEST_CASE("grad: what it returns shares memory with nothing") {
  const Tensor a = leaf({1, 2}), b = leaf({3, 4}), c = tensor({3, 4}, Dtype::float64);
  const std::vector<Tensor> g = grad(a + b, {a, b}, {}, c);
  Tensor first = g[0];
  first.mul_(2);
  CHECK(values(g[1]) == Values{3, 4});
  CHECK(values(c) == Values{3, 4});
  Tensor ones_of = grad(sum(a), {a})[0];
  ones_of.add_(tensor({1, 2}, Dtype::float64));
  CHECK(values(ones_of) == Values{2, 3});
}

TEST_CASE("set_grad: the leaf owns its gradient alone, and off the tape") {
  const std::int64_t nodes = live_nodes();
  {
    Tensor a = leaf({1, 2}), b = leaf({3, 4});
    const std::vector<Tensor> g = grad(sum((a + b) * (a + b)), {a, b}, {.create_graph = true});
    a.set_grad(g[0]);
    b.set_grad(g[0]);
    CHECK_FALSE(a.grad().requires_grad());
    a.grad().mul_(0);
    CHECK(values(b.grad()) == Values{8, 12});
    CHECK(values(g[0]) == Values{8, 12});
  }
  CHECK(live_nodes() == nodes);
}

TEST_CASE("a rule whose gradient has too few axes or another type is an error, not a wild read") {
  const Tensor x = leaf({1, 2, 3});
  const auto rule_giving = [&](Tensor gradient) {
    return record("mistaken", x.detach(), wrt(x, [gradient](const Tensor&) { return gradient; }));
  };
  const Tensor dy = ones({3}, Dtype::float64);
  CHECK_THROWS_AS(rule_giving(scalar(2, Dtype::float64)).backward(dy), Error);
  CHECK_THROWS_AS(rule_giving(ones({3})).backward(dy), Error);
  CHECK_THROWS_AS(sum_to(ones({2}), {3, 2}), Error);
}
