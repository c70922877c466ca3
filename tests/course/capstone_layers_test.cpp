// The published tests of the course "llm-first-principles", capstone, numbered in the order of its file: 1-14,
// functions and layers. Of attention's backward pass they ask shapes and one gradient that is not zero, of RMSNorm's
// one element; LayerNorm passes for RMSNorm, and ReLU for SiLU. The strict twins pin values and whole gradients.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "course/agree.h"
#include "course/models.h"
#include "reference/expect.h"
#include "reference/softmax.h"

using namespace gradus;
using course::agrees, course::module_agrees, course::Tensors;
using course::CapstoneBlock, course::SwiGlu;
using nn::MultiHeadAttention;

namespace {

const nn::MultiHeadAttentionOptions no_bias{.bias = false};

/// Every parameter has a gradient of its own shape, and it is not all zeros.
template <class M> void check_learns(const M& module) {
  for (const Tensor& p : parameters(module)) {
    REQUIRE(p.grad().defined());
    CHECK(p.grad().shape() == p.shape());
    CHECK(max(abs(p.grad())).item() > 0);
  }
}

}  // namespace

TEST_CASE("capstone 1: softmax gives probabilities, larger ones to larger numbers") {
  const Values p = values(softmax(tensor({1, 2, 3})));
  CHECK(std::fabs(p[0] + p[1] + p[2] - 1) <= 1e-6);
  CHECK(p[0] > 0);
  CHECK(p[1] > p[0]);
  CHECK(p[2] > p[1]);
}

TEST_CASE("capstone 1, strict: a difference of d makes one e^d times as likely") {
  const Tensor x = randn({6}, Dtype::float64), p = softmax(x);
  CHECK(std::fabs(p.sum().item() - 1) <= 1e-15);
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t j = 0; j < 6; ++j)
      CHECK(std::fabs(std::log(p[i].item() / p[j].item()) - (x[i].item() - x[j].item())) <= 1e-14);
}

TEST_CASE("capstone 2: softmax of large numbers does not overflow") {
  const Tensor p = softmax(tensor({1000, 1001, 1002}));
  CHECK(std::fabs(p.sum().item() - 1) <= 1e-6);
  for (const double v : values(p)) CHECK_FALSE(std::isnan(v));
}

TEST_CASE("capstone 2, strict: value and gradient are those of the numbers as they are") {
  for (const double shift : {0.0, 1000.0, -1000.0})
    agrees([](const Tensors& x) { return softmax(x[0]); },
           [](const auto& x) { return reference::softmax(x[0], -1); },
           {randn({3, 6}, Dtype::float64) + shift});
}

TEST_CASE("capstone 3: silu is 0 at 0, and larger at 1 than at -1") {
  const Values y = values(silu(tensor({-1, 0, 1})));
  CHECK(y[1] == 0);
  CHECK(y[2] > y[0]);
}

TEST_CASE("capstone 3, strict: it is x over 1 + e^-x everywhere, and below 0 left of 0") {
  const Tensor x = linspace(-20, 20, 161, Dtype::float64);
  CHECK(measure::distance(silu(x), x / (exp(-x) + 1.0)) <= 1e-15);
  CHECK(max(abs(silu(x) - silu(-x) - x)).item() <= 1e-14);
  CHECK(max(silu(x.slice(0, 0, 80))).item() < 0);
}

TEST_CASE("capstone 4: the gradient of silu at 0.5 is a difference quotient's") {
  const Tensor x = tensor({0.5}, Dtype::float64).requires_grad_();
  const double eps = 1e-5, numeric = ((silu(x + eps) - silu(x - eps)) / (2 * eps)).item();
  CHECK(std::fabs(grad(silu(x), {x})[0].item() - numeric) <= 1e-4);
}

TEST_CASE("capstone 4, strict: everywhere, exactly, and so is the gradient's gradient") {
  agrees([](const Tensors& x) { return silu(x[0]); },
         [](const auto& x) { return reference::map(x[0], [](auto v) { return reference::silu(v); }); },
         {linspace(-20, 20, 161)});
  const GradcheckReport report =
      gradcheck([](auto& x) { return silu(x[0]); }, {linspace(-5, 5, 21)}, {.second_order = true});
  CHECK_MESSAGE(report.ok, report.message);
}

TEST_CASE("capstone 5: RMSNorm gives rows a root mean square of 1") {
  const Tensor x = randn({2, 8, 16}), y = nn::RMSNorm(16)(x);
  CHECK(y.shape() == x.shape());
  CHECK(max(abs(sqrt(mean(square(y), {-1})) - 1.0)).item() < 0.1);
}

