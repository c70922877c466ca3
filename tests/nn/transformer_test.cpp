#include "gradus/nn/transformer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "models/parameter_slots.h"

using namespace gradus;
using nn::TransformerBlock;

namespace {

/// Gradients of module(x) by x and by every parameter against finite differences, in float64.
template <class M>
GradcheckReport check_module(M& module, const Tensor& x, const GradcheckOptions& options = {}) {
  test::randomise_in_float64(module);
  const test::Slots places = test::slots(module);
  std::vector<Tensor> inputs = test::values(places);
  inputs.push_back(x);
  return gradcheck(
      [&](const std::vector<Tensor>& in) {
        test::fill(places, in);
        return module(in.back());
      },
      inputs, options);
}

}  // namespace

TEST_CASE("a transformer block's gradients are right, for every element of every parameter") {
  manual_seed(1);
  for (const auto activation : {nn::Activation::gelu_erf, nn::Activation::gelu_tanh, nn::Activation::silu}) {
    TransformerBlock block(4, 2, {.causal = true, .hidden = 6, .activation = activation});
    const GradcheckReport report = check_module(block, randn({2, 3, 4}, Dtype::float64));
    CHECK_MESSAGE(report.ok, report.message);
  }
  TransformerBlock grouped(8, 4, {.bias = false, .hidden = 5, .kv_heads = 2});
  const GradcheckReport report = check_module(grouped, randn({1, 3, 8}, Dtype::float64));
  CHECK_MESSAGE(report.ok, report.message);
}

TEST_CASE("a transformer block's gradients can be differentiated again") {
  manual_seed(2);
  TransformerBlock block(4, 2, {.causal = true, .hidden = 4});
  const GradcheckReport report = check_module(block, randn({1, 3, 4}, Dtype::float64),
                                              {.tolerance = 1e-6, .directions = 2, .second_order = true});
  CHECK_MESSAGE(report.ok, report.message);
}

TEST_CASE("a block is two residual branches, each behind its norm") {
  manual_seed(3);
  TransformerBlock block(8, 2);
  test::randomise_in_float64(block);  // so that its two norms differ
  const Tensor x = randn({2, 5, 8}, Dtype::float64);
  const Tensor middle = x + block.attention(block.norm_1(x));
  const Tensor y = middle + block.mlp.proj(gelu_erf(block.mlp.fc(block.norm_2(middle))));
  CHECK(block(x).to_vector<double>() == y.to_vector<double>());
  CHECK(block.mlp.fc.weight.shape() == Shape{32, 8});

  // With outputs that start at zero a block starts as the identity.
  const TransformerBlock still(8, 2, {.bias = false, .output_init = nn::Init::zeros()});
  const Tensor z = randn({2, 5, 8});
  CHECK(still(z).to_vector<float>() == z.to_vector<float>());
}

TEST_CASE("a block drops only while training, and the same for the same seed") {
  const TransformerBlock block(8, 2, {.dropout = 0.5, .attention_dropout = 0.5});
  const Tensor x = randn({2, 5, 8});
  const auto run = [&](std::uint64_t seed) {
    manual_seed(seed);
    return block(x).to_vector<float>();
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
  const Eval eval;
  CHECK(run(1) == run(2));
}

TEST_CASE("every activation of a feed-forward layer is the op of its name") {
  const Tensor x = randn({7});
  CHECK(activate(nn::Activation::gelu_erf, x).to_vector<float>() == gelu_erf(x).to_vector<float>());
  CHECK(activate(nn::Activation::gelu_tanh, x).to_vector<float>() == gelu_tanh(x).to_vector<float>());
  CHECK(activate(nn::Activation::relu, x).to_vector<float>() == relu(x).to_vector<float>());
  CHECK(activate(nn::Activation::silu, x).to_vector<float>() == silu(x).to_vector<float>());
}

TEST_CASE("learned positions add row t to token t, from any start") {
  const nn::LearnedPositions positions(6, 4);
  const std::vector<float> table = positions.table.weight.to_vector<float>();
  const std::vector<float> y = positions(zeros({2, 3, 4}), 2).to_vector<float>();
  for (std::size_t b = 0; b < 2; ++b)
    for (std::size_t i = 0; i < 12; ++i) CHECK(y[12 * b + i] == table[8 + i]);
  CHECK(positions(zeros({1, 6, 4})).shape() == Shape{1, 6, 4});
  CHECK_THROWS_AS(positions(zeros({1, 7, 4})), Error);
  CHECK_THROWS_AS(positions(zeros({1, 3, 4}), 4), Error);
  CHECK_THROWS_AS(positions(zeros({1, 3, 4}), -1), Error);
}

TEST_CASE("sinusoidal positions have the paper's values") {
  const std::vector<double> p = nn::sinusoidal_positions(50, 6, Dtype::float64).to_vector<double>();
  const auto at = [&](std::size_t t, std::size_t c) { return p[6 * t + c]; };
  CHECK(at(0, 0) == 0);
  CHECK(at(0, 1) == 1);
  CHECK(std::fabs(at(1, 0) - 0.8414710) <= 5e-8);
  CHECK(std::fabs(at(1, 1) - 0.5403023) <= 5e-8);
  for (std::size_t t = 0; t < 50; ++t)
    for (std::size_t i = 0; i < 3; ++i) {
      const double angle = static_cast<double>(t) / std::pow(10000.0, 2.0 * static_cast<double>(i) / 6);
      CHECK(std::fabs(at(t, 2 * i) - std::sin(angle)) <= 1e-12);
      CHECK(std::fabs(at(t, 2 * i + 1) - std::cos(angle)) <= 1e-12);
    }
  const Tensor odd = nn::sinusoidal_positions(4, 5);
  CHECK(odd.shape() == Shape{4, 5});
  CHECK(odd.dtype() == Dtype::float32);
  CHECK(std::fabs(odd[3][4].item() - std::sin(3 / std::pow(10000.0, 0.8))) <= 1e-6);
}
