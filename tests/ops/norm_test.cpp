// ctest: LABELS gradcheck
#include "gradus/ops/norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradus/ops/arithmetic.h"
#include "gradus/ops/reduce.h"
#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/measure.h"
#include "reference/norm.h"

using namespace gradus;

namespace {

template <class X> const auto* second(const X& x) { return x.size() > 1 ? &x[1] : nullptr; }
template <class X> const auto* third(const X& x) { return x.size() > 2 ? &x[2] : nullptr; }

}  // namespace

TEST_CASE("layer_norm and rms_norm are right in every way") {
  const auto layer = [](const auto& x) { return reference::layer_norm(x[0], second(x), third(x), 1e-5); };
  check_op("layer_norm",
           {{"weight and bias", layer}, {"weight", layer}, {"plain, large eps", [](const auto& x) {
                                                              return reference::layer_norm(x[0], second(x),
                                                                                           third(x), 0.5);
                                                            }}});
  check_op("rms_norm",
           {{"weight", [](const auto& x) { return reference::rms_norm(x[0], second(x), 1e-6); }},
            {"plain, large eps", [](const auto& x) { return reference::rms_norm(x[0], second(x), 0.5); }}});
}

TEST_CASE("layer_norm: a bias without a weight") {
  const Tensor x = randn({3, 5}, Dtype::float64);
  Tensor bias = randn({5}, Dtype::float64).requires_grad_();
  const Tensor y = layer_norm(x, {}, bias), cotangent = randn({3, 5}, Dtype::float64);
  CHECK(measure::distance(y, layer_norm(x, {}, {}) + bias) <= 1e-15);
  y.backward(cotangent);
  CHECK(measure::distance(bias.grad(), sum(cotangent, {0})) <= 1e-15);
}

TEST_CASE("layer_norm: a constant row gives exactly the bias, with finite gradients") {
  for (const double c : {0.0, 3.0, 1e6}) {
    Tensor x = full({2, 8}, c).requires_grad_(), w = randn({8}).requires_grad_(),
           b = randn({8}).requires_grad_();
    const Tensor y = layer_norm(x, w, b);
    CHECK(measure::same_bits(y.select(0, 0).detach(), b.detach()));
    y.backward(randn({2, 8}));
    for (const Tensor& leaf : {x, w, b})
      for (const double g : values(leaf.grad())) CHECK(std::isfinite(g));
  }
}

TEST_CASE("layer_norm: a row of 1e8 plus noise keeps the noise") {
  const Tensor noise = randn({4, 512}, Dtype::float64), x = noise + 1e8;
  const Tensor want = layer_norm(x - mean(x, {-1}, true), {}, {});
  CHECK(measure::distance(layer_norm(x, {}, {}), want) <= 1e-6);
  const Tensor single =
      (noise * 1e3 + 1e6).to(Dtype::float32);  // what float32 holds of it is normalised exactly
  CHECK(measure::distance(layer_norm(single, {}, {}), layer_norm(single.to(Dtype::float64), {}, {})) <= 1e-5);
}

TEST_CASE("layer_norm: one channel gives the bias; rms_norm: a row of zeros gives zeros") {
  CHECK(values(layer_norm(tensor({7, -2}).unsqueeze(1), tensor({3}), tensor({5}))) == Values{5, 5});
  Tensor zero = zeros({2, 4}).requires_grad_();
  const Tensor y = rms_norm(zero, tensor({1, 2, 3, 4}));
  CHECK(values(y) == Values(8, 0));
  y.backward(ones_like(y));
  for (const double g : values(zero.grad())) CHECK(std::isfinite(g));
}

TEST_CASE("the norms: NaN in a row makes that row NaN and no other") {
  Tensor x = randn({3, 7});
  x.select(0, 1).slice(0, 2, 3).fill_(not_a_number);
  for (const Tensor& y : {layer_norm(x, {}, {}), rms_norm(x, {})}) {
    const Values v = values(y);
    for (std::size_t i = 0; i < v.size(); ++i) CHECK(std::isnan(v[i]) == (i / 7 == 1));
  }
}

TEST_CASE("the norms: mistakes are explained") {
  const Tensor x = zeros({2, 3});
  CHECK(error_of([&] { layer_norm(x, zeros({2}), {}); }) ==
        "layer_norm: the weight must hold one number for each of the last axis of x\n"
        "  x       float32 [2, 3]           a constant\n"
        "  weight  float32 [2]              a constant");
  CHECK(error_of([&] { rms_norm(scalar(1), {}); }) ==
        "rms_norm: needs at least one axis\n  x  float32 []               a constant");
  CHECK(error_of([&] { layer_norm(x, {}, zeros({3}, Dtype::float64)); }) ==
        "layer_norm: the operands must have one element type\n"
        "  x     float32 [2, 3]           a constant\n"
        "  bias  float64 [3]              a constant\n"
        "  write bias.to(Dtype::float32) or x.to(Dtype::float64)");
}
