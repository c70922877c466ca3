// AdamW against its definition, written naively in double.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/optim/optimizer.h"
#include "gradus/tensor/creation.h"
#include "models/compare.h"

using namespace gradus;
using test::same_bits;

namespace {

struct Naive {
  AdamWOptions o;
  double decay;
  std::vector<double> p, m, v;
  int t = 0;

  Naive(const Tensor& x, AdamWOptions options, double weight_decay)
      : o(options),
        decay(weight_decay),
        p(x.to(Dtype::float64).to_vector<double>()),
        m(p.size()),
        v(p.size()) {}
  void step(const std::vector<double>& g, double factor) {
    ++t;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double gi = g[i] * factor;
      p[i] -= o.lr * decay * p[i];
      m[i] = o.beta1 * m[i] + (1 - o.beta1) * gi;
      v[i] = o.beta2 * v[i] + (1 - o.beta2) * gi * gi;
      const double m_hat = m[i] / (1 - std::pow(o.beta1, t)), v_hat = v[i] / (1 - std::pow(o.beta2, t));
      p[i] -= o.lr * m_hat / (std::sqrt(v_hat) + o.eps);
    }
  }
  double error(const Tensor& x) const {
    const std::vector<double> got = x.to(Dtype::float64).to_vector<double>();
    double worst = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double e = std::fabs(got[i] - p[i]) / std::fmax(1.0, std::fabs(p[i]));
      if (!(e <= worst)) worst = e;
    }
    return worst;
  }
};

Tensor leaf(const Shape& shape, Dtype dtype) { return randn(shape, dtype).requires_grad_(); }

}  // namespace

TEST_CASE("fifty steps are those of the definition, decay groups and clipping included") {
  manual_seed(1);
  const AdamWOptions options{.lr = 0.01, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0.1};
  for (const Dtype dtype : {Dtype::float64, Dtype::float32})
    for (const bool groups : {true, false}) {
      AdamWOptions o = options;
      o.decay_only_matrices = groups;
      const std::vector<Tensor> p{leaf({7, 19}, dtype), leaf({133}, dtype), leaf({}, dtype),
                                  leaf({2, 3, 5}, dtype), leaf({0, 4}, dtype)};
      std::vector<Naive> naive;
      for (const Tensor& x : p) naive.emplace_back(x, o, x.dim() >= 2 || !groups ? 0.1 : 0.0);
      AdamW optimizer(p, o);
      for (int step = 0; step < 50; ++step) {
        const double factor = step % 3 == 0 ? 1 : 0.3, lr = 0.01 / (1 + step);
        optimizer.set_lr(lr);
        for (std::size_t i = 0; i < p.size(); ++i) {
          const Tensor g = randn(p[i].shape(), dtype) * std::pow(10.0, step % 5 - 2);
          Tensor(p[i]).set_grad(g);
          naive[i].o.lr = lr;
          naive[i].step(g.to(Dtype::float64).to_vector<double>(), factor);
        }
        optimizer.step(factor);
      }
      CHECK(optimizer.steps() == 50);
      for (std::size_t i = 0; i < p.size(); ++i)
        CHECK(naive[i].error(p[i]) <= (dtype == Dtype::float64 ? 1e-13 : 5e-6));
    }
}

TEST_CASE("without gradient signal only the decay acts, and exactly") {
  manual_seed(2);
  Tensor matrix = leaf({5, 7}, Dtype::float64), bias = leaf({9}, Dtype::float64);
  std::vector<double> want = matrix.to_vector<double>();
  const std::vector<double> bias_before = bias.to_vector<double>();
  AdamW optimizer({matrix, bias}, {.lr = 0.01, .weight_decay = 0.1});
  for (int step = 0; step < 20; ++step) {
    matrix.set_grad(zeros_like(matrix));
    bias.set_grad(zeros_like(bias));
    optimizer.step();
    for (double& w : want) w *= 1 - 0.01 * 0.1;
  }
  CHECK(same_bits(matrix.to_vector<double>(), want));
  CHECK(same_bits(bias.to_vector<double>(), bias_before));
}

