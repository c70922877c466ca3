#pragma once
#include <cstdint>
#include <vector>

#include "gradus/ops/table.h"
#include "gradus/tensor/tensor.h"
#include "reference/array.h"

/// What the checks of an op measure with.
namespace measure {

using gradus::Tensor;
using Tensors = std::vector<Tensor>;

/// The numbers of a tensor, for an oracle. ids and booleans become numbers too.
template <class S> reference::Array<S> array_of(const Tensor& x);
template <class S> std::vector<reference::Array<S>> arrays_of(const Tensors& x);

/// The largest |a - b| over the largest finite |b|; elements that are the same infinity or both NaN agree.
/// Infinite when shapes differ or only one is finite.
double distance(const reference::Array<long double>& a, const reference::Array<long double>& b);
double distance(const Tensor& a, const Tensor& b);
bool same_bits(const Tensor& a, const Tensor& b);  ///< and the same shape and type
bool same_bits(const Tensors& a, const Tensors& b);

/// Random numbers in the shape and type of x.
Tensor random_like(const Tensor& x, std::uint64_t seed);

/// Which inputs an op can be differentiated by.
std::vector<bool> floating(const Tensors& inputs);

/// What one call gives: its value, and by grad() the gradients of the wanted inputs (the others stay
/// undefined).
struct Result {
  Tensor y;
  Tensors gradients;
};
Result run(gradus::OpCall call, const Tensors& inputs, const std::vector<bool>& wanted,
           const Tensor& cotangent = {});

/// The same memory and layout as a leaf of its own, where a gradient is wanted.
Tensors leaves(const Tensors& inputs, const std::vector<bool>& wanted);

}  // namespace measure
