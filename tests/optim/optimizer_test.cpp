// SGD against torch's formulas, and clipping by the global norm. AdamW has adamw_test.cpp.
#include "gradus/optim/optimizer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"

using namespace gradus;

namespace {

/// torch.optim.SGD, one number at a time.
struct Naive {
  SGDOptions o;
  std::vector<double> p, buffer = {};

  void step(const std::vector<double>& g, double factor) {
    const bool first = buffer.empty();
    if (first) buffer.resize(p.size());
    for (std::size_t i = 0; i < p.size(); ++i) {
      double d = g[i] * factor + o.weight_decay * p[i];
      if (o.momentum != 0) {
        buffer[i] = first ? d : o.momentum * buffer[i] + d;
        d = o.nesterov ? d + o.momentum * buffer[i] : buffer[i];
      }
      p[i] -= o.lr * d;
    }
  }
};

double norm_of(const std::vector<Tensor>& parameters) {
  double total = 0;
  for (const Tensor& p : parameters)
    for (double g : p.grad().to_vector<double>()) total += g * g;
  return std::sqrt(total);
}

}  // namespace

TEST_CASE("SGD takes torch's steps: plain, with momentum, Nesterov's, with decay") {
  const std::vector<SGDOptions> all{
      {.lr = 0.1},
      {.lr = 0.1, .momentum = 0.9},
      {.lr = 0.1, .momentum = 0.9, .nesterov = true},
      {.lr = 0.1, .weight_decay = 0.05},
      {.lr = 0.1, .momentum = 0.8, .weight_decay = 0.05, .nesterov = true},
  };
  manual_seed(1);
  for (const SGDOptions& o : all) {
    Tensor p = randn({5, 3}, Dtype::float64).requires_grad_();
    Naive naive{o, p.to_vector<double>()};
    SGD optimizer({p}, o);
    for (int step = 0; step < 30; ++step) {
      const Tensor g = randn({5, 3}, Dtype::float64);
      const double factor = step % 2 ? 0.5 : 1;
      p.set_grad(g);
      naive.step(g.to_vector<double>(), factor);
      optimizer.step(factor);
      CHECK(p.grad().to_vector<double>() == g.to_vector<double>());  // a step reads gradients only
    }
    const std::vector<double> got = p.to_vector<double>();
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::fabs(got[i] - naive.p[i]) <= 1e-12);
  }
}

TEST_CASE("SGD leaves parameters without a gradient, and zero_grad removes gradients") {
  Tensor used = ones({2}).requires_grad_(), unused = ones({2}).requires_grad_();
  SGD optimizer({used, unused}, {.lr = 0.5, .momentum = 0.9, .weight_decay = 1});
  used.set_grad(ones({2}));
  optimizer.step();
  CHECK(used.to_vector<float>() == std::vector<float>{0, 0});
  CHECK(unused.to_vector<float>() == std::vector<float>{1, 1});
  optimizer.zero_grad();
  CHECK_FALSE(used.grad().defined());
  CHECK_THROWS_AS(SGD({ones({2})}), Error);
}

TEST_CASE("the global norm is that of all gradients together") {
  manual_seed(2);
  std::vector<Tensor> p{randn({3, 4}, Dtype::float64).requires_grad_(),
                        randn({5}, Dtype::float64).requires_grad_()};
  for (Tensor& x : p) x.set_grad(randn(x.shape(), Dtype::float64) * 10.0);
  const double norm = norm_of(p);
  CHECK(std::fabs(grad_norm(p) / norm - 1) <= 1e-14);

  // One without a gradient does not count; a transposed gradient counts as it is.
  p.push_back(randn({2, 3}, Dtype::float64).requires_grad_());
  CHECK(grad_norm(p) == grad_norm({p[0], p[1]}));
  p[2].set_grad(randn({3, 2}, Dtype::float64).t());
  CHECK(std::fabs(grad_norm(p) / norm_of(p) - 1) <= 1e-14);
  CHECK(grad_norm({}) == 0);
}

TEST_CASE("clipping scales to the largest norm, and only down") {
  manual_seed(3);
  for (const double scale : {0.01, 1.0, 100.0, 1e25}) {
    std::vector<Tensor> p{randn({30, 4}).requires_grad_(), randn({5}).requires_grad_()};
    std::vector<std::vector<float>> before;
    for (Tensor& x : p) {
      x.set_grad(randn(x.shape()) * scale);
      before.push_back(x.grad().to_vector<float>());
    }
    const double norm = clip_grad_norm_(p, 2.0);
    CHECK(norm > 5 * scale);
    CHECK(std::isfinite(norm));  // squares of 1e25 do not fit in float32
    const double factor = norm > 2 ? 2 / (norm + 1e-6) : 1;
    CHECK(std::fabs(clip_factor(norm, 2.0) - factor) <= 1e-15);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const std::vector<float> after = p[i].grad().to_vector<float>();
      for (std::size_t j = 0; j < after.size(); ++j) {
        const double want = before[i][j] * factor;
        CHECK(std::fabs(after[j] - want) <= 1e-6 * std::fabs(want));
      }
    }
    CHECK(grad_norm(p) <= 2 * (1 + 1e-6));  // but for the rounding of its floats
  }
}

TEST_CASE("a gradient that is infinite or NaN shows in the norm") {
  Tensor p = ones({100}).requires_grad_();
  Tensor g = ones({100});
  g.slice(0, 37, 38).fill_(std::numeric_limits<double>::infinity());
  p.set_grad(g);
  CHECK(grad_norm({p}) == std::numeric_limits<double>::infinity());
  g.slice(0, 90, 91).fill_(std::numeric_limits<double>::quiet_NaN());
  p.set_grad(g);
  CHECK(std::isnan(grad_norm({p})));
}

TEST_CASE("the global norm has the same bits on any number of threads") {
  const int threads = num_threads();
  manual_seed(4);
  Tensor p = zeros({200000}).requires_grad_();
  p.set_grad(randn({200000}));
  set_num_threads(1);
  const double one = grad_norm({p});
  for (const int n : {2, 3, 4}) {
    set_num_threads(n);
    CHECK(grad_norm({p}) == one);
  }
  set_num_threads(threads);
}

TEST_CASE("an optimizer refuses a parameter that is listed twice") {
  const Tensor a = ones({2}).requires_grad_();
  CHECK_THROWS_AS(SGD({a, a}), Error);
  CHECK_THROWS_AS(AdamW({a, a}), Error);
}