TEST_CASE("capstone 5, strict: and takes no mean away: a constant row stays constant; its gain is its own") {
  nn::RMSNorm layer(16);
  CHECK(max(abs(layer(full({1, 16}, 3)) - 1.0)).item() <= 1e-6);
  for (const double size : {5.0, 1.0, 1e-3})
    module_agrees(
        layer, [](auto& p, const auto& x) { return course::rms_norm(p, x); },
        randn({2, 8, 16}, Dtype::float64) * size + size);
}

TEST_CASE("capstone 6: one element of RMSNorm's gradient is a difference quotient's") {
  const Tensor x = randn({2, 4, 8}, Dtype::float64).requires_grad_(), dy = randn({2, 4, 8}, Dtype::float64);
  const double eps = 1e-5;
  Tensor step = zeros({2, 4, 8}, Dtype::float64);
  step[0][0][0].fill_(eps);
  const double numeric = (((rms_norm(x + step, {}) - rms_norm(x - step, {})) * dy).sum() / (2 * eps)).item();
  CHECK(std::fabs(grad(rms_norm(x, {}), {x}, {}, dy)[0][0][0][0].item() - numeric) <= 1e-4);
}

TEST_CASE(
    "capstone 6, strict: all of them, and the gain's; none along x, which only changes the size of a row") {
  agrees([](const Tensors& x) { return rms_norm(x[0], x[1]); },
         [](const auto& x) { return reference::rms_norm(x[0], &x[1], 1e-6); },
         {randn({2, 4, 8}), randn({8})});
  const Tensor x = randn({3, 8}, Dtype::float64).requires_grad_();
  const Tensor g = grad(rms_norm(x, {}, 0), {x}, {}, randn({3, 8}, Dtype::float64))[0];
  CHECK(max(abs(sum(g * x, {-1}))).item() <= 1e-14);
}

TEST_CASE("capstone 7: an embedding gives each id its row") {
  const nn::Embedding table(100, 32);
  const Tensor x = table(tensor({{1, 5, 10}, {20, 30, 40}}, Dtype::int64));
  CHECK(x.shape() == Shape{2, 3, 32});
  CHECK(measure::distance(x[0][0], table.weight[1]) <= 1e-6);
}

TEST_CASE("capstone 7, strict: every id, to the last bit; one outside the table is an error") {
  const nn::Embedding table(100, 32);
  const Tensor ids = randint(0, 100, {4, 9}), x = table(ids);
  for (std::int64_t b = 0; b < 4; ++b)
    for (std::int64_t t = 0; t < 9; ++t)
      CHECK(measure::same_bits(x[b][t], table.weight[ids[b][t].item<std::int64_t>()]));
  for (const int outside : {-1, 100}) CHECK_THROWS_AS(table(tensor({outside}, Dtype::int64)), Error);
}

TEST_CASE("capstone 8: an id that occurs twice learns twice, one that does not occur not at all") {
  const nn::Embedding table(10, 4);
  table(tensor({{1, 1, 2}}, Dtype::int64)).backward(ones({1, 3, 4}));
  const Tensor g = table.weight.grad();
  CHECK(values(g[1]) == Values(4, 2));
  CHECK(values(g[2]) == Values(4, 1));
  CHECK(values(g[0]) == Values(4, 0));
}

TEST_CASE("capstone 8, strict: each row learns from its own places and no others") {
  nn::Embedding table(10, 4);
  module_agrees(
      table, [](auto& p, const auto& ids) { return course::lookup(p.next(), ids); }, randint(0, 10, {5, 6}));
}

TEST_CASE("capstone 9: attention keeps the shape") {
  CHECK(MultiHeadAttention(32, 4, no_bias)(randn({2, 8, 32})).shape() == Shape{2, 8, 32});
}

// The capstone has a matrix each for queries, keys, values and output; ours stacks the first three.
TEST_CASE("capstone 9, strict: four projections and attention in each head") {
  MultiHeadAttention layer(12, 3, no_bias);
  module_agrees(
      layer,
      [](auto& p, const auto& x) {
        return course::multi_head(p, x, {.heads = 3, .causal = false, .bias = false});
      },
      randn({2, 4, 12}));
}

TEST_CASE("capstone 10: the first head's weights on the future are nearly 0") {
  MultiHeadAttention layer(16, 2, {.causal = true, .bias = false});
  layer.name.set("layer");
  const Capture seen;
  layer(randn({1, 4, 16}));
  CHECK(max(abs(triu(seen.weights("layer")[0][0], 1))).item() <= 1e-6);
}

