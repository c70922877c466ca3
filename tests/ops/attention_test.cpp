// ctest: LABELS gradcheck
#include "gradus/ops/attention.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/autograd/modes.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"
#include "ops/check_op.h"
#include "reference/attention.h"
#include "reference/expect.h"
#include "reference/measure.h"

using namespace gradus;

namespace {

struct Options {
  bool causal = false, bias = false, mask = false;
  double scale = 0, dropout = 0;
};

Oracle attending(const char* sample, Options o = {}) {
  manual_seed(7);  // the table draws its seed so
  const std::uint64_t seed = next_seed();
  return {sample, [o, seed](const auto& x) {
            using S = std::decay_t<decltype(x[0].data[0])>;
            return reference::attention<S>({.q = &x[0],
                                            .k = &x[1],
                                            .v = &x[2],
                                            .bias = o.bias ? &x[3] : nullptr,
                                            .allowed = o.mask ? &x[3] : nullptr,
                                            .causal = o.causal,
                                            .scale = o.scale,
                                            .dropout = o.dropout,
                                            .seed = seed});
          }};
}

struct Heads {
  Tensor q, k, v;
};
Heads random_heads(std::int64_t tq, std::int64_t tk, Dtype dtype = Dtype::float64) {
  return {randn({2, 4, tq, 8}, dtype), randn({2, 4, tk, 8}, dtype), randn({2, 4, tk, 8}, dtype)};
}

using Attention = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const AttentionOptions&);
constexpr Attention both[] = {
    attention, [](const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& o) {
      return composed::attention(q, k, v, o);
    }};

}  // namespace

TEST_CASE("attention is right in every way") {
  check_op(
      "attention",
      {attending(""), attending("causal, scaled", {.causal = true, .scale = 0.7}),
       attending("causal, fewer queries than keys", {.causal = true}),
       attending("causal, queries that see no key", {.causal = true}), attending("grouped heads"),
       attending("one key head, causal", {.causal = true}), attending("bias for each head", {.bias = true}),
       attending("bias for each batch, causal, grouped heads", {.causal = true, .bias = true}),
       attending("boolean mask", {.mask = true}),
       attending("boolean mask for each key, causal", {.causal = true, .mask = true}),
       attending("dropout, causal", {.causal = true, .dropout = 0.4}),
       attending("dropout, bias, grouped heads", {.bias = true, .dropout = 0.4})});
}

TEST_CASE(
    "attention: a query that may see nothing gets zeros and zero gradients, by mask, bias or causality") {
  for (const Attention f : both)
    for (const bool additive : {false, true}) {
      auto [q, k, v] = random_heads(3, 4);
      for (Tensor* x : {&q, &k, &v}) x->requires_grad_();
      Tensor mask = additive ? zeros({3, 4}, Dtype::float64) : ones({3, 4}, Dtype::boolean);
      mask.select(0, 1).fill_(additive ? -inf : 0);
      const Tensor y = f(q, k, v, {.mask = mask});
      CHECK(values(y.select(2, 1)) == Values(64, 0));
      y.backward(randn(y.shape(), Dtype::float64));
      CHECK(values(q.grad().select(2, 1)) == Values(64, 0));
      for (const Tensor& x : {q, k, v})
        for (const double g : values(x.grad())) CHECK(std::isfinite(g));
    }
}

TEST_CASE("attention: NaN or infinity in a key or value that is masked out changes no bit of the result") {
  for (const Attention f : both)
    for (const double bad : {not_a_number, inf, 1e30})
      for (const bool causal : {false, true}) {
        const auto [q, k, v] = random_heads(5, 5);
        Tensor mask = ones({5, 5}, Dtype::boolean);
        mask.slice(1, 3, 5).fill_(0);
        const AttentionOptions o{.causal = causal, .mask = mask};
        const Tensor clean = f(q, k, v, o), dy = randn(clean.shape(), Dtype::float64);
        Tensor dirty_k = k.clone(), dirty_v = v.clone(), leaf = q.clone().requires_grad_();
        dirty_k.slice(2, 3, 5).fill_(bad);
        dirty_v.slice(2, 3, 5).fill_(bad);
        CHECK(values(f(q, dirty_k, k, o)) == values(f(q, k, k, o)));
        if (f == both[0])
          CHECK(measure::same_bits(f(q, dirty_k, dirty_v, o), clean));  // matmul alone multiplies by 0
        f(leaf, dirty_k, f == both[0] ? dirty_v : v, o).backward(dy);
        const Tensor want = grad(f(leaf, k, v, o), {leaf}, {}, dy)[0];
        if (f == both[0]) CHECK(measure::same_bits(leaf.grad(), want));
      }
}

TEST_CASE("attention: extreme scores pick one key") {
  Tensor q = full({1, 1, 2, 1}, 1e4, Dtype::float32), k = tensor({{1, -1, 0}}).reshape({1, 1, 3, 1});
  const Tensor v = tensor({{3, 5, 7}}).reshape({1, 1, 3, 1});
  q.requires_grad_(), k.requires_grad_();
  const Tensor y = attention(q, k, v);
  CHECK(values(y) == Values{3, 3});
  y.backward(ones_like(y));
  for (const Tensor& x : {q, k})
    for (const double g : values(x.grad())) CHECK(g == 0);
}

