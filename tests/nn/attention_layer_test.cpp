// MultiHeadAttention: its packed projections, heads and groups against the written-out attention of models/.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/modes.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/random.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "models/compare.h"
#include "models/composed_attention.h"
#include "models/parameter_slots.h"

using namespace gradus;
using nn::MultiHeadAttention;
using nn::MultiHeadAttentionOptions;
using test::largest_difference;

namespace {

/// The layer in other words: three separate projections, heads cut by hand, composed attention.
Tensor spelled_out(const MultiHeadAttention& m, const Tensor& x, const Tensor& context) {
  const std::int64_t D = x.size(2) / m.heads;
  const auto heads = [&](const Tensor& from, std::int64_t row, std::int64_t count) {
    std::vector<Tensor> each;  // [B, T, D]
    for (std::int64_t h = 0; h < count; ++h) {
      Tensor y = matmul(from, narrow(m.qkv.weight, 0, (row + h) * D, D).t());
      if (m.qkv.bias.defined()) y = y + narrow(m.qkv.bias, 0, (row + h) * D, D);
      each.push_back(y);
    }
    return stack(each, 1);  // [B, heads, T, D]
  };
  const Tensor y =
      models::composed_attention(heads(x, 0, m.heads), heads(context, m.heads, m.kv_heads),
                                 heads(context, m.heads + m.kv_heads, m.kv_heads), {.causal = m.causal});
  std::vector<Tensor> merged;
  for (std::int64_t h = 0; h < m.heads; ++h) merged.push_back(y.select(1, h));
  const Tensor out = matmul(cat(merged, -1), m.proj.weight.t());
  return m.proj.bias.defined() ? out + m.proj.bias : out;
}

struct Case {
  const char* name;
  std::int64_t heads;
  MultiHeadAttentionOptions options;
};
const std::vector<Case> cases{
    {"plain", 2, {}},
    {"one head", 1, {.bias = false}},
    {"causal", 4, {.causal = true}},
    {"grouped", 4, {.kv_heads = 2, .causal = true}},
    {"one key head for all", 4, {.kv_heads = 1, .bias = false}},
};

}  // namespace

TEST_CASE("multi-head attention equals its definition, values and gradients") {
  manual_seed(1);
  for (const Case& c : cases) {
    INFO(std::string(c.name));
    MultiHeadAttention layer(8, c.heads, c.options);
    test::randomise_in_float64(layer);
    const Tensor x = randn({3, 5, 8}, Dtype::float64).requires_grad_();
    const Tensor context = randn({3, 7, 8}, Dtype::float64).requires_grad_();
    const Tensor dy = randn({3, 5, 8}, Dtype::float64);

    CHECK(largest_difference(layer(x), spelled_out(layer, x, x)) <= 1e-10);
    CHECK(largest_difference(layer(x, context), spelled_out(layer, x, context)) <= 1e-10);
    CHECK(largest_difference(layer(x, x), layer(x)) <= 1e-12);

    std::vector<Tensor> wanted = parameters(layer);
    wanted.push_back(x);
    const auto a = grad(layer(x), wanted, {}, dy), b = grad(spelled_out(layer, x, x), wanted, {}, dy);
    wanted.push_back(context);
    const auto d = grad(layer(x, context), wanted, {}, dy),
               e = grad(spelled_out(layer, x, context), wanted, {}, dy);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(largest_difference(a[i], b[i]) <= 1e-10);
    for (std::size_t i = 0; i < d.size(); ++i) CHECK(largest_difference(d[i], e[i]) <= 1e-10);
  }
}

TEST_CASE("shapes: any batch and length, the width of x") {
  const MultiHeadAttention layer(12, 3);
  CHECK(layer(randn({2, 5, 12})).shape() == Shape{2, 5, 12});
  CHECK(layer(randn({1, 1, 12})).shape() == Shape{1, 1, 12});
  CHECK(layer(randn({0, 4, 12})).shape() == Shape{0, 4, 12});
  CHECK(layer(randn({2, 3, 12}), randn({2, 9, 12})).shape() == Shape{2, 3, 12});
  const MultiHeadAttention grouped(12, 6, {.kv_heads = 2});
  CHECK(grouped.qkv.weight.shape() == Shape{12 + 2 * 2 * 2, 12});
  CHECK(grouped(randn({2, 5, 12})).shape() == Shape{2, 5, 12});
}

TEST_CASE("sizes that do not fit are errors that say so") {
  CHECK_THROWS_AS(MultiHeadAttention(10, 3), Error);
  CHECK_THROWS_AS(MultiHeadAttention(12, 0), Error);
  CHECK_THROWS_AS(MultiHeadAttention(12, 6, {.kv_heads = 4}), Error);
  const MultiHeadAttention layer(12, 3);
  CHECK_THROWS_AS(layer(randn({5, 12})), Error);
  CHECK_THROWS_AS(layer(randn({2, 5, 8})), Error);
  CHECK_THROWS_AS(layer(randn({2, 5, 12}), randn({3, 5, 12})), Error);
}

TEST_CASE("under a causal layer, a later token changes no bit of an earlier output") {
  manual_seed(2);
  for (std::int64_t T : {2, 5, 33, 80}) {
    const MultiHeadAttention layer(16, 4, {.causal = true});
    const Tensor x = randn({2, T, 16});
    const std::vector<float> before = layer(x).to_vector<float>();
    for (std::int64_t t : {std::int64_t{1}, T / 2, T - 1}) {
      Tensor changed = x.clone();
      changed.slice(1, t, T).fill_(100);
      const std::vector<float> after = layer(changed).to_vector<float>();
      for (std::size_t b = 0; b < 2; ++b) {
        const auto row = [&](std::int64_t i) {
          return (b * static_cast<std::size_t>(T) + static_cast<std::size_t>(i)) * 16;
        };
        const auto at = [](const std::vector<float>& v, std::size_t i) {
          return v.begin() + static_cast<std::ptrdiff_t>(i);
        };
        CHECK(std::equal(at(before, row(0)), at(before, row(t)), at(after, row(0))));
        CHECK_FALSE(std::equal(at(before, row(t)), at(before, row(t) + 16), at(after, row(t))));
      }
    }
  }
}

TEST_CASE("a layer with a name shows its weights and lets its heads be switched off") {
  manual_seed(4);
  MultiHeadAttention layer(8, 2, {.causal = true});
  layer.name.set("here");
  const Tensor x = randn({1, 4, 8});
  const std::vector<float> plain = layer(x).to_vector<float>();
  const Capture seen;
  CHECK(layer(x).to_vector<float>() == plain);
  const Tensor weights = seen.weights("here");
  CHECK(weights.shape() == Shape{1, 2, 4, 4});
  CHECK(largest_difference(sum(weights, {-1}), ones({1, 2, 4})) <= 1e-6);
  CHECK_THROWS_AS(seen.weights("there"), Error);
  {
    const Intervene off({gate_heads("here", zeros({2}))});
    const Tensor bias = layer.proj.bias.expand({1, 4, 8});
    CHECK(layer(x).to_vector<float>() == bias.to_vector<float>());
  }
  CHECK(layer(x).to_vector<float>() == plain);
}
