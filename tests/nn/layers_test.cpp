#include "gradus/nn/layers.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/autograd/modes.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"

using namespace gradus;

namespace {

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};
Moments moments(const Tensor& x) {
  const std::vector<float> v = x.to_vector<float>();
  Moments m;
  for (float e : v) {
    m.mean += e / static_cast<double>(v.size());
    m.largest = std::fmax(m.largest, std::fabs(double{e}));
  }
  for (float e : v) m.deviation += std::pow(e - m.mean, 2) / static_cast<double>(v.size());
  m.deviation = std::sqrt(m.deviation);
  return m;
}

}  // namespace

TEST_CASE("a linear layer starts uniform within one over the root of its inputs, as PyTorch's") {
  manual_seed(3);
  const nn::Linear layer(400, 300);
  const double bound = 1.0 / 20;
  const Moments weight = moments(layer.weight), bias = moments(layer.bias);
  CHECK(weight.largest <= bound);
  CHECK(weight.largest > 0.99 * bound);
  CHECK(std::fabs(weight.mean) <= 5 * bound / std::sqrt(3.0 * 400 * 300));
  CHECK(std::fabs(weight.deviation / (bound / std::sqrt(3.0)) - 1) <= 0.01);
  CHECK(bias.largest <= bound);
  CHECK(std::fabs(bias.deviation / (bound / std::sqrt(3.0)) - 1) <= 0.1);
}

TEST_CASE("normal initialisation has its deviation, and a bias beside it starts at zero") {
  manual_seed(3);
  const nn::Linear layer(300, 400, true, nn::Init::normal(0.02));
  CHECK(std::fabs(moments(layer.weight).deviation / 0.02 - 1) <= 0.01);
  CHECK(moments(layer.bias).largest == 0);
  const nn::Embedding table(500, 64);
  CHECK(std::fabs(moments(table.weight).deviation - 1) <= 0.02);
  CHECK(moments(nn::Linear(8, 8, false, nn::Init::zeros()).weight).largest == 0);
}

TEST_CASE("two layers of one seed are equal, and of the next different") {
  manual_seed(9);
  const std::vector<float> first = nn::Linear(5, 7).weight.to_vector<float>();
  const std::vector<float> second = nn::Linear(5, 7).weight.to_vector<float>();
  manual_seed(9);
  CHECK(nn::Linear(5, 7).weight.to_vector<float>() == first);
  CHECK(first != second);
}

TEST_CASE("layers keep the leading axes") {
  const nn::Linear linear(4, 3);
  CHECK(linear(randn({4})).shape() == Shape{3});
  CHECK(linear(randn({2, 4})).shape() == Shape{2, 3});
  CHECK(linear(randn({2, 5, 4})).shape() == Shape{2, 5, 3});
  CHECK(linear(randn({0, 4})).shape() == Shape{0, 3});
  CHECK(nn::LayerNorm(4)(randn({2, 5, 4})).shape() == Shape{2, 5, 4});
  CHECK(nn::RMSNorm(4)(randn({4})).shape() == Shape{4});
  CHECK(nn::Embedding(6, 4)(randint(0, 6, {2, 5})).shape() == Shape{2, 5, 4});
  CHECK(nn::Embedding(6, 4)(randint(0, 6, {})).shape() == Shape{4});
}

TEST_CASE("a linear layer is x W^T + b") {
  const nn::Linear layer(3, 2);
  const Tensor x = randn({4, 3});
  const std::vector<float> y = layer(x).to_vector<float>(), in = x.to_vector<float>(),
                           w = layer.weight.to_vector<float>(), b = layer.bias.to_vector<float>();
  for (std::size_t r = 0; r < 4; ++r)
    for (std::size_t o = 0; o < 2; ++o) {
      double want = b[o];
      for (std::size_t i = 0; i < 3; ++i) want += double{in[3 * r + i]} * w[3 * o + i];
      CHECK(std::fabs(y[2 * r + o] - want) <= 1e-6);
    }
}

TEST_CASE("norms start as plain normalisation") {
  const Tensor x = randn({6, 50}) * 7.0 + 3.0;
  const std::vector<float> y = nn::LayerNorm(50)(x).to_vector<float>(),
                           z = nn::RMSNorm(50)(x).to_vector<float>();
  for (std::size_t r = 0; r < 6; ++r) {
    double mean = 0, square = 0, root = 0;
    for (std::size_t i = 0; i < 50; ++i) {
      const double v = y[50 * r + i], u = z[50 * r + i];
      mean += v / 50;
      square += v * v / 50;
      root += u * u / 50;
    }
    CHECK(std::fabs(mean) <= 1e-6);
    CHECK(std::fabs(square - 1) <= 1e-5);
    CHECK(std::fabs(root - 1) <= 1e-5);
  }
}

TEST_CASE("dropout drops a share of the elements, keeps their mean, and stands aside under Eval") {
  manual_seed(5);
  const nn::Dropout layer{0.25};
  const Tensor x = ones({200, 200});
  std::int64_t dropped = 0;
  for (float v : layer(x).to_vector<float>()) {
    if (v == 0)
      ++dropped;
    else
      CHECK(std::fabs(v - 1 / 0.75) <= 1e-6);
  }
  CHECK(std::fabs(static_cast<double>(dropped) / 40000 - 0.25) <= 0.01);  // more than four deviations
  const Eval eval;
  CHECK(layer(x).to_vector<float>() == x.to_vector<float>());
}
