#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

/// What attention maps look like, in numbers. maps [..., T, T]: row = query, column = key, as Capture gives them
/// [B, H, T, T]. One result per map: a metric of [B, H, T, T] is [B, H], and its .mean({0}) is a number per head. Results
/// are float64 and off the tape, sums are taken in double; NaN in a map is NaN in its result.
///
/// `first_row` is the first row that counts: 2, unless told otherwise. Row 0 sees one key under a causal mask, whatever the
/// head does; in row 1 the previous token is the first one too, and nothing tells the two apart.

/// The mean of A[i, i - 1] over rows i >= first_row >= 1.  [...]
Tensor previous_token_score(const Tensor& maps, std::int64_t first_row = 2);
/// The mean of A[i, i].  [...]
Tensor current_token_score(const Tensor& maps, std::int64_t first_row = 2);
/// The mean of A[i, 0].  [...]
Tensor first_token_score(const Tensor& maps, std::int64_t first_row = 2);

/// What each of these scores is when row i spreads evenly over the keys 0 ... i: the mean of 1 / (i + 1), which is
/// (H_T - H_first_row) / (T - first_row) with harmonic numbers H.
double uniform_causal_score(std::int64_t T, std::int64_t first_row = 2);

/// The mean weight d tokens back, of A[i, i - d] over the T - d rows that reach so far.  [..., T], d = 0 ... T - 1.
/// A profile need not sum to 1.
Tensor offset_profile(const Tensor& maps);

/// The mean over rows of -sum_k A[i, k] ln A[i, k], in nats: between 0 (one key) and ln T.  [...]
/// Weights of 0 count 0.
Tensor mean_entropy(const Tensor& maps, std::int64_t first_row = 2);

/// The Jensen-Shannon divergence in nats between p and q [..., N]: the mean of KL(p || m) and KL(q || m), m = (p + q) / 2.
/// [...], between 0 (the same) and ln 2 (nothing in common). It is not a distance; its square root is. The last axis is
/// divided by its sum first, so profiles and counts may be given. Error: a shape that differs, a weight that is negative
/// or not finite, a sum of 0.
Tensor jensen_shannon_divergence(const Tensor& p, const Tensor& q);

/// How much each two of H heads differ.  x [H, ..., N] -> [H, H], symmetric with a diagonal of 0: the divergence of x[a] and
/// x[b], averaged over the axes between. Of offset profiles [H, T] it compares where heads look; of maps [H, T, T] it
/// compares them row by row.
Tensor pairwise_divergence(const Tensor& x);

}  // namespace gradus::lab
