#include "exercise.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gradus::exercises {

Tensor position_scores(const Tensor& q, const Tensor& positions) {
  // <answer> the row of the table for every query and key, and its product with the query
  const std::int64_t t = q.size(-2), d_k = q.size(-1);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < t; ++i)
    for (std::int64_t j = 0; j < t; ++j) rows.push_back(j <= i ? i - j : 0);
  const Tensor r = index_select(positions, 0, tensor(rows, {t * t})).reshape({t, t, d_k});
  return (q.unsqueeze(-2) * r).sum({-1});  // [..., T, 1, d_k] * [T, T, d_k]
  // </answer>
}

Tensor relative_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions) {
  // <answer> both kinds of scores, then the mask, the softmax and the mixture of 5.6
  const double root = std::sqrt(static_cast<double>(q.size(-1)));
  const Tensor s = scores(q, k) + position_scores(q, positions) / root;  // [B, T, T]
  return mix(softmax(s + create_causal_mask(q.size(-2)), -1), v);
  // </answer>
}

Tensor biased_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions,
                        const Tensor& u, const Tensor& w) {
  // <answer> the same with two kinds of queries
  const double root = std::sqrt(static_cast<double>(q.size(-1)));
  const Tensor content = scores(q + u.unsqueeze(1), k);  // u [H, 1, d_k]: one for all positions of a head
  const Tensor position = position_scores(q + w.unsqueeze(1), positions) / root;
  return mix(softmax(content + position + create_causal_mask(q.size(-2)), -1), v);
  // </answer>
}

Tensor shift(const Tensor& x) {
  // <answer> one column more, and the memory read on in rows of another length
  const std::int64_t t = x.size(-1);
  const Tensor dense = x.reshape({-1, t, t});
  const Tensor padded = cat({zeros({dense.size(0), t, 1}), dense}, -1);  // [N, T, T + 1]
  return padded.reshape({-1, t + 1, t}).slice(1, 1, t + 1).reshape(x.shape());
  // </answer>
}

}  // namespace gradus::exercises