TEST_CASE(
    "capstone 10, strict: every head's are exactly 0, and the rest are as if the future did not exist") {
  MultiHeadAttention layer(16, 2, {.causal = true, .bias = false});
  layer.name.set("layer");
  const Tensor x = randn({2, 6, 16});
  const auto weights = [&](std::int64_t length) {
    const Capture seen;
    layer(x.slice(1, 0, length));
    return seen.weights("layer");
  };
  const Tensor all = weights(6);
  CHECK(max(abs(triu(all, 1))).item() == 0);
  for (std::int64_t t = 1; t < 6; ++t)
    CHECK(measure::distance(weights(t), all.slice(2, 0, t).slice(3, 0, t)) <= 1e-6);
}

TEST_CASE("capstone 11: attention's gradients have the shapes of what they belong to, and are not zero") {
  const MultiHeadAttention layer(16, 2, no_bias);
  const Tensor x = randn({2, 4, 16}).requires_grad_();
  layer(x).backward(randn({2, 4, 16}));
  CHECK(x.grad().shape() == x.shape());
  check_learns(layer);
}

TEST_CASE("capstone 11, strict: and are right, in every entry; a part common to all keys has none") {
  const auto attend = [](const Tensors& x) { return attention(x[0], x[1], x[2]); };
  const Tensors qkv{randn({2, 3, 4, 5}), randn({2, 3, 6, 5}), randn({2, 3, 6, 7})};
  agrees(
      attend,
      [](const auto& x) {
        using S = std::decay_t<decltype(x[0].data[0])>;
        return reference::attention<S>({.q = &x[0], .k = &x[1], .v = &x[2]});
      },
      qkv);
  Tensors leaves;
  for (const Tensor& x : qkv) leaves.push_back(x.to(Dtype::float64).requires_grad_());
  const Tensor dy = randn({2, 3, 4, 7}, Dtype::float64);
  const Tensors g = grad(attend(leaves), leaves, {}, dy);
  CHECK(max(abs(sum(g[1], {2}))).item() <= 1e-14);
  CHECK(measure::distance(sum(g[2], {2}), sum(dy, {2})) <= 1e-14);
  CHECK(measure::distance(sum(g[0] * leaves[0], {2, 3}), sum(g[1] * leaves[1], {2, 3})) <= 1e-13);
}

TEST_CASE("capstone 12: the gated feed-forward layer keeps the shape") {
  CHECK(SwiGlu(32)(randn({2, 8, 32})).shape() == Shape{2, 8, 32});
}

TEST_CASE("capstone 12, strict: it is down(silu(gate x) up x), 2.67 times as wide inside") {
  SwiGlu layer(3, 4);
  module_agrees(
      layer, [](auto& p, const auto& x) { return course::swiglu(p, x); }, randn({2, 3, 3}));
  CHECK(SwiGlu(128).gate.weight.shape() == Shape{341, 128});
}

TEST_CASE("capstone 13: its gradients have the shapes of what they belong to") {
  const SwiGlu layer(16);
  const Tensor x = randn({2, 4, 16}).requires_grad_();
  layer(x).backward(randn({2, 4, 16}));
  CHECK(x.grad().shape() == x.shape());
  check_learns(layer);
}

TEST_CASE("capstone 13, strict: and are those of finite differences, in both orders") {
  SwiGlu layer(3, 4);
  test::randomise_in_float64(layer);
  const test::Slots places = course::slots(layer);
  Tensors inputs = test::values(places);
  inputs.push_back(randn({2, 3}, Dtype::float64));
  const GradcheckReport report = gradcheck(
      [&](const Tensors& in) {
        test::fill(places, in);
        return layer(in.back());
      },
      inputs, {.second_order = true});
  CHECK_MESSAGE(report.ok, report.message);
}

TEST_CASE("capstone 14: a block keeps the shape, and all of it gets gradients") {
  const CapstoneBlock block(32, 4);
  const Tensor x = randn({2, 8, 32}).requires_grad_(), y = block(x);
  CHECK(y.shape() == x.shape());
  y.backward(randn({2, 8, 32}));
  CHECK(x.grad().shape() == x.shape());
  check_learns(block);
}

TEST_CASE("capstone 14, strict: output and gradients are the oracle's") {
  CapstoneBlock block(6, 2);
  module_agrees(
      block, [](auto& p, const auto& x) { return course::capstone_block(p, x, 2); }, randn({2, 4, 6}));
}
