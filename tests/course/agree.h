#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "course/oracle.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/dtype.h"
#include "gradus/tensor/creation.h"
#include "models/parameter_slots.h"
#include "reference/dual.h"
#include "reference/measure.h"

/// What a strict twin measures with.
namespace course {

using gradus::Tensor;
using Tensors = std::vector<Tensor>;

/// Checks a function of the framework against its oracle, in float64: the value, and the derivative along one random
/// direction through all floating inputs, of the value weighted by a random cotangent. The oracle's derivative is
/// exact, so a wrong entry anywhere in any gradient shows.
template <class F, class G>
void agrees(const F& ours, const G& oracle, const Tensors& inputs, double tolerance = 1e-12) {
  using gradus::Dtype, measure::array_of, measure::arrays_of;
  Tensors x, leaves, directions;
  for (const Tensor& input : inputs) {
    x.push_back(input.detach());
    if (!gradus::is_floating(input.dtype())) continue;
    x.back() = x.back().to(Dtype::float64).clone().requires_grad_();
    leaves.push_back(x.back());
    directions.push_back(gradus::randn(input.shape(), Dtype::float64));
  }
  const Tensor y = ours(x), dy = gradus::randn(y.shape(), Dtype::float64);
  CHECK(measure::distance(array_of<long double>(y), oracle(arrays_of<long double>(x))) <= tolerance);

  const Tensors gradients = gradus::grad(y, leaves, {}, dy);
  auto moving = arrays_of<reference::Dual>(x);
  long double got = 0, want = 0, size = 0;
  for (std::size_t input = 0, leaf = 0; input < x.size(); ++input) {
    if (!gradus::is_floating(x[input].dtype())) continue;
    const auto g = gradients[leaf].to_vector<double>(), direction = directions[leaf].to_vector<double>();
    ++leaf;
    for (std::size_t i = 0; i < g.size(); ++i) {
      moving[input].data[i].slope = direction[i];
      got += static_cast<long double>(g[i]) * direction[i];
      size += std::fabs(static_cast<long double>(g[i]) * direction[i]);
    }
  }
  const auto moved = oracle(moving);
  const auto weights = dy.to_vector<double>();
  for (std::size_t i = 0; i < weights.size(); ++i) want += moved.data[i].slope * weights[i];
  CHECK(static_cast<double>(std::fabs(got - want) / size) <= tolerance);
}

/// The same for a module, with random values in every parameter: oracle(parameters, x).
template <class M, class G> void module_agrees(M& module, const G& oracle, const Tensor& x) {
  using test::slots;
  test::randomise_in_float64(module);
  const test::Slots places = slots(module);
  Tensors inputs = test::values(places);
  inputs.push_back(x);
  agrees(
      [&](const Tensors& in) {
        test::fill(places, in);
        return module(in.back());
      },
      [&](const auto& in) {
        using S = std::decay_t<decltype(in[0].data[0])>;
        Parameters<S> p(in);
        return oracle(p, in.back());
      },
      inputs);
}

}  // namespace course
