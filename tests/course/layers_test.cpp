// The published tests of the course "llm-first-principles", stage 5: 26-28 and 34-37, layer normalisation and the
// feed-forward layer. They never see the gain, which scales a row of zeros, and take a variance within a tenth, so
// that dividing by n - 1 passes; of the feed-forward layer they see shapes. The strict twins pin values and
// gradients.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "course/agree.h"
#include "gradus/autograd/modes.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "reference/expect.h"

using namespace gradus;
using course::module_agrees;
using nn::Activation, nn::FeedForward, nn::LayerNorm;

TEST_CASE("course 26: layer normalisation gives each row mean 0 and variance 1") {
  const Tensor y = LayerNorm(64)(randn({10, 64}) * 5.0 + 3.0);
  for (std::int64_t i = 0; i < 10; ++i) {
    CHECK(std::fabs(y[i].mean().item()) < 0.1);
    CHECK(std::fabs(var(y[i], 0).item() - 1) < 0.1);
  }
}

// Rows as small as the root of epsilon tell where it stands, and how large it is.
TEST_CASE("course 26, strict: value and gradients, for rows of any size") {
  for (const double size : {5.0, 1.0, 3e-3, 1e-4}) {
    LayerNorm layer(6);
    module_agrees(
        layer, [](auto& p, const auto& x) { return course::layer_norm(p, x, true); },
        randn({4, 6}, Dtype::float64) * size + 0.5 * size);
  }
}

TEST_CASE("course 27: layer normalisation has a gain and a bias") {
  const std::vector<Tensor> all = parameters(LayerNorm(64));
  REQUIRE(all.size() == 2);
  CHECK(all[0].shape() == Shape{64});
  CHECK(all[1].shape() == Shape{64});
}

TEST_CASE("course 27, strict: they start as ones and zeros, and learn from every row") {
  const LayerNorm layer(5);
  CHECK(values(layer.weight) == Values(5, 1));
  CHECK(values(layer.bias) == Values(5, 0));
  const Tensor x = randn({7, 5}), y = layer(x), dy = randn({7, 5});
  y.backward(dy);
  CHECK(measure::distance(layer.weight.grad(), sum(dy * y.detach(), {0})) <= 1e-6);
  CHECK(measure::distance(layer.bias.grad(), sum(dy, {0})) <= 1e-6);
}

TEST_CASE("course 28: a row of zeros becomes the bias") {
  LayerNorm layer(4);
  const NoGrad off;
  layer.weight.fill_(2);
  layer.bias.fill_(1);
  CHECK(values(layer(zeros({1, 4}))) == Values(4, 1));
}

TEST_CASE("course 28, strict: each channel has its own gain and its own bias") {
  LayerNorm layer(4);
  const NoGrad off;
  const Tensor gain = tensor({2, 3, -1, 0.5}), bias = tensor({1, 0, 4, -2}), row = tensor({{1, -1, -1, 1}});
  layer.weight.copy_(gain);
  layer.bias.copy_(bias);
  for (const double size : {1.0, 10.0})
    CHECK(measure::distance(layer(row * size + 3.0),
                            row * (size / std::sqrt(size * size + 1e-5)) * gain + bias) <= 1e-6);
}

TEST_CASE("course 34: the feed-forward layer keeps the shape") {
  CHECK(FeedForward(64, 256)(randn({10, 64})).shape() == Shape{10, 64});
}

TEST_CASE("course 34, strict: value and gradients, with every activation") {
  const auto check = [](Activation activation, auto f) {
    FeedForward layer(4, 7, activation);
    module_agrees(
        layer, [&](auto& p, const auto& x) { return course::feed_forward(p, x, true, f); }, randn({2, 3, 4}));
  };
  check(Activation::gelu_erf, [](auto v) { return reference::gelu_erf(v); });
  check(Activation::gelu_tanh, [](auto v) { return reference::gelu_tanh(v); });
  check(Activation::relu, [](auto v) { return reference::relu(v); });
  check(Activation::silu, [](auto v) { return reference::silu(v); });
}

// A feed-forward layer is told its hidden width; a block knows the usual one.
TEST_CASE("course 35: in a block it is four times as wide inside") {
  const nn::TransformerBlock block(64, 8);
  CHECK(block.mlp.fc.weight.shape() == Shape{256, 64});
  CHECK(block.mlp.proj.weight.shape() == Shape{64, 256});
}

TEST_CASE("course 36: or as wide as one wants") {
  CHECK(FeedForward(64, 128).fc.weight.shape() == Shape{128, 64});
  CHECK(nn::TransformerBlock(64, 8, {.hidden = 128}).mlp.fc.weight.shape() == Shape{128, 64});
}

// Weights are stored [out, in], as in PyTorch; the course stores [in, out].
TEST_CASE("course 37: the feed-forward layer has two weights and two biases") {
  const std::vector<Tensor> all = parameters(FeedForward(64, 256));
  REQUIRE(all.size() == 4);
  CHECK(all[0].shape() == Shape{256, 64});
  CHECK(all[1].shape() == Shape{256});
  CHECK(all[2].shape() == Shape{64, 256});
  CHECK(all[3].shape() == Shape{64});
}

TEST_CASE("course 37, strict: all four are listed, and all four learn") {
  CHECK(every_parameter_is_listed<FeedForward>(4, 8));
  const FeedForward layer(4, 8);
  layer(randn({5, 4})).backward(randn({5, 4}));
  for (const Tensor& p : parameters(layer))
    for (const double g : values(p.grad())) CHECK(g != 0);
}
