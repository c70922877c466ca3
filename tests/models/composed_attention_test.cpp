// The attention one reads and the attention one uses are one function: values, gradients, gradients of
// gradients.
#include "models/composed_attention.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "models/compare.h"

using namespace gradus;
using models::composed_attention;
using test::largest_difference;

namespace {

/// True with probability p, and never anywhere in the rows of query 1.
Tensor random_mask(const Shape& shape, double p) {
  Tensor mask = rand(shape) < p;
  mask.select(-2, 1).fill_(0);
  return mask;
}

struct Case {
  const char* name;
  std::int64_t B, H, G, Tq, Tk, D, Dv;
  AttentionOptions options;
};

std::vector<Case> cases() {
  const Tensor bias = randn({2, 1, 5, 7}, Dtype::float64);
  return {
      {"plain", 2, 3, 3, 5, 7, 4, 4, {}},
      {"causal", 2, 3, 3, 6, 6, 4, 4, {.causal = true}},
      {"causal with a cache", 1, 2, 2, 3, 8, 4, 4, {.causal = true}},
      {"causal with more queries than keys", 1, 2, 2, 8, 3, 4, 4, {.causal = true}},
      {"grouped", 2, 4, 2, 5, 7, 4, 6, {.causal = true}},
      {"one key head", 2, 4, 1, 5, 7, 3, 2, {.scale = 0.3}},
      {"boolean mask", 2, 2, 2, 5, 7, 4, 4, {.mask = random_mask({2, 1, 5, 7}, 0.6)}},
      {"mask over keys and causal",
       2,
       2,
       1,
       7,
       7,
       4,
       4,
       {.causal = true, .mask = random_mask({2, 2, 7, 7}, 0.5)}},
      {"additive mask", 2, 2, 2, 5, 7, 4, 4, {.mask = bias}},
      {"single query and key", 1, 1, 1, 1, 1, 1, 1, {}},
      {"longer than a tile", 1, 2, 1, 70, 150, 8, 8, {.causal = true}},
  };
}

}  // namespace

TEST_CASE("composed attention equals attention to 1e-10, values and gradients") {
  manual_seed(1);
  for (const Case& c : cases()) {
    INFO(std::string(c.name));
    std::vector<Tensor> wanted{randn({c.B, c.H, c.Tq, c.D}, Dtype::float64).requires_grad_(),
                               randn({c.B, c.G, c.Tk, c.D}, Dtype::float64).requires_grad_(),
                               randn({c.B, c.G, c.Tk, c.Dv}, Dtype::float64).requires_grad_()};
    AttentionOptions options = c.options;
    if (options.mask.defined() && options.mask.dtype() == Dtype::float64) {
      options.mask = options.mask.clone().requires_grad_();
      wanted.push_back(options.mask);
    }
    const Tensor fused = attention(wanted[0], wanted[1], wanted[2], options);
    const Tensor plain = composed_attention(wanted[0], wanted[1], wanted[2], options);
    CHECK(fused.shape() == Shape{c.B, c.H, c.Tq, c.Dv});
    CHECK(largest_difference(fused, plain) <= 1e-10);
    const Tensor dy = randn(fused.shape(), Dtype::float64);
    const std::vector<Tensor> a = grad(fused, wanted, {}, dy), b = grad(plain, wanted, {}, dy);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      INFO("gradient of input ", i);
      CHECK(largest_difference(a[i], b[i]) <= 1e-10);
    }
  }
}

TEST_CASE("composed attention is differentiable twice, and so is attention, with the same result") {
  manual_seed(2);
  const Tensor q = randn({1, 2, 3, 4}), k = randn({1, 1, 5, 4}), v = randn({1, 1, 5, 2});
  const GradcheckReport report =
      gradcheck([](auto& x) { return composed_attention(x[0], x[1], x[2], {.causal = true}); }, {q, k, v},
                {.second_order = true});
  CHECK_MESSAGE(report.ok, report.message);

  const std::vector<Tensor> x{q.to(Dtype::float64).requires_grad_(), k.to(Dtype::float64).requires_grad_(),
                              v.to(Dtype::float64).requires_grad_()};
  const Tensor dy = randn({1, 2, 3, 2}, Dtype::float64), r = randn({1, 2, 3, 4}, Dtype::float64);
  const auto second = [&](const Tensor& y) {
    return grad(grad(y, {x[0]}, {.create_graph = true}, dy)[0], x, {}, r);
  };
  const auto a = second(attention(x[0], x[1], x[2], {.causal = true})),
             b = second(composed_attention(x[0], x[1], x[2], {.causal = true}));
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(largest_difference(a[i], b[i]) <= 1e-10);
}

TEST_CASE("a query that may look at nothing gets zeros and gives zero gradients") {
  manual_seed(3);
  const Tensor q = randn({1, 1, 3, 4}).requires_grad_(), k = randn({1, 1, 5, 4}), v = randn({1, 1, 5, 4});
  const Tensor nothing = zeros({3, 5}, Dtype::boolean);
  const Tensor y = composed_attention(q, k, v, {.mask = nothing});
  CHECK(y.to_vector<float>() == std::vector<float>(12, 0.0F));
  CHECK(grad(y, {q}, {}, ones({1, 1, 3, 4}))[0].to_vector<float>() == std::vector<float>(12, 0.0F));
}
