#pragma once
#include "exercises/common/elements.h"
#include "exercises/common/given.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

// Given, in given.h: scores(q, k) and mix(weights, v), the two ends of 5.5.

/// 0 where position i may attend to position j, the past and itself, and -inf where it may not.
///   ->  [n, n]
Tensor create_causal_mask(std::int64_t n);

/// Attention in which query i gives no weight to key j where mask(i, j) is -inf; elsewhere the mask is 0.
///   q [B, Tq, d_k], k [B, Tk, d_k], v [B, Tk, d_v], mask [Tq, Tk]  ->  [B, Tq, d_v]
Tensor masked_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask);

}  // namespace gradus::exercises
