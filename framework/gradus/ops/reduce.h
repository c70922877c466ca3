#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

// Reductions over all elements, or over the named axes, which disappear or (keepdim) stay with size 1. The
// sums are a fixed tree: the same bits for any number of threads.

Tensor sum(const Tensor& x);  ///< dx = dy everywhere
Tensor sum(const Tensor& x, const Shape& axes, bool keepdim = false);
Tensor mean(const Tensor& x);  ///< dx = dy / n
Tensor mean(const Tensor& x, const Shape& axes, bool keepdim = false);

/// The largest (smallest) element; NaN if there is one. Error over an empty axis.
///   dx = dy at it, shared equally where several are largest (torch.amax)
Tensor max(const Tensor& x);
Tensor max(const Tensor& x, std::int64_t axis, bool keepdim = false);
Tensor min(const Tensor& x);
Tensor min(const Tensor& x, std::int64_t axis, bool keepdim = false);

/// The first index of the largest (smallest) element along an axis: int64, not differentiable.
Tensor argmax(const Tensor& x, std::int64_t axis = -1, bool keepdim = false);
Tensor argmin(const Tensor& x, std::int64_t axis = -1, bool keepdim = false);

/// Sum of squared distances from the mean, divided by n - correction: 1 (unbiased) by default, as torch.var.
///   dx = dy 2 (x - mean) / (n - correction)
Tensor var(const Tensor& x, const Shape& axes, std::int64_t correction = 1, bool keepdim = false);
Tensor var(const Tensor& x, std::int64_t correction = 1);

/// log sum exp, without overflow; -inf over an empty axis or where every element is -inf.
///   dx = dy softmax(x)
Tensor logsumexp(const Tensor& x, std::int64_t axis, bool keepdim = false);

/// x summed over the axes that broadcasting would stretch from `shape`: the adjoint of expand.
///   dx = expand(dy)
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace gradus
