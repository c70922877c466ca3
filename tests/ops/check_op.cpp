#include "ops/check_op.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"
#include "reference/measure.h"

using namespace gradus;
using namespace measure;
using reference::Array;
using reference::Dual;

namespace {

// Of the largest entry. In float32 a sum of a few terms may lose some units in the last place (6e-8).
constexpr double double_bound = 1e-12, float_bound = 2e-6, float_gradient_bound = 8e-6;

/// The gradient of <cotangent, f> by dual numbers: one run of the oracle for each entry.
Array<long double> exact_gradient(const Oracle& oracle, const Tensors& inputs, std::size_t which,
                                  const Tensor& cotangent) {
  const auto weight = array_of<long double>(cotangent);
  auto x = arrays_of<Dual>(inputs);
  Array<long double> gradient{x[which].shape, {}};
  for (Dual& element : x[which].data) {
    element.slope = 1;
    const Array<Dual> y = oracle.dual(x);
    element.slope = 0;
    long double total = 0;
    for (std::size_t i = 0; i < y.data.size(); ++i) total += weight.data[i] * y.data[i].slope;
    gradient.data.push_back(total);
  }
  return gradient;
}

void check_row(const OpRow& row, const Oracle& oracle) {
  for (const std::uint64_t seed : {1u, 2u})
    checks::agrees_with_oracle(row, oracle, sample_inputs(row, Dtype::float64, seed));
  checks::agrees_with_oracle(row, oracle, sample_inputs(row, Dtype::float32, 3));
  checks::passes_gradcheck(row);
  checks::agrees_with_composed(row);
  checks::ignores_layout(row);
  checks::accepts_empty_axes(row, oracle);
  checks::serves_any_subset(row);
  checks::ignores_threads(row);
}

}  // namespace

void check_op(const std::string& op, const std::vector<Oracle>& oracles) {
  std::size_t rows = 0;
  for (const OpRow& row : op_table()) {
    if (row.op != op) continue;
    ++rows;
    INFO("op: ", op, ", sample: ", std::string(row.sample));
    const auto oracle =
        std::find_if(oracles.begin(), oracles.end(), [&](const Oracle& o) { return o.sample == row.sample; });
    const bool has_an_oracle = oracle != oracles.end();
    REQUIRE(has_an_oracle);
    const std::int64_t nodes = live_nodes(), storages = memory_use().live_storages;
    check_row(row, *oracle);
    CHECK(live_nodes() == nodes);
    CHECK(memory_use().live_storages == storages);
  }
  INFO("op: ", op);
  CHECK(rows == oracles.size());  // each oracle has a row
}

void checks::agrees_with_oracle(const OpRow& row, const Oracle& oracle, const Tensors& inputs) {
  const Tensors before = [&] {
    Tensors copies;
    for (const Tensor& x : inputs) copies.push_back(x.clone());
    return copies;
  }();
  const bool is_double =
      std::any_of(inputs.begin(), inputs.end(), [](const Tensor& x) { return x.dtype() == Dtype::float64; });
  CAPTURE(is_double);
  const Result got = run(row.call, inputs, floating(inputs));
  CHECK(distance(array_of<long double>(got.y), oracle.value(arrays_of<long double>(inputs))) <=
        (is_double ? double_bound : float_bound));
  const Tensor cotangent = random_like(got.y, 99);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_floating(inputs[i].dtype())) continue;
    CAPTURE(i);
    CHECK(got.gradients[i].dtype() == inputs[i].dtype());
    CHECK(distance(array_of<long double>(got.gradients[i]), exact_gradient(oracle, inputs, i, cotangent)) <=
          (is_double ? 10 * double_bound : float_gradient_bound));
  }
  CHECK(same_bits(inputs, before));
}

void checks::passes_gradcheck(const OpRow& row) {
  const GradcheckReport report =
      gradcheck(row.call, sample_inputs(row, Dtype::float64, 4), {.tolerance = 1e-8, .second_order = true});
  INFO(report.message);
  CHECK(report.ok);
}

void checks::agrees_with_composed(const OpRow& row) {
  if (!row.composed) return;
  const Tensors x = sample_inputs(row, Dtype::float64, 5);
  const Result fused = run(row.call, x, floating(x)), composed = run(row.composed, x, floating(x));
  CHECK(distance(fused.y, composed.y) <= double_bound);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(i);
    if (is_floating(x[i].dtype()))
      CHECK(distance(fused.gradients[i], composed.gradients[i]) <= 10 * double_bound);
  }
}

void checks::serves_any_subset(const OpRow& row) {
  const Tensors x = sample_inputs(row, Dtype::float64, 6);
  const std::vector<bool> can = floating(x);
  const Result all = run(row.call, x, can);
  const Tensor cotangent = random_like(all.y, 99);
  for (unsigned subset = 0; subset < 1u << x.size(); ++subset) {
    std::vector<bool> wanted;
    for (std::size_t i = 0; i < x.size(); ++i) wanted.push_back((subset >> i & 1u) != 0);
    bool possible = true;
    for (std::size_t i = 0; i < x.size(); ++i) possible = possible && (can[i] || !wanted[i]);
    if (!possible) continue;
    CAPTURE(subset);
    const Result some = run(row.call, x, wanted);
    CHECK(same_bits(some.y, all.y));
    CHECK(row.call(leaves(x, wanted)).requires_grad() == (subset != 0));
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(i);
      if (wanted[i]) CHECK(same_bits(some.gradients[i], all.gradients[i]));
    }
  }

  const Tensors leaf = leaves(x, can);
  for (const int walks : {1, 2}) {
    CAPTURE(walks);
    row.call(leaf).backward(cotangent);
    for (std::size_t i = 0; i < x.size(); ++i)
      if (can[i])
        CHECK(distance(leaf[i].grad(), all.gradients[i] * static_cast<double>(walks)) <= double_bound);
  }
  for (const Tensor& g : run(row.call, x, can, zeros_like(cotangent)).gradients)
    if (g.defined()) CHECK(distance(g, zeros_like(g)) == 0);
}
