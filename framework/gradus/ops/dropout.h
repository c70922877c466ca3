#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Each element is 0 with probability p, else scaled by 1 / (1 - p); the identity under Eval. The mask is a
/// seed, not a buffer (Srivastava et al. 2014, inverted).    dx = dy under the same mask
Tensor dropout(const Tensor& x, double p);
Tensor dropout(const Tensor& x, double p, std::uint64_t seed);  ///< a fixed mask, also under Eval

}  // namespace gradus