TEST_CASE("a learning rate of zero leaves every bit, and the moments still learn") {
  for (const Dtype dtype : {Dtype::float64, Dtype::float32}) {
    Tensor p = leaf({3, 11}, dtype);
    p.detach().select(0, 0).fill_(-0.0);
    const Tensor before = p.detach().clone();
    AdamW optimizer({p}, {.lr = 0, .weight_decay = 0.1});
    for (int step = 0; step < 3; ++step) {
      p.set_grad(randn({3, 11}, dtype) * 1e10);
      optimizer.step();
    }
    CHECK(same_bits(p, before));
    CHECK(max(optimizer.second_moments()[0]).item() > 0);
  }
}

TEST_CASE("gradients of any size give steps of the definition's size") {
  for (const double size : {1e-30, 1e-18, 1e-8, 1e8, 1e17}) {
    INFO(size);
    manual_seed(3);
    Tensor p = leaf({4, 8}, Dtype::float32);
    const AdamWOptions options{.lr = 0.1};
    Naive naive(p, options, options.weight_decay);
    AdamW optimizer({p}, options);
    for (int step = 0; step < 10; ++step) {
      const Tensor g = randn({4, 8}) * size;
      p.set_grad(g);
      naive.step(g.to(Dtype::float64).to_vector<double>(), 1);
      optimizer.step();
    }
    CHECK(naive.error(p) <= 5e-6);
  }
}

TEST_CASE("a parameter without a gradient stays as it is, moments and all") {
  Tensor used = leaf({3, 3}, Dtype::float32), unused = leaf({3, 3}, Dtype::float32);
  const std::vector<float> before = unused.to_vector<float>();
  AdamW optimizer({used, unused}, {.weight_decay = 0.5});
  used.set_grad(ones({3, 3}));
  optimizer.step();
  CHECK(same_bits(unused.to_vector<float>(), before));
  CHECK(max(optimizer.second_moments()[1]).item() == 0);
  optimizer.zero_grad();
  CHECK_FALSE(used.grad().defined());
}

TEST_CASE("an optimizer restored from its moments and step count goes on with the same bits") {
  manual_seed(4);
  const Tensor start = randn({6, 6});
  std::vector<Tensor> gradients;
  for (int i = 0; i < 8; ++i) gradients.push_back(randn({6, 6}));
  const auto train = [&](Tensor& p, AdamW& optimizer, int begin, int end) {
    for (int i = begin; i < end; ++i) {
      p.set_grad(gradients[static_cast<std::size_t>(i)].clone());
      optimizer.step();
    }
  };
  Tensor straight = start.clone().requires_grad_();
  AdamW whole({straight});
  train(straight, whole, 0, 8);

  Tensor first = start.clone().requires_grad_();
  AdamW before({first});
  train(first, before, 0, 5);
  Tensor second = first.detach().clone().requires_grad_();
  AdamW after({second});
  Tensor(after.first_moments()[0]).copy_(before.first_moments()[0]);
  Tensor(after.second_moments()[0]).copy_(before.second_moments()[0]);
  after.set_steps(before.steps());
  train(second, after, 5, 8);
  CHECK(same_bits(second.to_vector<float>(), straight.to_vector<float>()));
}

TEST_CASE("a step has the same bits on any number of threads, and reads a gradient of any layout") {
  const int threads = num_threads();
  std::vector<float> first;
  for (const int n : {1, 2, 3, 4}) {
    set_num_threads(n);
    manual_seed(5);
    Tensor p = leaf({301, 403}, Dtype::float32);
    AdamW optimizer({p});
    p.set_grad(randn({403, 301}).t());
    optimizer.step(0.5);
    if (n == 1) first = p.to_vector<float>();
    CHECK(same_bits(p.to_vector<float>(), first));
  }
  set_num_threads(threads);
}

TEST_CASE("an edit by the optimizer does not pass unnoticed by a tape that still needs the old value") {
  Tensor p = leaf({3}, Dtype::float32);
  const Tensor loss = sum(p * p);
  p.set_grad(ones({3}));
  AdamW optimizer({p});
  optimizer.step();
  CHECK_THROWS_AS(loss.backward(), Error);
}

TEST_CASE("only leaves that want a gradient and lie densely can be trained") {
  CHECK_THROWS_AS(AdamW({randn({3})}), Error);
  CHECK_THROWS_AS(AdamW({leaf({3}, Dtype::float32) * 2.0}), Error);
  CHECK_THROWS_AS(AdamW({Tensor()}), Error);
  CHECK_THROWS_AS(AdamW({randn({3, 4}).t().requires_grad_()}), Error);
}
