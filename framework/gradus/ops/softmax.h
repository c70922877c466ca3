#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// softmax(x)_i = exp x_i / sum_j exp x_j along an axis. A row that is all -inf (everything masked) gives
/// zeros and zero gradient, where PyTorch gives NaN.
///   dx = y (dy - sum(dy y))
Tensor softmax(const Tensor& x, std::int64_t axis = -1);

/// log softmax(x)_i = x_i - log sum_j exp x_j along an axis, without overflow.
///   dx = dy - softmax(x) sum(dy)
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);

namespace composed {
Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
}  // namespace composed

}  // namespace gradus
