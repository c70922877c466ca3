#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/ops/table.h"
#include "reference/array.h"
#include "reference/dual.h"

/// What a sample of an op means: a generic lambda over arrays of numbers, used with long double for the value
/// and with dual numbers for exact derivatives.
class Oracle {
 public:
  template <class S> using Arrays = std::vector<reference::Array<S>>;
  using Dual = reference::Dual;

  template <class F>
  Oracle(std::string sample_name, F f) : sample(std::move(sample_name)), value(f), dual(f) {}

  std::string sample;
  std::function<reference::Array<long double>(const Arrays<long double>&)> value;
  std::function<reference::Array<Dual>(const Arrays<Dual>&)> dual;
};

/// Every check a row of the table buys, for all rows of `op`; each needs its oracle. For each sample:
///   the value, in float64 and float32, and every entry of the gradient are the oracle's
///   finite differences agree with the gradient, and with the gradient's gradient
///   the fused op is its composed form, value and gradients
///   transposed, sliced and expanded inputs and cotangents make no difference; axes may be empty
///   every subset of the inputs may want gradients; backward() adds what grad() returns; a zero cotangent
///   gives zeros the bits do not depend on the number of threads, and large float32 samples agree with
///   float64 inputs are left as they were, and nothing is left alive
void check_op(const std::string& op, const std::vector<Oracle>& oracles);

namespace checks {
// The parts, one file each.
void agrees_with_oracle(const gradus::OpRow& row, const Oracle& oracle,
                        const std::vector<gradus::Tensor>& inputs);
void passes_gradcheck(const gradus::OpRow& row);
void agrees_with_composed(const gradus::OpRow& row);
void ignores_layout(const gradus::OpRow& row);
void accepts_empty_axes(const gradus::OpRow& row, const Oracle& oracle);
void serves_any_subset(const gradus::OpRow& row);
void ignores_threads(const gradus::OpRow& row);
}  // namespace checks
