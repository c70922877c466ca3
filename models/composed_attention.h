#pragma once
// Attention, written out: what attention() computes, from matrix products and a softmax, to be read.
// B sequences, H query heads, G key and value heads, Tq queries, Tk keys, D channels in each.
#include <gradus/gradus.h>

#include <cmath>
#include <limits>

namespace gradus::models {

/// Query heads h, h + 1, ... of one group read the same key head.   [B, G, T, D] -> [B, H, T, D]
inline Tensor share_heads(const Tensor& x, std::int64_t heads) {
  const std::int64_t B = x.size(0), G = x.size(1), T = x.size(2), D = x.size(3);
  return x.unsqueeze(2).expand({B, G, heads / G, T, D}).reshape({B, heads, T, D});
}

/// The same values and gradients as attention(q, k, v, options), and the T x T matrices it avoids.
///   q [B, H, Tq, D], k [B, G, Tk, D], v [B, G, Tk, Dv]  ->  [B, H, Tq, Dv]
inline Tensor composed_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                 const AttentionOptions& options = {}) {
  const std::int64_t H = q.size(1), Tq = q.size(2), D = q.size(3), Tk = k.size(2);
  const double scale = options.scale.value_or(1 / std::sqrt(static_cast<double>(D)));

  // How well each query matches each key; scaled, or the softmax would saturate as D grows.
  Tensor scores = matmul(q, share_heads(k, H).t()) * scale;  // [B, H, Tq, D] x [B, H, D, Tk] = [B, H, Tq, Tk]

  // A score of -inf becomes a weight of exactly 0: what may not be seen does not exist.
  const Tensor never = scalar(-std::numeric_limits<double>::infinity(), scores.dtype());
  if (options.causal) scores = where(causal_mask(Tq, Tk), scores, never);
  if (options.mask.defined()) {
    const bool boolean = options.mask.dtype() == Dtype::boolean;
    scores = boolean ? where(options.mask, scores, never) : scores + options.mask;
  }

  // Each query spreads a weight of 1 over the keys, and takes that much of each value.
  const Tensor weights = dropout(softmax(scores), options.dropout);  // [B, H, Tq, Tk]
  return matmul(weights, share_heads(v, H));                         // [B, H, Tq, Dv]
}

}  // namespace gradus::models