TEST_CASE("attention: causal rows do not depend on later keys, and a cache's last query sees all") {
  const auto [q, k, v] = random_heads(6, 6);
  const Tensor whole = attention(q, k, v, {.causal = true});
  const Tensor first = attention(q.slice(2, 0, 4), k.slice(2, 0, 4), v.slice(2, 0, 4), {.causal = true});
  CHECK(measure::distance(whole.slice(2, 0, 4), first) <= 1e-14);
  const Tensor last = attention(q.slice(2, 5, 6), k, v, {.causal = true});
  CHECK(measure::distance(whole.slice(2, 5, 6), last) <= 1e-14);
}

TEST_CASE("attention: heads of a packed projection are read in place, and their gradients come back to it") {
  Tensor packed = randn({2, 5, 3, 4, 8}, Dtype::float64).requires_grad_();  // [B, T, 3, H, D]
  const auto part = [](const Tensor& p, std::int64_t i) { return p.select(2, i).transpose(1, 2); };
  const Tensor y = attention(part(packed, 0), part(packed, 1), part(packed, 2), {.causal = true});
  const Tensor dy = randn(y.shape(), Dtype::float64);
  y.backward(dy);
  Tensor q = part(packed, 0).detach().clone().requires_grad_(),
         k = part(packed, 1).detach().clone().requires_grad_(),
         v = part(packed, 2).detach().clone().requires_grad_();
  const Tensor apart = attention(q, k, v, {.causal = true});
  CHECK(measure::distance(y, apart) <= 1e-15);
  apart.backward(dy);
  const Tensor want[] = {q.grad(), k.grad(), v.grad()};
  for (const std::int64_t i : {0, 1, 2}) CHECK(measure::distance(part(packed.grad(), i), want[i]) <= 1e-15);
}

TEST_CASE("attention: dropout is off under Eval and drawn anew in every call otherwise") {
  const auto [q, k, v] = random_heads(6, 6);
  manual_seed(1);
  const Tensor a = attention(q, k, v, {.dropout = 0.5}), b = attention(q, k, v, {.dropout = 0.5});
  CHECK_FALSE(measure::same_bits(a, b));
  manual_seed(1);
  CHECK(measure::same_bits(attention(q, k, v, {.dropout = 0.5}), a));
  const Eval eval;
  CHECK(measure::same_bits(attention(q, k, v, {.dropout = 0.5}), attention(q, k, v)));
}

TEST_CASE("attention: mistakes are explained") {
  const Tensor q = zeros({2, 4, 3, 8}), k = zeros({2, 4, 5, 8});
  const std::string q_line = "\n  q  float32 [2, 4, 3, 8]     a constant";
  CHECK(error_of([&] {
          attention(q, k, zeros({2, 4, 6, 8}));
        }) ==
        "attention: each key needs its value" + q_line +
            "\n  k  float32 [2, 4, 5, 8]     a constant\n  v  float32 [2, 4, 6, 8]     a constant\n  5 != 6");
  CHECK(error_of([&] {
          attention(q, zeros({2, 4, 5, 7}), k);
        }) ==
        "attention: q and k must have the same channels" + q_line +
            "\n  k  float32 [2, 4, 5, 7]     a constant\n  v  float32 [2, 4, 5, 8]     a constant\n  8 != 7");
  CHECK(error_of([&] {
          attention(q, zeros({2, 3, 5, 8}), zeros({2, 3, 5, 8}));
        }) == "attention: the query heads must divide into equal groups, one for each key and value head" +
                  q_line +
                  "\n  k  float32 [2, 3, 5, 8]     a constant\n  v  float32 [2, 3, 5, 8]     a constant");
  CHECK(error_of([&] {
          attention(zeros({2, 3, 8}), k, k);
        }) ==
        "attention: needs q, k and v [batch, heads, time, channels]\n"
        "  q  float32 [2, 3, 8]        a constant\n"
        "  k  float32 [2, 4, 5, 8]     a constant\n"
        "  v  float32 [2, 4, 5, 8]     a constant\n"
        "  split the heads first: x.reshape({B, T, H, D}).transpose(1, 2)");
  CHECK(error_of([&] {
          attention(q, k, k, {.mask = zeros({5, 3})});
        }).substr(0, 56) == "attention: the mask must broadcast to [2, 4, 3, 5]\n  q  ");
  CHECK(error_of([&] {
          attention(q, k, k, {.mask = zeros({3, 3, 5, 5, 5})});
        }).substr(0, 45) == "attention: the mask must broadcast to [2, 4, ");
  CHECK(error_of([&] { attention(q, k, k, {.dropout = 2}); }) ==
        "attention: the dropout must lie between 0 and 1, not 2");
}

TEST_CASE("attention: no keys at all give zeros, and zero gradients in both orders") {
  Tensor q = randn({1, 2, 3, 4}, Dtype::float64).requires_grad_();
  const Tensor none = zeros({1, 2, 0, 4}, Dtype::float64);
  const Tensor y = attention(q, none, none), dy = randn(y.shape(), Dtype::float64);
  CHECK(values(y) == Values(24, 0));
  for (const bool create_graph : {false, true}) {
    {  // what the pool hands out next is not 0 by luck
      std::vector<Tensor> stale;
      for (int i = 0; i < 8; ++i) stale.push_back(full(q.shape(), std::nan(""), Dtype::float64));
    }
    CHECK(values(grad(y, {q}, {.create_graph = create_graph, .retain_graph = true}, dy)[0]) == Values(24, 0));
  }
}
