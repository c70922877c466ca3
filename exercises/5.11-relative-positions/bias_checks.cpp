#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "attention_checks.h"
#include "exercise.h"

namespace gradus::exercises {

using relative::Problem;

namespace {

constexpr std::int64_t B = 2, H = 3, T = 5, d_k = 7, d_v = 4;

/// Tensors of a random problem of these sizes.
struct Inputs {
  Tensor q, k, v, r, u, w;
  Inputs(const Trial& t, std::int64_t b, std::int64_t h, std::int64_t n, std::int64_t d, std::int64_t width)
      : q(t.randn({b, h, n, d})),
        k(t.randn({b, h, n, d})),
        v(t.randn({b, h, n, width})),
        r(t.randn({n, d})),
        u(t.randn({h, d})),
        w(t.randn({h, d})) {}
  Problem problem() const {
    return {Array(q.detach()), Array(k), Array(v), Array(r.detach()), Array(u.detach()), Array(w.detach())};
  }
  Tensor call() const { return biased_attention(q, k, v, r, u, w); }
};

Tensor answer(const Inputs& x) {
  const Unchanged inputs({x.q, x.k, x.v, x.r, x.u, x.w});
  const Tensor y = x.call();
  expect_shape("the output", y, x.v.shape(), "[B, H, T, d_v]");
  inputs.expect();
  return y;
}

}  // namespace

void bias_shape(Trial& t) { answer(Inputs(t, B, H, T, d_k, d_v)); }

void no_biases(Trial& t) {
  Inputs x(t, B, H, T, d_k, d_v);
  x.u.fill_(0);
  x.w.fill_(0);
  expect_relative(answer(x), x.problem());
}

void one_bias(Trial& t) {
  for (const bool content : {true, false}) {
    Inputs x(t, B, H, T, d_k, d_v);
    x.q.fill_(0);
    (content ? x.w : x.u).fill_(0);
    const Tensor y = answer(x);
    if (const auto cause = relative::explain(Array(y), x.problem()))
      fail_check(cause->name, fmt::format("With q = 0 and {} = 0 your output behaves as if {}.",
                                          content ? "w" : "u", cause->sentence));
    expect_relative(y, x.problem());
  }
}

void heads(Trial& t) {
  Inputs x(t, B, H, T, d_k, d_v);
  const Array before(answer(x));
  for (const Tensor& bias : {x.u, x.w}) bias.slice(0, 1, 2).copy_(t.randn({1, d_k}));
  const Array after(answer(x));
  for (std::int64_t h = 0; h < H; ++h) {
    double moved = 0;
    for (std::int64_t i = 0; i < T; ++i)
      for (std::int64_t c = 0; c < d_v; ++c)
        moved = std::max(moved, std::abs(after(1, h, i, c) - before(1, h, i, c)));
    if ((moved > 1e-5) == (h == 1)) continue;
    const auto cause = relative::explain(after, x.problem());
    fail_check(cause ? cause->name : "heads-mixed",
               fmt::format("Another bias for head 1 moves head {} by up to {}.{}", h, show(moved),
                           cause ? " Your output behaves as if " + cause->sentence + "." : ""));
  }
}

void bias_shapes(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    const Inputs x(t, t.randint(1, 4), t.randint(1, 4), t.randint(1, 9), t.randint(1, 9), t.randint(1, 9));
    expect_relative(answer(x), x.problem());
  }
}

void bias_gradient(Trial& t) {
  Inputs x(t, B, H, T, d_k, d_v);
  const Tensor dout = t.randn({B, H, T, d_v});
  for (Tensor* part : {&x.r, &x.u, &x.w}) part->requires_grad_();
  const Tensor y = x.call();
  expect_on_tape("biased_attention", y);
  y.backward(dout);
  expect_gradient("the gradient of the table", x.r, x.problem(), &Problem::positions, Array(dout));
  expect_gradient("the gradient of u", x.u, x.problem(), &Problem::u, Array(dout));
  expect_gradient("the gradient of w", x.w, x.problem(), &Problem::w, Array(dout));
}

}  // namespace gradus::exercises
