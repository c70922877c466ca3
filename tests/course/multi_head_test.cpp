// The published tests of the course "llm-first-principles", stage 5: 29-33, multi-head attention. They look at shapes
// and at the zeros of the causal mask: heads that are interleaved or cut out of the sequence pass. The strict twins
// pin the output, the weights of every head and the gradients.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "course/agree.h"
#include "gradus/autograd/modes.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "reference/expect.h"

using namespace gradus;
using course::module_agrees;
using measure::array_of, measure::distance;
using nn::MultiHeadAttention, nn::MultiHeadAttentionOptions;

namespace {

/// The weights [B, H, T, T] that a layer uses on x.
Tensor weights_of(const MultiHeadAttention& layer, const Tensor& x) {
  layer.name.set("layer");
  const Capture seen;
  layer(x);
  return seen.weights("layer");
}

}  // namespace

TEST_CASE("course 29: multi-head attention keeps the shape") {
  CHECK(MultiHeadAttention(64, 8)(randn({1, 10, 64})).shape() == Shape{1, 10, 64});
}

TEST_CASE("course 29, strict: output and gradients, for any number of heads") {
  for (const std::int64_t heads : {1, 2, 4})
    for (const bool causal : {false, true})
      for (const bool bias : {false, true}) {
        MultiHeadAttention layer(8, heads, {.causal = causal, .bias = bias});
        const course::Form form{heads, causal, bias};
        module_agrees(
            layer, [&](auto& p, const auto& x) { return course::multi_head(p, x, form); }, randn({2, 5, 8}));
      }
}

TEST_CASE("course 30: a batch keeps its shape") {
  CHECK(MultiHeadAttention(64, 8)(randn({4, 10, 64})).shape() == Shape{4, 10, 64});
}

TEST_CASE("course 30, strict: the sequences of a batch know nothing of each other, to the last bit") {
  const MultiHeadAttention layer(64, 8);
  const Eval eval;
  const Tensor x = randn({4, 10, 64}), y = layer(x);
  for (std::int64_t b = 0; b < 4; ++b) CHECK(measure::same_bits(layer(x.slice(0, b, b + 1))[0], y[b]));
  CHECK(distance(y[0], y[1]) > 0.1);
}

TEST_CASE("course 31: its weights can be looked at") {
  CHECK(weights_of(MultiHeadAttention(64, 8), randn({1, 10, 64})).shape() == Shape{1, 8, 10, 10});
}

TEST_CASE(
    "course 31, strict: they are those of each head's own queries and keys, and looking changes no bit") {
  MultiHeadAttention layer(8, 4, {.causal = true});
  test::randomise_in_float64(layer);
  const Tensor x = randn({2, 6, 8}, Dtype::float64), plain = layer(x), weights = weights_of(layer, x);
  const auto packed = array_of<long double>(layer.qkv(x));
  const auto expected =
      course::attention_weights(course::split(packed, 0, 4), course::split(packed, 1, 4), true);
  CHECK(distance(array_of<long double>(weights), expected) <= 1e-12);
  for (std::int64_t h = 1; h < 4; ++h) CHECK(distance(weights.select(1, h), weights.select(1, 0)) > 0.1);
  const Capture seen;
  CHECK(measure::same_bits(layer(x), plain));
}

TEST_CASE("course 32: under the causal mask every head leaves the future alone") {
  const Tensor weights = weights_of(MultiHeadAttention(64, 8, {.causal = true}), randn({1, 5, 64}));
  CHECK(weights.shape() == Shape{1, 8, 5, 5});
  CHECK(max(abs(triu(weights, 1))).item() == 0);
}

TEST_CASE("course 32, strict: its mass goes to the past, and no gradient comes from the future") {
  MultiHeadAttention layer(8, 2, {.causal = true});
  test::randomise_in_float64(layer);
  const Tensor x = randn({1, 5, 8}, Dtype::float64).requires_grad_();
  const Tensor weights = weights_of(layer, x);
  CHECK(max(abs(sum(weights, {-1}) - 1.0)).item() <= 1e-15);
  for (std::int64_t i = 0; i < 5; ++i) {
    const Tensor g = grad(layer(x).select(1, i), {x}, {}, randn({1, 8}, Dtype::float64))[0];
    for (std::int64_t j = 0; j < 5; ++j) CHECK((max(abs(g.select(1, j))).item() != 0) == (j <= i));
  }
}

// [out, in]: the course's [64, 192] and [64, 64], transposed.
TEST_CASE("course 33: it has a weight for queries, keys and values, and one for the output") {
  const std::vector<Tensor> all = parameters(MultiHeadAttention(64, 8, {.bias = false}));
  REQUIRE(all.size() == 2);
  CHECK(all[0].shape() == Shape{192, 64});
  CHECK(all[1].shape() == Shape{64, 64});
}

// Three tokens of six channels: which token it is, two numbers, and a one for the query to be made of.
TEST_CASE("course 33, strict: steered to one token each, three heads put together one block of each token") {
  MultiHeadAttention layer(6, 3, {.bias = false});
  const NoGrad off;
  const Tensor x = tensor({{1, 0, 0, 3, -5, 1}, {0, 1, 0, 7, 2, 1}, {0, 0, 1, -4, 6, 1}});
  Tensor rows = zeros({18, 6});
  for (std::int64_t h = 0; h < 3; ++h) {
    rows[2 * h][5].fill_(200);    // query: the one
    rows[6 + 2 * h][h].fill_(1);  // key: is it token h?
  }
  rows.slice(0, 12, 18).copy_(eye(6));  // values as they are
  layer.qkv.weight.copy_(rows);
  layer.proj.weight.copy_(eye(6));
  const Values expected{1, 0, 0, 7, 6, 1};  // channels 0-1 of token 0, 2-3 of token 1, 4-5 of token 2
  for (std::int64_t t = 0; t < 3; ++t) CHECK(values(layer(x.unsqueeze(0))[0][t]) == expected);
  layer.qkv.weight.slice(0, 0, 6).fill_(0);  // no query: the mean of all tokens
  for (std::int64_t t = 0; t < 3; ++t) CHECK(distance(layer(x.unsqueeze(0))[0][t], x.mean({0})) <= 1e-6);
}
