// The published tests of the course "llm-first-principles", stage 5: 38-41, the transformer block. They look at
// shapes, and take "not all zeros" for a proof of the residual connections. The strict twins pin the output, the
// gradients and the identity.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "course/agree.h"
#include "gradus/autograd/modes.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "reference/expect.h"

using namespace gradus;
using course::module_agrees;
using nn::TransformerBlock;

TEST_CASE("course 38: a transformer block keeps the shape") {
  CHECK(TransformerBlock(64, 8)(randn({1, 10, 64})).shape() == Shape{1, 10, 64});
}

TEST_CASE("course 38, strict: output and gradients of all its parameters") {
  for (const bool causal : {false, true})
    for (const bool bias : {false, true}) {
      TransformerBlock block(8, 2, {.causal = causal, .bias = bias, .hidden = 12});
      const course::Form form{2, causal, bias};
      module_agrees(
          block, [&](auto& p, const auto& x) { return course::block(p, x, form); }, randn({2, 4, 8}));
    }
}

TEST_CASE("course 39: and with the causal mask") {
  CHECK(TransformerBlock(64, 8, {.causal = true})(randn({1, 10, 64})).shape() == Shape{1, 10, 64});
}

TEST_CASE("course 39, strict: no bit and no gradient comes from a later token; the last one sees all") {
  const TransformerBlock block(64, 8, {.causal = true});
  const Tensor x = randn({1, 10, 64}).requires_grad_(), y = block(x);
  for (std::int64_t t = 0; t < 10; ++t) {
    const Tensor g = grad(y.select(1, t), {x}, {.retain_graph = true}, randn({1, 64}))[0];
    for (std::int64_t s = 0; s < 10; ++s) CHECK((max(abs(g.select(1, s))).item() != 0) == (s <= t));
    Tensor changed = x.detach().clone();
    changed.slice(1, t + 1, 10).fill_(9);
    CHECK(measure::same_bits(block(changed).slice(1, 0, t + 1), y.slice(1, 0, t + 1)));
  }
}

TEST_CASE("course 40: with weights of zero something is left, by the residual connections") {
  TransformerBlock block(64, 8);
  const NoGrad off;
  for (nn::Linear* layer : {&block.attention.qkv, &block.attention.proj, &block.mlp.fc, &block.mlp.proj})
    layer->weight.fill_(0);
  CHECK(max(abs(block(randn({1, 5, 64})))).item() > 0);
}

TEST_CASE(
    "course 40, strict: what is left is the input, bit for bit, and its gradient; each branch adds alone") {
  TransformerBlock block(64, 8);
  const Tensor x = randn({1, 5, 64}).requires_grad_(), dy = randn({1, 5, 64});
  Tensor attention, mlp;
  {
    const NoGrad off;
    attention = block.attention(block.norm_1(x)), mlp = block.mlp(block.norm_2(x));
    const auto silence = [](nn::Linear& last) { last.weight.fill_(0), last.bias.fill_(0); };
    const Tensor weight = block.mlp.proj.weight.clone(), bias = block.mlp.proj.bias.clone();
    silence(block.mlp.proj);
    CHECK(measure::same_bits(block(x), x + attention));
    block.mlp.proj.weight.copy_(weight), block.mlp.proj.bias.copy_(bias);
    silence(block.attention.proj);
    CHECK(measure::same_bits(block(x), x + mlp));
    silence(block.mlp.proj);
  }
  CHECK(measure::same_bits(block(x), x));
  CHECK(measure::same_bits(grad(block(x), {x}, {}, dy)[0], dy));
}

TEST_CASE("course 41: the course's block, whose attention has no bias, has ten parameters") {
  TransformerBlock block(64, 8);
  CHECK(parameters(block).size() == 12);
  block.attention = nn::MultiHeadAttention(64, 8, {.bias = false});
  CHECK(parameters(block).size() == 10);
}

TEST_CASE("course 41, strict: each has a name of its own, is listed, and learns") {
  CHECK(every_parameter_is_listed<TransformerBlock>(64, 8));
  const TransformerBlock block(8, 2);
  block(randn({2, 5, 8})).backward(randn({2, 5, 8}));
  std::set<std::string> names;
  for (const NamedTensor& p : named_parameters(block)) {
    names.insert(p.name);
    INFO(p.name);
    CHECK(max(abs(p.tensor.grad())).item() > 0);
  }
  CHECK(names.size() == 12);
  CHECK(parameter_count(block) == 3 * 8 * 8 + 3 * 8 + 8 * 8 + 8 + 2 * 4 * 8 * 8 + 4 * 8 + 8 + 4 * 8);
}
