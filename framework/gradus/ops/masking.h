#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// x with `value` where the boolean mask holds; the mask broadcasts to x.
///   dx = dy where the mask does not hold, else 0
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);

/// The lower (upper) triangle of the last two axes, zeros elsewhere; `diagonal` shifts its edge to the right.
///   x [..., m, n]  ->  [..., m, n]        dx = the same triangle of dy
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

/// True where query i may attend key j: j <= i + k_len - q_len, aligned at the last key.
///   ->  boolean [q_len, k_len]
Tensor causal_mask(std::int64_t q_len, std::int64_t k_len);

}  // namespace gradus
