#pragma once
#include "exercises/common/given.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/join.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

// Given: scores(q, k) and mix(weights, v) of given.h, the mask of 5.6, and a table in descending order.

/// 0 where key j <= query i, else -inf.   ->  [n, n]
Tensor create_causal_mask(std::int64_t n);
/// The rows of a table from the last to the first.   [n, d]  ->  [n, d]
Tensor reversed(const Tensor& table);

// Yours. Row d of `positions` stands for the distance d = i - j from key j to query i, so row 0 for the query's own
// place. All heads and all items of a batch share the table. The tape must see what you do: no numbers by hand.

/// (i, j): q_i . r_(i-j) for j <= i, not divided by anything. What stands above the diagonal is of no account, as long as
/// it is finite.
///   q [..., T, d_k], positions [T, d_k]  ->  [..., T, T]
Tensor position_scores(const Tensor& q, const Tensor& positions);

/// Causal attention with the scores (q_i . k_j + q_i . r_(i-j)) / sqrt(d_k).
///   q, k [B, T, d_k], v [B, T, d_v], positions [T, d_k]  ->  [B, T, d_v]
Tensor relative_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions);

/// The same in every head h, with ((q_i + u_h) . k_j + (q_i + w_h) . r_(i-j)) / sqrt(d_k).
///   q, k [B, H, T, d_k], v [B, H, T, d_v], positions [T, d_k], u, w [H, d_k]  ->  [B, H, T, d_v]
Tensor biased_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions,
                        const Tensor& u, const Tensor& w);

/// (i, j): x(i, T - 1 - (i - j)) for j <= i, without a table of indices. What stands above the diagonal is of no account.
///   x [..., T, T]  ->  [..., T, T]
Tensor shift(const Tensor& x);

}  // namespace gradus::exercises
